import { expect, test } from 'vitest';
import { mailObjectOf, pageKey, type RunStatus, runObjectOf } from '../../src/fleet/names.ts';
import { createObjects } from '../../src/fleet/objects.ts';
import { specOf } from '../../src/fleet/run-spec.ts';
import type { FleetOrder } from '../../src/fleet/steps.ts';
import type { JournalRecord } from '../../src/journal/format.ts';
import { replay } from '../../src/journal/replay.ts';
import { createRestateInMemory } from './restate-in-memory.ts';
import { makePlace, openHost, RUN, STOP, savedIn, servicesFor } from './scripted-run.ts';

const work = [RUN('good 1'), RUN('good 2'), RUN('good 3'), RUN('good 4'), STOP];

test('a run goes through its virtual object to its end, and its pages are its journal', async () => {
  const fleet = await startFleet(work);
  await fleet.start('a');
  await fleet.engine.untilQuiet();
  expect(fleet.status('a')).toMatchObject({
    phase: 'ended',
    ending: { status: 'completed', cause: 'agent-stop' },
    iterations: 5,
  });
  expect(savedIn(fleet.records('a')).map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5]);
  expect(replay(fleet.records('a'))).toMatchObject({ ok: true });
  // Two iterations a stretch.
  expect(fleet.engine.callsOf('step')).toBe(3);
  expect(fleet.commands).toEqual(['good 1', 'good 2', 'good 3', 'good 4']);
  await fleet.close();
});

test('a run that is started twice runs once', async () => {
  const fleet = await startFleet(work);
  expect(await fleet.start('a')).toEqual({ isNew: true });
  expect(await fleet.start('a')).toEqual({ isNew: false });
  await fleet.engine.untilQuiet();
  expect(fleet.commands).toHaveLength(4);
  await fleet.close();
});

test('a paused run holds no place, waits for a letter, and goes on with the next', async () => {
  const fleet = await startFleet(work);
  await fleet.order('a', { do: 'pause' });
  await fleet.start('a');
  await fleet.order('a', { do: 'pause' });
  await fleet.engine.untilQuiet();
  expect(fleet.status('a')).toMatchObject({ phase: 'waiting', waitsUntilMs: null });
  await fleet.order('a', { do: 'say', text: 'Hurry.' });
  await fleet.order('a', { do: 'go-on' });
  await fleet.engine.untilQuiet();
  expect(fleet.status('a')).toMatchObject({ phase: 'ended', ending: { status: 'completed' } });
  const records = fleet.records('a');
  expect(records.filter(({ type }) => type === 'person.said')).toHaveLength(1);
  expect(savedIn(records).flatMap(({ surroundings }) => surroundings.said ?? [])).toEqual(['Hurry.']);
  expect(replay(records)).toMatchObject({ ok: true });
  await fleet.close();
});

test('a letter is taken once, whether it finds the run at work or not', async () => {
  const fleet = await startFleet(work);
  await fleet.start('a');
  for (let index = 0; index < 20; index += 1) {
    await fleet.order('a', { do: 'say', text: `word ${index}` });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await fleet.engine.untilQuiet();
  const said = fleet.records('a').flatMap((record) => (record.type === 'person.said' ? [record.text] : []));
  expect(new Set(said).size).toBe(said.length);
  expect(said).toEqual([...said].sort((a, b) => Number(a.split(' ')[1]) - Number(b.split(' ')[1])));
  await fleet.close();
});

test('a run is stopped, and its end is the only one', async () => {
  const fleet = await startFleet(work);
  await fleet.start('a');
  await fleet.order('a', { do: 'stop', cause: 'stop-command' });
  await fleet.order('a', { do: 'stop', cause: 'person' });
  await fleet.engine.untilQuiet();
  expect(fleet.status('a').phase).toBe('ended');
  expect(fleet.records('a').filter(({ type }) => type === 'run.ended').length).toBeLessThanOrEqual(1);
  await fleet.close();
});

test('where there is one place, runs are put off, and all come to their end', async () => {
  const fleet = await startFleet(work, { agents: 1 });
  await Promise.all(['a', 'b', 'c', 'd'].map((runId) => fleet.start(runId)));
  await fleet.engine.untilQuiet();
  for (const runId of ['a', 'b', 'c', 'd']) expect(fleet.status(runId).phase).toBe('ended');
  expect(fleet.engine.delays).toContain(5000);
  await fleet.close();
});

test('records that nobody keeps are forgotten, with the letters', async () => {
  const fleet = await startFleet(work, { keepMs: 1 });
  await fleet.start('a');
  await fleet.order('a', { do: 'say', text: 'hello' });
  await fleet.engine.untilQuiet();
  expect(fleet.engine.state(runObjectOf('north'), 'a')).toEqual({});
  expect(fleet.engine.state(mailObjectOf('north'), 'a')).toEqual({});
  await fleet.close();
});

async function startFleet(script: readonly string[], { agents = 8, keepMs = 60_000 } = {}) {
  const { dir, settings } = await makePlace();
  const { services, commands } = servicesFor(script);
  const engine = createRestateInMemory();
  const host = openHost({ dir, settings }, services, { name: 'north', agents });
  engine.bind(createObjects({ sdk: engine.sdk, host, name: 'north', maxIterations: 2, keepMs }));
  const status = (runId: string) => engine.state(runObjectOf('north'), runId)['status'] as RunStatus;
  return {
    engine,
    commands,
    status,
    start: (runId: string) => engine.call(runObjectOf('north'), runId, 'start', specOf(`goal of ${runId}`, settings)),
    order: (runId: string, order: FleetOrder) => engine.call(mailObjectOf('north'), runId, 'put', order),
    records(runId: string): readonly JournalRecord[] {
      const state = engine.state(runObjectOf('north'), runId);
      const pages = Array.from({ length: status(runId).pages }, (_, index) => state[pageKey(index + 1)]);
      return pages.flat() as JournalRecord[];
    },
    close: () => host.close(),
  };
}
