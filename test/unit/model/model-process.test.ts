import { expect, test } from 'vitest';
import { type Ask, type ModelProcess, openModelProcess } from '../../../src/services/model/model-process.ts';
import type { Worker } from '../../../src/services/model/worker-client.ts';

const never = new Promise<string>(() => {});

test('several that find the process dead get the same new one', async () => {
  const { process, started, workers, restarts } = await open();
  await workers[0]?.kill();
  expect(await Promise.all([1, 2, 3].map(() => process.use(think, never)))).toEqual(['2', '2', '2']);
  expect([started(), restarts()]).toEqual([2, 1]);
});

test('a planned restart waits until nobody thinks, and who comes meanwhile waits for it', async () => {
  const { process, started, grow } = await open();
  for (let count = 0; count < 40; count += 1) await process.use(think, never);
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const long = process.use(async (ask) => {
    await ended;
    return think(ask);
  }, never);
  grow();
  await process.use(think, never);
  const behind = process.use(think, never);
  await settled();
  expect(started()).toBe(1);
  end();
  expect([await long, await behind, started()]).toEqual(['1', '2', 2]);
});

test('a new process with fewer sequences is no replacement', async () => {
  const { process, started, workers } = await open([2, 1, 2]);
  await workers[0]?.kill();
  expect(await process.use(think, never)).toEqual({
    problem: 'The memory has room for 1 thoughts of tiny at the same time, no longer for 2.',
  });
  expect([await process.use(think, never), started()]).toEqual(['3', 3]);
});

test('a loading that nobody waits for any more is given up, and the next thought tries again', async () => {
  const { process, started, workers } = await open([2, 'hangs', 2]);
  await workers[0]?.kill();
  const giveUps = [later(), later()];
  const waiting = giveUps.map(({ promise }) => process.use(think, promise));
  giveUps[0]?.resolve('late');
  expect([await waiting[0], workers[1]?.isAlive()]).toEqual([{ problem: 'late' }, true]);
  giveUps[1]?.resolve('late');
  expect([await waiting[1], workers[1]?.isAlive()]).toEqual([{ problem: 'late' }, false]);
  await settled();
  expect([await process.use(think, never), started()]).toEqual(['3', 3]);
});

test('closed, it thinks no more and starts no process', async () => {
  const { process, started, workers } = await open();
  await process.close();
  expect([await process.use(think, never), workers[0]?.isAlive(), started()]).toEqual([
    { problem: 'The model is closed.' },
    false,
    1,
  ]);
});

const order = { sequence: 0, maxTokens: 1, temperature: 0, seed: 1, commandStart: null, thoughtTokens: 0 };

/** The answer says which process has given it. */
async function think(ask: Ask): Promise<string> {
  const thought = await ask({ ...order, prompt: {} as never }, { giveUp: never, onText: () => {} });
  return thought.ok ? thought.answer : thought.message;
}

/** Processes that load at once, with so many sequences. */
async function open(loads: readonly (number | 'hangs')[] = []) {
  const workers: Worker[] = [];
  let residentBytes = 1e9;
  let restarts = 0;
  const start = (): Worker => {
    const worker = fakeWorker(`${workers.length + 1}`, loads[workers.length] ?? 2, () => residentBytes);
    workers.push(worker);
    return worker;
  };
  const process: ModelProcess = await openModelProcess({
    load: { file: '/m', name: 'tiny', contextSize: 1, sequences: 2, gpuLayers: 0, prefixDir: null, adapter: null },
    start,
    onRestarted: () => {
      restarts += 1;
    },
  });
  const grow = (): void => {
    residentBytes = 2e9;
  };
  return { process, workers, grow, started: () => workers.length, restarts: () => restarts };
}

function fakeWorker(name: string, sequences: number | 'hangs', residentBytes: () => number): Worker {
  let isAlive = true;
  let fail = (_error: Error): void => {};
  const end = async (): Promise<void> => {
    isAlive = false;
    fail(new Error('It has ended.'));
  };
  return {
    load: () =>
      new Promise((resolve, reject) => {
        fail = reject;
        const graphics = { asked: false, found: null };
        if (sequences !== 'hangs') resolve({ fileBytes: 1, threads: 1, graphics, sequences });
      }),
    warm: () => {},
    async think() {
      const health = { residentBytes: residentBytes(), msPerToken: 1 };
      const tokens = { evaluated: 0, generated: 0 };
      return { thought: { ok: true, answer: name, tokens, effort: { promptTokens: 1, tokensPerSecond: 1 } }, health };
    },
    isAlive: () => isAlive,
    close: end,
    kill: end,
  };
}

function later(): { readonly promise: Promise<string>; resolve(reason: string): void } {
  let resolve = (_reason: string): void => {};
  const promise = new Promise<string>((its) => {
    resolve = its;
  });
  return { promise, resolve: (reason) => resolve(reason) };
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
