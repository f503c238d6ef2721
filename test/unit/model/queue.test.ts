import { expect, test } from 'vitest';
import { createQueue } from '../../../src/services/model/queue.ts';

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
