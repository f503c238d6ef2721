import { expect, test } from 'vitest';
import { createHealthWatch, type RestartReason } from '../../../src/services/model/worker-health.ts';

test('a process that stays as it is, is left alone', () => {
  expect(
    reasonsOf(Array.from({ length: 500 }, (_, index) => ({ megabytes: 400 + (index % 7), ms: 50 + (index % 9) }))),
  ).toEqual([]);
});

test('a process that has grown by more than 15 % and 64 MiB is replaced', () => {
  const growing = Array.from({ length: 300 }, (_, index) => ({ megabytes: 1000 + index, ms: 50 }));
  expect(reasonsOf(growing)).toEqual([{ after: 157, reason: 'memory' }]);
  const small = Array.from({ length: 300 }, (_, index) => ({ megabytes: 100 + index / 5, ms: 50 }));
  expect(reasonsOf(small)).toEqual([]);
});

test('answers that take twice as long are those of longer prompts, three times as long are not', () => {
  const slowing = (factor: number) => [...times(20, 50), ...times(100, 50 * factor)];
  expect(reasonsOf(slowing(2))).toEqual([]);
  expect(reasonsOf(slowing(3))).toEqual(
    [{ after: 40 - 9, reason: 'speed' }].map(({ reason }) => ({ after: 40, reason })),
  );
});

test('a new process that is as slow as the old one ends the watch over speed, and not the one over memory', () => {
  const watch = createHealthWatch();
  expect(feed(watch, [...times(20, 50), ...times(20, 200)])).toEqual([{ after: 40, reason: 'speed' }]);
  watch.restarted();
  expect(feed(watch, [...times(20, 200), ...times(100, 900)])).toEqual([]);
  watch.restarted();
  const grown = [...times(20, 200), ...times(30, 900).map((sample) => ({ ...sample, megabytes: 900 }))];
  expect(feed(watch, grown)).toEqual([{ after: 40, reason: 'memory' }]);
});

test('a new process that is fast again is watched like the first', () => {
  const watch = createHealthWatch();
  feed(watch, [...times(20, 50), ...times(20, 200)]);
  watch.restarted();
  expect(feed(watch, [...times(20, 50), ...times(20, 200)])).toEqual([{ after: 40, reason: 'speed' }]);
});

interface Sample {
  readonly megabytes: number;
  readonly ms: number;
}

function times(count: number, ms: number): Sample[] {
  return Array.from({ length: count }, () => ({ megabytes: 400, ms }));
}

function reasonsOf(samples: readonly Sample[]) {
  return feed(createHealthWatch(), samples);
}

/** The first reason for a restart, and after how many thoughts. */
function feed(watch: ReturnType<typeof createHealthWatch>, samples: readonly Sample[]) {
  for (const [index, { megabytes, ms }] of samples.entries()) {
    const reason: RestartReason | null = watch.note({ residentBytes: megabytes * 1e6, msPerToken: ms });
    if (reason !== null) return [{ after: index + 1, reason }];
  }
  return [];
}
