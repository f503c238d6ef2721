import { expect, test } from 'vitest';
import { createModelPool, type ModelPool } from '../../../src/fleet/model-pool.ts';
import type { SharedModel } from '../../../src/services/model/llama.ts';
import type { Model } from '../../../src/services/model/model.ts';
import type { OpenModelOptions } from '../../../src/services/model/open-model.ts';
import { openScriptedModel } from '../../../src/services/model/scripted.ts';

const never = new AbortController().signal;

test('runs with different goals share one loaded model, each with a mind of its own', async () => {
  const { pool, seen } = makePool();
  const [first, second] = [await open(pool, 'a', 'count'), await open(pool, 'a', 'sort')];
  expect([await think(first), await think(second)]).toEqual(['count', 'sort']);
  await first.close();
  await pool.close();
  expect(seen).toEqual(['load a', 'mind count', 'mind sort', 'close count', 'close a']);
});

test('another model is loaded beside it where the memory allows', async () => {
  const { pool, seen } = makePool();
  await open(pool, 'a');
  await open(pool, 'b');
  expect(seen).toEqual(['load a', 'mind goal', 'load b', 'mind goal']);
});

test('a model that does not fit waits until the others have thought; they are loaded again when they think again', async () => {
  const { pool, seen, hold } = makePool({ hasRoom: false });
  const first = await open(pool, 'a');
  const release = hold();
  const thought = think(first);
  const opening = open(pool, 'b');
  await settled();
  const behind = think(first);
  await settled();
  expect(seen).toEqual(['load a', 'mind goal']);
  release();
  expect([await thought, await behind]).toEqual(['goal', 'goal']);
  await opening;
  expect(seen.filter((what) => !what.startsWith('mind'))).toEqual(['load a', 'close a', 'load b', 'close b', 'load a']);
});

test('who gives up waiting for room keeps nobody waiting', async () => {
  const { pool, seen, hold } = makePool({ hasRoom: false });
  const first = await open(pool, 'a');
  const release = hold();
  const thought = think(first);
  const leaving = new AbortController();
  const opening = open(pool, 'b', 'goal', leaving.signal);
  await settled();
  leaving.abort();
  await expect(opening).rejects.toMatchObject({ code: 'model-unavailable' });
  release();
  expect([await thought, await think(first), seen]).toEqual(['goal', 'goal', ['load a', 'mind goal']]);
});

test('a model that cannot be loaded is a thought that fails, and is loaded later', async () => {
  const { pool, lose } = makePool({ hasRoom: false });
  const first = await open(pool, 'a');
  await open(pool, 'b');
  const find = lose();
  expect(await think(first)).toBe('no such file');
  find();
  expect(await think(first)).toBe('goal');
});

test('it says when the memory allows fewer thoughts at the same time than are wanted', async () => {
  const { pool, notices } = makePool({ sequences: 2 });
  await open(pool, 'a');
  await open(pool, 'a');
  expect(notices).toEqual(['a thinks 2 of 4 thoughts at the same time: the memory allows no more.']);
});

/** Models that answer their goal, and remember what was done with them. */
function makePool({ hasRoom = true, sequences = 4 } = {}) {
  const seen: string[] = [];
  const notices: string[] = [];
  let isThere = true;
  let held: Promise<void> = Promise.resolve();
  const load = async ({ name }: { name: string }): Promise<SharedModel> => {
    if (!isThere) throw new Error('no such file');
    seen.push(`load ${name}`);
    return {
      description: { name, file: name, summary: name },
      sequences,
      mind({ goal }): Model {
        seen.push(`mind ${goal}`);
        const model = openScriptedModel(name, goal);
        return {
          ...model,
          async think(request, how) {
            await held;
            return model.think(request, how);
          },
          close: async () => void seen.push(`close ${goal}`),
        };
      },
      close: async () => void seen.push(`close ${name}`),
    };
  };
  const pool = createModelPool({
    sequences: 4,
    onNotice: (sentence) => notices.push(sentence),
    find: async ({ model, contextSize }) => {
      const name = model ?? '';
      return { kind: 'gguf', weights: { name, file: name, adapter: null, contextSize, gpuLayers: 0 } };
    },
    load,
    hasRoom: async () => hasRoom,
  });
  const hold = () => {
    let release = (): void => {};
    held = new Promise((resolve) => {
      release = resolve;
    });
    return () => release();
  };
  const lose = () => {
    isThere = false;
    return () => {
      isThere = true;
    };
  };
  return { pool, seen, notices, hold, lose };
}

function open(pool: ModelPool, model: string, goal = 'goal', signal = never): Promise<Model> {
  const options: OpenModelOptions = {
    model,
    adapter: null,
    modelsDir: '/models',
    stateDir: '/state',
    workingDir: '/',
    goal,
    contextSize: 4096,
    maxTokens: 256,
    temperature: 0,
    seed: 1,
    gpuLayers: 0,
    memoryContextSize: 10,
    hasBudget: true,
    hasCheck: false,
    onFraction: () => {},
    signal,
  };
  return pool.open(options);
}

async function think(model: Model): Promise<string> {
  const surroundings = { workingDirectory: '', files: [], filesOmitted: 0, last: null };
  const request = { iteration: 1, goal: '', turns: [], earlierTurns: 0, budget: null, isDiversifying: false };
  const how = { signal: never, timeoutMs: 1000, onText: () => {} };
  const thought = await model.think({ ...request, surroundings }, how);
  return thought.ok ? thought.answer : thought.message;
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
