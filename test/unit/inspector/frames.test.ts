import { expect, test } from 'vitest';
import { createCoverageCount } from '../../../src/inspector/coverage.ts';
import { describeEdges, describeStates } from '../../../src/inspector/describe-chart.ts';
import { createFrameMaker } from '../../../src/inspector/frames.ts';
import { toGraph } from '../../../src/inspector/graph.ts';
import type { Frame } from '../../../src/inspector/messages.ts';
import type { JournalRecord } from '../../../src/journal/format.ts';
import { agentMachine, MACHINE_VERSION } from '../../../src/machine/agent.machine.ts';
import { done, oneIteration, recordedRun, savedRecord, time } from '../recorded-run.ts';

test('each event is a frame with the transitions that were taken, the guards that were asked, and what is active', () => {
  const frames = framesOf(recordedRun(oneIteration));
  const kinds = frames.map((frame) => (frame.kind === 'moved' ? frame.event : frame.kind));
  expect(kinds).toEqual(['', ...oneIteration.map(({ type }) => type)]);
  const last = frames.at(-1);
  if (last?.kind !== 'moved') throw new Error('The last frame is no move.');
  expect(last.edges).toEqual([
    'agent.running.loop.storing|xstate.done.actor.saveIteration|0',
    'agent.running.loop.resting.judging||7',
  ]);
  expect(last.guards.map(({ name, holds }) => `${name}: ${holds}`)).toEqual([
    'isSuccess: true',
    'hasEnding: false',
    'hasFailedTooOften: false',
    'isGivingUpWithPerson: false',
    'isGivingUp: false',
    'isOutOfIterations: false',
    'isOutOfTokens: false',
    'isPauseAsked: false',
  ]);
  expect(last.active).toContain('agent.running.loop.resting.waiting');
  expect(last.active).toContain('agent.running.watchdog.calm');
  expect(last.context).toEqual({ saved: 1, waitUntilMs: 9 });
});

test('every transition that a frame names is one of the drawn chart', () => {
  const known = new Set(toGraph(agentMachine).edges.map(({ id }) => id));
  const edges = framesOf(recordedRun(oneIteration)).flatMap((frame) => (frame.kind === 'moved' ? frame.edges : []));
  expect(edges.filter((id) => !known.has(id))).toEqual([]);
  expect(edges.length).toBeGreaterThan(oneIteration.length);
});

test('the changes of the context, put together, are the context', () => {
  const frames = framesOf(recordedRun(oneIteration));
  const context = Object.assign({}, ...frames.map((frame) => (frame.kind === 'moved' ? frame.context : {})));
  expect(context).toMatchObject({ runId: 'abc', iteration: 1, saved: 1, failures: 0, outcome: { kind: 'ok' } });
});

test('an iteration says what it took: its own tokens, its prompt, its time', () => {
  const tokens = { evaluated: 30, generated: 9 };
  const again = { ...savedRecord, iteration: 2, tokens, time: '2026-01-01T00:00:03.000Z' };
  const frames = framesOf([...recordedRun(oneIteration), savedRecord, again]);
  const efforts = frames.flatMap((frame) => (frame.kind === 'saved' ? [frame.effort] : []));
  expect(efforts).toEqual([
    { tokens: { evaluated: 10, generated: 5 }, promptTokens: 100, tokensPerSecond: 20, durationMs: 2000 },
    { tokens: { evaluated: 20, generated: 4 }, promptTokens: null, tokensPerSecond: null, durationMs: 0 },
  ]);
});

test('a run that goes on in another process starts its chart anew, and the numbering goes on', () => {
  const records = recordedRun(oneIteration);
  const [header] = records;
  if (header?.type !== 'run.opened') throw new Error('It has no header.');
  const before = { iterations: 1, tokens: { evaluated: 10, generated: 5 }, workingDirectory: '' };
  const { machineVersion, gyreVersion, limits, settings, state } = header;
  const resumed: JournalRecord = {
    ...{ type: 'run.resumed', time, machineVersion, gyreVersion, limits, settings, state, boxChanges: null },
    input: { ...header.input, before },
  };
  const frames = framesOf([
    ...records,
    resumed,
    { type: 'chart.moved', time, event: done('openRun', { ok: true }), state },
  ]);
  expect(frames.slice(-3).map(({ kind, iteration }) => `${kind} ${iteration}`)).toEqual([
    'resumed 1',
    'moved 1',
    'moved 2',
  ]);
  expect(frames.map(({ index }) => index)).toEqual(frames.map((_, index) => index));
});

test('an event that the chart cannot take ends the moves, and nothing else', () => {
  const records = recordedRun(oneIteration).map((record, index) =>
    index === 3 && record.type === 'chart.moved' ? { ...record, event: done('think', { ok: true }) } : record,
  );
  const frames = framesOf([...records, savedRecord]);
  expect(frames.map(({ kind }) => kind)).toEqual(['moved', 'moved', 'moved', 'saved']);
});

test('the moves of another version of the chart are not guessed at', () => {
  const frames = framesOf([...recordedRun(oneIteration, MACHINE_VERSION + 1), savedRecord]);
  expect(frames.map(({ kind }) => kind)).toEqual(['saved']);
});

test('frames come out the same however the records come in', () => {
  const records = [...recordedRun(oneIteration), savedRecord];
  const maker = createFrameMaker();
  expect(records.flatMap((record) => maker.add([record]))).toEqual(framesOf(records));
});

test('coverage counts entered states and taken transitions, also those that are left at once', () => {
  const counted = createCoverageCount({ states: describeStates(), edges: describeEdges() });
  counted.add(framesOf(recordedRun(oneIteration)));
  counted.add(framesOf(recordedRun(oneIteration.slice(0, 2))));
  const { runs, states, edges } = counted.total();
  expect(runs).toBe(2);
  expect(states['agent.running.loop.planning.reading']).toBe(2);
  expect(states['agent.running.loop.resting.judging']).toBe(1);
  expect(states['agent.stuck']).toBe(0);
  expect(edges['agent.running.loop.resting.judging||7']).toBe(1);
  expect(Object.keys(edges)).toHaveLength(toGraph(agentMachine).edges.length);
});

function framesOf(records: Parameters<ReturnType<typeof createFrameMaker>['add']>[0]): Frame[] {
  return createFrameMaker().add(records);
}
