import { expect, test } from 'vitest';
import { createActorDriver } from '../../src/agent-driver.ts';
import { createRun } from '../../src/agent-run.ts';
import type { Host } from '../../src/fleet/host.ts';
import { specOf } from '../../src/fleet/run-spec.ts';
import type { Letter } from '../../src/fleet/steps.ts';
import type { JournalRecord } from '../../src/journal/format.ts';
import { readRun } from '../../src/journal/read.ts';
import { replay } from '../../src/journal/replay.ts';
import type { AgentOutput } from '../../src/machine/types.ts';
import { type Mishap, runInMemory } from './engine-in-memory.ts';
import { inputFor, makePlace, openHost, RUN, SLEEP, STOP, savedIn, servicesFor } from './scripted-run.ts';

/** What the model writes in each iteration. Each command is another one, so that one which is run twice is seen. */
const answers: Record<string, readonly string[]> = {
  'commands that go well, badly, and on and on': [RUN('good 1'), RUN('bad 2'), RUN('endless 3'), RUN('good 4'), STOP],
  'a command that is denied, a thought that is none, a sleep': [RUN('curl x.org'), 'Hm.', SLEEP, RUN('good 4'), STOP],
  'more than the limit of iterations': Array.from({ length: 9 }, (_, index) => RUN(`good ${index + 1}`)),
  'nothing but failures': Array.from({ length: 4 }, () => 'What shall I do?'),
  'a script that ends too early': [RUN('good 1')],
};

test.each(Object.keys(answers))('%s: both drivers record the same run', async (name) => {
  const script = answers[name] ?? [];
  const [local, fleet] = [await runOnOneMachine(script), await runInFleet(script)];
  expect(fleet.output).toEqual(local.output);
  expect(movesOf(fleet)).toEqual(movesOf(local));
  expect(factsOf(fleet)).toEqual(factsOf(local));
  expect(fleet.commands).toEqual(local.commands);
  expect(replay(fleet.records)).toMatchObject({ ok: true });
  expect(replay(local.records)).toMatchObject({ ok: true });
});

/** A stretch has two iterations; an iteration with a command has seven answers, one without has five. */
const eventful = answers['commands that go well, badly, and on and on'] ?? [];
const moments = Array.from({ length: 34 }, (_, index) => index + 1);

test.each(['dies-before', 'dies-after', 'asked-again'] as const)(
  'a process that %s at any moment loses no record and runs no command twice',
  async (mishap) => {
    const whole = await runInFleet(eventful);
    for (const moment of moments) {
      const { output, records, commands, attempts } = await runInFleet(eventful, new Map([[moment, mishap]]));
      expect({ moment, status: output.status, iterations: output.iterations }).toEqual({
        moment,
        status: whole.output.status,
        iterations: whole.output.iterations,
      });
      expect({ moment, twice: commands.length - new Set(commands).size }).toEqual({ moment, twice: 0 });
      expect(savedIn(records).map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5]);
      const cut = savedIn(records).filter(({ outcome }) => outcome.code === 'interrupted');
      // The same process knows what it has done; another one cannot.
      expect(cut.length).toBeLessThanOrEqual(mishap === 'asked-again' ? 0 : 1);
      for (const { decision } of cut) expect(decision?.action).toBe('RUN');
      expect({ moment, ...replay(records) }).toMatchObject({ ok: true });
      // Else the moments are past the end, and nothing was tested.
      expect(attempts).toBeGreaterThan(whole.attempts);
    }
  },
);

test('a run that dies at every third moment still ends, each iteration with one outcome', async () => {
  const mishaps = new Map<number, Mishap>();
  for (let moment = 3; moment < 300; moment += 3) mishaps.set(moment, moment % 2 === 0 ? 'dies-after' : 'dies-before');
  const { records, commands } = await runInFleet(eventful, mishaps);
  expect(savedIn(records).map(({ iteration }) => iteration)).toEqual(savedIn(records).map((_, index) => index + 1));
  expect(commands.length).toBe(new Set(commands).size);
  expect(replay(records)).toMatchObject({ ok: true });
});

