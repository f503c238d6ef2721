import { expect, test } from 'vitest';
import { createModelPool } from '../../../src/fleet/model-pool.ts';
import { createQueue } from '../../../src/fleet/queue.ts';
import type { Model } from '../../../src/services/model/model.ts';
import { openScriptedModel } from '../../../src/services/model/scripted.ts';

const never = new AbortController().signal;

test('a queue lets no more in than it has places, in the order in which they came', async () => {
  const queue = createQueue(2);
  const seen: string[] = [];
  let inside = 0;
  let most = 0;
  const visit = (name: string) =>
    queue.take(async () => {
      inside += 1;
      most = Math.max(most, inside);
      seen.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    }, never);
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map(visit));
  expect({ most, seen }).toEqual({ most: 2, seen: ['a', 'b', 'c', 'd', 'e'] });
});

test('who goes away while waiting takes no place', async () => {
  const queue = createQueue(1);
  const leaving = new AbortController();
  let finish = () => {};
  const first = queue.take(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
    never,
  );
  const second = queue.take(async () => 'gone', leaving.signal);
  const third = queue.take(async () => 'third', never);
  leaving.abort();
  expect(await second).toBe('gone');
  finish();
  await first;
  expect(await third).toBe('third');
});

test('runs with the same key share a model, and no more are loaded than there are places', async () => {
  const loaded: string[] = [];
  const closed: string[] = [];
  const pool = createModelPool(1);
  const open = (name: string) => async (): Promise<Model> => {
    loaded.push(name);
    return { ...openScriptedModel(name, 'answer'), close: async () => void closed.push(name) };
  };
  await pool.open('a', open('a'), never);
  await pool.open('a', open('a'), never);
  expect(loaded).toEqual(['a']);
  await pool.open('b', open('b'), never);
  expect({ loaded, closed }).toEqual({ loaded: ['a', 'b'], closed: ['a'] });
  await pool.close();
  expect(closed).toEqual(['a', 'b']);
});

test('a model that cannot be loaded is a thought that fails, and may be loaded later', async () => {
  const pool = createModelPool(1);
  let isThere = true;
  const open = async () => {
    if (!isThere) throw new Error('no such file');
    return openScriptedModel('script', 'answer');
  };
  const first = await pool.open('a', open, never);
  await pool.open('b', async () => openScriptedModel('script', ''), never);
  isThere = false;
  const request = { iteration: 1, goal: '', turns: [], earlierTurns: 0, budget: null, isDiversifying: false } as const;
  const surroundings = { workingDirectory: '', files: [], filesOmitted: 0, last: null };
  const think = () => first.think({ ...request, surroundings }, { signal: never, timeoutMs: 1000, onText: () => {} });
  expect(await think()).toMatchObject({ ok: false, message: 'no such file' });
  isThere = true;
  expect(await think()).toMatchObject({ ok: true, answer: 'answer' });
});
