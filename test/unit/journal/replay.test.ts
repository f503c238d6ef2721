import { expect, test } from 'vitest';
import type { ChartInput, JournalRecord } from '../../../src/journal/format.ts';
import { hashState, replay, startChart } from '../../../src/journal/replay.ts';
import { done, input, recordedRun, time } from '../recorded-run.ts';

test('a chart that is driven through its own events comes to the same states', () => {
  expect(replay(recorded())).toEqual({ ok: true, events: story.length });
});

test('the first event that leads elsewhere is named, with where it leads', () => {
  const records = recorded().map((record, index) =>
    index === 4 && record.type === 'chart.moved' ? { ...record, event: done('think', failedThought) } : record,
  );
  expect(replay(records)).toEqual({
    ok: false,
    events: 3,
    line: 5,
    event: 'xstate.done.actor.think',
    iteration: 1,
    recorded: expect.stringMatching(/^[0-9a-f]{16}$/),
    computed: expect.stringMatching(/^[0-9a-f]{16}$/),
    state: 'running.loop.observing + running.watchdog.calm',
  });
});

test('an event that is not of its shape is named like one that leads elsewhere', () => {
  const records = recorded().map((record, index) =>
    index === 4 && record.type === 'chart.moved' ? { ...record, event: done('think', { ok: true }) } : record,
  );
  expect(replay(records)).toMatchObject({ ok: false, events: 3, line: 5, computed: null });
  expect(replay(recorded().slice(2))).toMatchObject({ ok: false, events: 1, line: 1, computed: null });
});

test('a chart that was started otherwise differs at once', () => {
  const [start, ...rest] = recorded();
  if (start?.type !== 'run.opened') throw new Error('It has no header.');
  const other = { ...start, input: { ...start.input, goal: 'another' } };
  expect(replay([other, ...rest])).toMatchObject({ ok: false, events: 0, line: 1, event: 'the start' });
});

test('a journal without its last events replays as far as it goes', () => {
  for (let kept = 1; kept <= story.length + 1; kept += 1) {
    expect(replay(recorded().slice(0, kept + 1))).toEqual({ ok: true, events: Math.min(kept - 1, story.length) });
  }
});

test('the hash does not depend on the order of keys, and depends on every value', () => {
  const start = startChart(input);
  const turned = { ...start, context: Object.fromEntries(Object.entries(start.context).reverse()) };
  expect(hashState(turned as typeof start)).toBe(hashState(start));
  for (const changed of [{ failures: 1 }, { tokens: { evaluated: 0, generated: 1 } }, { pauseAsked: true }]) {
    expect(hashState({ ...start, context: { ...start.context, ...changed } } as typeof start)).not.toBe(
      hashState(start),
    );
  }
});

const failedThought = { ok: false, message: 'no', tokens: { evaluated: 0, generated: 0 } };

const story: readonly ChartInput[] = [
  done('openRun', { ok: true }),
  done('readSurroundings', null),
  done('think', { ok: true, answer: '<action>STOP</action>', tokens: { evaluated: 1, generated: 2 } }),
  { type: 'user.pause' },
  { type: 'user.goOn' },
  done('validate', { decision: { action: 'STOP', note: '' }, verdict: null, atMs: 5 }),
];

function recorded(): JournalRecord[] {
  const [header, ...moves] = recordedRun(story);
  if (header === undefined) throw new Error('It has no header.');
  const ready: JournalRecord = { type: 'run.ready', time, model: { name: '', file: '' }, sandbox: '' };
  return [header, ready, ...moves];
}