test('a letter that asks to stop ends the run in the middle of a command, with one outcome for it', async () => {
  // The sixth answer is that of the first command, the thirteenth that of the second.
  for (const moment of [1, 2, 3, 6, 9, 13]) {
    const stop: Letter = { atMs: Date.now(), order: { do: 'stop', cause: 'stop-command' } };
    const { output, records, commands } = await runInFleet(eventful, new Map(), new Map([[moment, [stop]]]));
    expect({ moment, ...output }).toMatchObject({ moment, status: 'stopped', cause: 'stop-command' });
    expect(savedIn(records).length).toBe(output.iterations);
    if (moment === 6) expect(commands).toEqual([]);
    expect(commands.length).toBe(new Set(commands).size);
    expect(replay(records)).toMatchObject({ ok: true });
  }
});

test("a person's words are in the next turn, and recorded once", async () => {
  const letter: Letter = { atMs: Date.now(), order: { do: 'say', text: 'Look in data.' } };
  const { records } = await runInFleet(eventful, new Map(), new Map([[6, [letter]]]));
  expect(records.filter(({ type }) => type === 'person.said')).toMatchObject([{ text: 'Look in data.' }]);
  expect(savedIn(records).flatMap(({ surroundings }) => surroundings.said ?? [])).toEqual(['Look in data.']);
});

test('on another host the agent is told which iterations its box does not have', async () => {
  const { records } = await runInFleet(eventful, new Map([[12, 'dies-before']]), new Map(), { hasBoxEach: true });
  const told = savedIn(records).map(({ surroundings }) => surroundings.last?.message ?? '');
  expect(told.filter((text) => text.includes('goes on on another host'))).toHaveLength(1);
});

test('where all hosts share the boxes, the agent is told of nothing that is missing', async () => {
  const { records } = await runInFleet(eventful, new Map([[12, 'dies-before']]));
  const told = savedIn(records).map(({ surroundings }) => surroundings.last?.message ?? '');
  expect(told.filter((text) => text.includes('goes on on another host'))).toEqual([]);
});

interface Ran {
  readonly output: AgentOutput;
  readonly records: readonly JournalRecord[];
  readonly commands: readonly string[];
}

async function runOnOneMachine(script: readonly string[]): Promise<Ran> {
  const { settings, boxDir } = await makePlace();
  const { services, commands } = servicesFor(script);
  const input = inputFor(settings);
  const run = createRun({
    runId: input.runId,
    startedAtMs: input.startedAtMs,
    goal: input.goal,
    settings,
    boxDir,
    isAutonomyEnabled: true,
    services,
    tell: () => {},
    onStopFile: () => {},
    input,
    obey: async () => ({ ok: false, message: '' }),
    resumption: null,
  });
  const driver = createActorDriver({
    input,
    actors: run.actors,
    onMove: (event, snapshot) => run.moved(event, snapshot),
  });
  const output = await driver.run();
  await run.dispose();
  return { output, records: (await readRun(settings.stateDir, input.runId)).records, commands };
}

async function runInFleet(
  script: readonly string[],
  mishaps: ReadonlyMap<number, Mishap> = new Map(),
  letters: ReadonlyMap<number, readonly Letter[]> = new Map(),
  { hasBoxEach = false } = {},
): Promise<Ran & { readonly attempts: number }> {
  const { dir, settings } = await makePlace();
  const { services, commands } = servicesFor(script);
  const hosts: Host[] = [];
  const nextHost = () => {
    const number = hosts.length;
    const host = openHost({ dir, settings }, services, {
      name: `host-${number}`,
      boxes: hasBoxEach ? `boxes-${number}` : 'boxes',
    });
    hosts.push(host);
    return host;
  };
  const input = inputFor(settings);
  const result = await runInMemory({ spec: specOf(input.goal, settings), input, nextHost, mishaps, letters });
  await Promise.all(hosts.map((host) => host.close()));
  return { ...result, commands };
}

function movesOf({ records }: Ran): readonly unknown[] {
  return records.filter(({ type }) => type === 'chart.moved').map(withoutTimes);
}

/** XState starts an actor before it tells of the move that asked for it, so the first word of an actor may stand before that move. */
function factsOf({ records }: Ran): readonly unknown[] {
  return records.filter(({ type }) => type !== 'chart.moved').map(withoutTimes);
}

/** As the journal has it, whatever the clock, the place and the driver. */
function withoutTimes(record: JournalRecord): unknown {
  const text = JSON.stringify(record, (key, value: unknown) => (OF_ITS_OWN.includes(key) ? undefined : value));
  return JSON.parse(text);
}

const OF_ITS_OWN = [
  ...['time', 'atMs', 'durationMs', 'startedAtMs', 'runId', 'state'],
  ...['stateDir', 'sandboxDir', 'modelsDir', 'actorId'],
];
