import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openModel } from '../../dist/services/model/open-model.js';
import { ggufWith } from '../unit/model/gguf-file.ts';
import { findWorkers } from './find-workers.ts';

const modelsDir = process.env['MODELS_DIR'] ?? join(homedir(), '.eliza/models');

let stateDir = '';
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'gyre-adapter-'));
});
afterEach(() => rm(stateDir, { recursive: true }));

describe.skipIf(!existsSync(join(modelsDir, 'SmolLM2-135M-Instruct.Q4_1.gguf')))('an adapter of the tiny model', () => {
  test('that adds nothing changes nothing, and takes the demonstrations away', async () => {
    const adapter = await writeAdapter({ valueAt: () => 0 });
    const plain = await firstThought({ adapter: 'none', demonstrations: () => [] });
    const { thought, description } = await firstThought({ adapter });
    expect(thought).toEqual({ ...plain.thought, effort: expect.anything() });
    expect(description).toMatchObject({
      adapter: 'adapter.gguf',
      summary: expect.stringMatching(/^smollm2-135m \(98 MB, with the adapter adapter\.gguf, \d+ threads?\)$/),
    });
  });

  test('that adds something changes what is thought', async () => {
    const adapter = await writeAdapter({ valueAt: Math.sin });
    const plain = await firstThought({ adapter: 'none', demonstrations: () => [] });
    const { thought } = await firstThought({ adapter });
    expect([plain.thought.ok, thought.ok]).toEqual([true, true]);
    expect(thought.ok && thought.answer).not.toBe(plain.thought.ok && plain.thought.answer);
  });

  test('never has what the model has read without it', async () => {
    const adapter = await writeAdapter({ valueAt: () => 0 });
    const plain = async () => (await firstThought({ adapter: 'none', demonstrations: () => [] })).thought.tokens;
    const adapted = async () => (await firstThought({ adapter })).thought.tokens;
    const first = await plain();
    expect(await adapted()).toEqual(first);
    expect((await adapted()).evaluated).toBeLessThan(first.evaluated);
  });

  test('whose tensors have other shapes is refused by its name', async () => {
    const adapter = await writeAdapter({ valueAt: () => 0, width: 100 });
    await expect(firstThought({ adapter })).rejects.toMatchObject({
      code: 'model-unavailable',
      message: expect.stringContaining(`with the adapter ${adapter} could not be loaded`),
      hint: expect.stringContaining('--adapter none'),
    });
    expect(findWorkers()).toEqual([]);
  });
});

/** With a directory for what is read of prompts, which is kept between the thoughts of a test. */
async function firstThought(given: { adapter: string; demonstrations?: () => [] }) {
  const goal = 'Count the lines in notes.txt';
  const { signal } = new AbortController();
  const model = await openModel({
    model: 'tiny',
    modelsDir,
    stateDir,
    workingDir: '/',
    goal,
    contextSize: 2048,
    maxTokens: 64,
    temperature: 0,
    seed: 1,
    gpuLayers: 0,
    memoryContextSize: 10,
    hasBudget: true,
    hasCheck: false,
    onFraction: () => {},
    signal,
    ...given,
  });
  const thought = await model.think(
    {
      iteration: 1,
      goal,
      turns: [],
      earlierTurns: 0,
      surroundings: { workingDirectory: '', files: ['notes.txt'], filesOmitted: 0, last: null },
      budget: '3 iterations left',
      isDiversifying: false,
    },
    { signal, timeoutMs: 120_000, onText: () => {} },
  );
  await model.close();
  return { thought, description: model.description };
}

/** Of rank 4, for the query weights of the first layer. What it adds is what `valueAt` says of `lora_b`. */
async function writeAdapter({ valueAt, width = 576 }: { valueAt: (index: number) => number; width?: number }) {
  const file = join(stateDir, 'adapter.gguf');
  const values = { 'general.type': 'adapter', 'adapter.type': 'lora', 'general.architecture': 'llama' };
  const numbers = (at: (index: number) => number) => Float32Array.from({ length: 4 * width }, (_, index) => at(index));
  const tensors = [
    { name: 'blk.0.attn_q.weight.lora_a', shape: [width, 4], numbers: numbers(Math.cos) },
    { name: 'blk.0.attn_q.weight.lora_b', shape: [4, width], numbers: numbers(valueAt) },
  ];
  await writeFile(file, ggufWith(values, tensors));
  return file;
}
