import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseDecision } from '../../dist/protocol/decision.js';
import { type LlamaModelOptions, openLlamaModel, openSharedModel } from '../../dist/services/model/llama.js';
import type { Model, Thought } from '../../dist/services/model/model.js';
import type { Turn } from '../../src/machine/types.ts';
import { findWorkers } from './find-workers.ts';

const file = join(process.env['MODELS_DIR'] || join(homedir(), '.eliza/models'), 'SmolLM2-135M-Instruct.Q4_1.gguf');

describe.skipIf(!existsSync(file))('two minds of one loaded model', () => {
  const alone: string[] = [];
  beforeAll(async () => {
    for (const index of goals.keys()) alone.push(await aloneWith(index));
  }, 600_000);

  test('with two sequences think at the same time, as each would alone', async () => {
    const { minds, sequences } = await share(2);
    const order: string[] = [];
    const think = (mind: Model, index: number) =>
      thinkOnce(mind, index, [], { onText: () => void order.push(`${index}`) });
    const together = await Promise.all(minds.map(think));
    expect([sequences, together.map(answerOf)]).toEqual([2, alone]);
    expect(findWorkers().length).toBe(1);
    // Pieces of one answer come between those of the other.
    expect(order.join('')).toMatch(/0+1+0+1|1+0+1+0/);
  });

  test('with two sequences each evaluates only what is new in its second thought', async () => {
    const { minds } = await share(2);
    const first = await inTurns(minds, []);
    const second = await inTurns(minds, [listing]);
    expect([...first, ...second].map(isWellFormed)).toEqual([true, true, true, true]);
    for (const index of [0, 1]) expect(evaluated(second[index])).toBeLessThan(0.4 * evaluated(first[index]));
  });

  test('with one sequence they take turns, and think as each would alone', async () => {
    const { minds, sequences } = await share(1);
    const together = await Promise.all(minds.map((mind, index) => thinkOnce(mind, index)));
    const again = await Promise.all(minds.map((mind, index) => thinkOnce(mind, index)));
    expect([sequences, together.map(answerOf), again.map(answerOf)]).toEqual([1, alone, alone]);
  });

  test('when their process is killed each fails the thought it was at, and one new process serves both', async () => {
    const { minds } = await share(2);
    const [killed] = findWorkers();
    const speaking = new Set<number>();
    const lost = await Promise.all(
      minds.map((mind, index) =>
        thinkOnce(mind, index, [], {
          onText: () => {
            speaking.add(index);
            if (speaking.size === 2 && killed !== undefined && existsSync(`/proc/${killed}`))
              process.kill(killed, 'SIGKILL');
          },
        }),
      ),
    );
    const gone = { ok: false, message: "The model's process ended (signal SIGKILL)." };
    expect(lost).toMatchObject([gone, gone]);
    const next = await Promise.all(minds.map((mind, index) => thinkOnce(mind, index)));
    expect(next.map(isWellFormed)).toEqual([true, true]);
    expect(findWorkers().length).toBe(1);
    expect(findWorkers()).not.toContain(killed);
  });

  test('one that is given up leaves the other its thought', async () => {
    const { minds } = await share(2);
    const before = findWorkers();
    const controller = new AbortController();
    const [first, second] = await Promise.all([
      thinkOnce(minds[0], 0, [], { onText: () => controller.abort(), signal: controller.signal }),
      thinkOnce(minds[1], 1),
    ]);
    expect(first).toMatchObject({ ok: false, message: 'The thought was given up.' });
    expect(isWellFormed(second)).toBe(true);
    expect(findWorkers()).toEqual(before);
  });

  test('one that is closed gives its sequence back, and the process stays', async () => {
    const { minds, shared } = await share(2);
    await minds[0]?.close();
    expect(await thinkOnce(minds[0], 0)).toMatchObject({ ok: false, message: 'The model is closed.' });
    const third = shared.mind({ ...settings, goal: 'Make a list of all files' });
    expect([isWellFormed(await thinkOnce(third, 2)), isWellFormed(await thinkOnce(minds[1], 1))]).toEqual([true, true]);
    await shared.close();
    expect(await thinkOnce(third, 2)).toMatchObject({ ok: false, message: 'The model is closed.' });
    expect(findWorkers()).toEqual([]);
  });
});

const goals = ['Count the lines in notes.txt', 'Write a poem about the sea into poem.txt'];

const settings = {
  file,
  name: 'tiny',
  contextSize: 4096,
  maxTokens: 256,
  temperature: 0,
  seed: 1,
  gpuLayers: 0,
  memoryContextSize: 10,
} satisfies Omit<LlamaModelOptions, 'goal'>;

const listing: Turn = {
  surroundings: { workingDirectory: '', files: ['notes.txt'], filesOmitted: 0, last: null },
  decision: { action: 'RUN', command: 'ls', note: 'look' },
};

async function share(sequences: number) {
  const shared = await openSharedModel({ ...settings, sequences });
  onTestFinished(() => shared.close());
  return { shared, sequences: shared.sequences, minds: goals.map((goal) => shared.mind({ ...settings, goal })) };
}

async function aloneWith(index: number): Promise<string> {
  const model = await openLlamaModel({ ...settings, goal: goals[index] ?? '' });
  const thought = await thinkOnce(model, index);
  await model.close();
  return answerOf(thought);
}

async function inTurns(minds: readonly Model[], turns: readonly Turn[]): Promise<readonly Thought[]> {
  const thoughts: Thought[] = [];
  for (const [index, mind] of minds.entries()) thoughts.push(await thinkOnce(mind, index, turns));
  return thoughts;
}

async function thinkOnce(
  mind: Model | undefined,
  index: number,
  turns: readonly Turn[] = [],
  { signal = new AbortController().signal, onText = () => {} }: { signal?: AbortSignal; onText?: () => void } = {},
): Promise<Thought> {
  if (mind === undefined) throw new Error('There is no such mind.');
  const { surroundings } = listing;
  const goal = goals[index] ?? 'Make a list of all files';
  const request = { iteration: 1, goal, turns, earlierTurns: 0, surroundings, budget: null, isDiversifying: false };
  return mind.think(request, { signal, timeoutMs: 120_000, onText });
}

function answerOf(thought: Thought): string {
  return thought.ok ? thought.answer : thought.message;
}

function evaluated(thought: Thought | undefined): number {
  return thought?.tokens.evaluated ?? 0;
}

function isWellFormed(thought: Thought): boolean {
  return thought.ok && parseDecision(thought.answer).ok;
}
