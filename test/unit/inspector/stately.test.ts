import type { StatelyInspectionEvent } from '@statelyai/inspect';
import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { toGraph } from '../../../src/inspector/graph.ts';
import { createStatelyFeed } from '../../../src/inspector/stately.ts';
import { agentMachine } from '../../../src/machine/agent.machine.ts';
import { done, oneIteration, recordedRun } from '../recorded-run.ts';

test('the chart comes first, whole, and then every event with the state after it', async () => {
  const events = await eventsOf(recordedRun(oneIteration));
  const [registration] = events;
  if (registration?.type !== '@xstate.actor') throw new Error('The chart is not registered first.');
  expect(registration.definition).not.toContain('"[Array]"');
  const rebuilt = createMachine(JSON.parse(String(registration.definition)));
  expect(
    toGraph(rebuilt)
      .edges.map(({ id }) => id)
      .sort(),
  ).toEqual(
    toGraph(agentMachine)
      .edges.map(({ id }) => id)
      .sort(),
  );
  const root = events.filter(
    ({ type, sessionId }) => type === '@xstate.snapshot' && sessionId === registration.sessionId,
  );
  expect(root.at(-1)).toMatchObject({ snapshot: { value: { running: { loop: { resting: 'waiting' } } } } });
});

test('who joins late is told the same, registrations first', async () => {
  const feed = createStatelyFeed();
  for (const record of recordedRun(oneIteration)) feed.add(record);
  await settled();
  const late: StatelyInspectionEvent[] = [];
  feed.join((event) => late.push(event));
  feed.close();
  const firstOther = late.findIndex(({ type }) => type !== '@xstate.actor');
  expect(late.slice(0, firstOther).length).toBeGreaterThan(5);
  expect(late.slice(firstOther).filter(({ type }) => type === '@xstate.actor')).toEqual([]);
});

test('of a long run the oldest events are forgotten, and never the chart', async () => {
  const around = oneIteration.slice(1);
  const long = Array.from({ length: 150 }, () => [...around, done('awaitRest', null)]).flat();
  const feed = createStatelyFeed();
  const unlimited = recordedRun([...oneIteration.slice(0, 1), ...long]).map((record) =>
    record.type === 'run.opened'
      ? { ...record, input: { ...record.input, limits: { ...record.input.limits, maxIterations: null } } }
      : record,
  );
  for (const record of unlimited) feed.add(record);
  await settled();
  const late: StatelyInspectionEvent[] = [];
  feed.join((event) => late.push(event));
  feed.close();
  expect(late.length).toBeLessThan(10_000);
  expect(late.filter((event) => event.type === '@xstate.actor' && event.sessionId === event.rootId)).toHaveLength(1);
});

async function eventsOf(records: ReturnType<typeof recordedRun>): Promise<StatelyInspectionEvent[]> {
  const feed = createStatelyFeed();
  const events: StatelyInspectionEvent[] = [];
  feed.join((event) => events.push(event));
  for (const record of records) feed.add(record);
  await settled();
  feed.close();
  return events;
}

/** Its inspector tells in a later turn of the event loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
}
