import { expect, test } from 'vitest';
import { createSeats, type Seats } from '../../../src/services/model/seats.ts';

const never = new AbortController().signal;

test('each mind keeps its sequence while there are enough', async () => {
  const seats = createSeats<string>(2);
  expect([seats.enter('a'), seats.enter('b'), seats.areEnough()]).toEqual([0, 1, true]);
  expect(await inTurn(seats, 'baab')).toEqual([1, 0, 0, 1]);
});

test('a mind too many takes the sequence that was used least recently, and loses it to the next', async () => {
  const seats = createSeats<string>(2);
  for (const mind of 'abc') seats.enter(mind);
  expect([seats.find('c'), seats.areEnough()]).toEqual([null, false]);
  expect(await inTurn(seats, 'abcbac')).toEqual([0, 1, 0, 1, 0, 1]);
});

test('a sequence that is in use is never given to another, and who waits comes in turn', async () => {
  const seats = createSeats<string>(2);
  const seen: string[] = [];
  const uses = [...'abcd'].map((mind) => held(seats, mind, seen));
  await settled();
  expect(seen).toEqual(['a has 0', 'b has 1']);
  uses[1]?.end();
  await settled();
  uses[0]?.end();
  await settled();
  expect(seen).toEqual(['a has 0', 'b has 1', 'c has 1', 'd has 0']);
});

test('who is given up while it waits gets nothing, and keeps nobody waiting', async () => {
  const seats = createSeats<string>(1);
  const first = held(seats, 'a', []);
  const leaving = new AbortController();
  const second = seats.take('b', async (sequence) => sequence, leaving.signal);
  const third = seats.take('c', async (sequence) => sequence, never);
  leaving.abort();
  expect(await second).toBe(null);
  first.end();
  expect(await third).toBe(0);
});

test('a mind that leaves gives its sequence to the next that comes', () => {
  const seats = createSeats<string>(2);
  for (const mind of 'abc') seats.enter(mind);
  seats.leave('b');
  expect([seats.areEnough(), seats.find('b'), seats.enter('d'), seats.areEnough()]).toEqual([true, null, 1, false]);
});

test('a use that fails frees the sequence', async () => {
  const seats = createSeats<string>(1);
  const failing = seats.take('a', async () => Promise.reject(new Error('no')), never);
  await expect(failing).rejects.toThrow('no');
  expect(await inTurn(seats, 'b')).toEqual([0]);
});

async function inTurn(seats: Seats<string>, minds: string): Promise<readonly (number | null)[]> {
  const sequences = [];
  for (const mind of minds) sequences.push(await seats.take(mind, async (sequence) => sequence, never));
  return sequences;
}

/** A use that lasts until it is ended. */
function held(seats: Seats<string>, mind: string, seen: string[]): { end(): void } {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const use = async (sequence: number) => {
    seen.push(`${mind} has ${sequence}`);
    await ended;
  };
  void seats.take(mind, use, never);
  return { end };
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
