import { afterEach, expect, test } from 'vitest';
import { replay } from '../../src/journal/replay.ts';
import {
  boxesOf,
  hasEngine,
  marksOf,
  sleep,
  startFleet,
  type TestFleet,
  type TestHost,
  writeScript,
} from './fleet-setup.ts';

const AGENTS = 200;
const ITERATIONS = 10;

let fleet: TestFleet | null = null;

afterEach(async () => {
  await fleet?.close();
  fleet = null;
});

test.skipIf(!hasEngine)(
  `${AGENTS} agents, ${ITERATIONS} iterations each: a worker killed three times and the engine twice lose nothing and run nothing twice`,
  { timeout: 1_200_000 },
  async () => {
    fleet = await startFleet();
    const north = await fleet.host('north');
    await submitAll(fleet);
    const killed: number[] = [];
    for (const share of [0.15, 0.35, 0.55]) {
      await untilSaved(fleet, share);
      await north.kill();
      killed.push(performance.now());
      await north.start();
    }
    for (const share of [0.7, 0.85]) {
      await untilSaved(fleet, share);
      await fleet.restartEngine();
    }
    await expectWhole(fleet, [north]);
  },
);

test.skipIf(!hasEngine)(
  'one of two hosts is killed for good: the other goes on with its runs within ten seconds',
  { timeout: 1_200_000 },
  async () => {
    fleet = await startFleet();
    const [north, south] = [await fleet.host('north'), await fleet.host('south')];
    await submitAll(fleet);
    await untilSaved(fleet, 0.4);
    expect((await boxesOf(north)).length).toBeGreaterThan(0);
    expect((await boxesOf(south)).length).toBeGreaterThan(0);
    await north.kill();
    const killedAt = performance.now();
    const savedAtDeath = await savedOf(fleet, 'north');
    while ((await savedOf(fleet, 'north')) <= savedAtDeath && performance.now() - killedAt < 30_000) await sleep(100);
    const takenOverMs = performance.now() - killedAt;
    console.log(`taken over after ${Math.round(takenOverMs)} ms`);
    await expectWhole(fleet, [north, south]);
    expect(takenOverMs).toBeLessThan(10_000);
    const moved = (await fleet.client.runs()).filter(({ at, host }) => at !== host);
    const stories = await Promise.all(moved.map((run) => fleet?.exported(run) ?? expect.fail()));
    const words = stories.flatMap(({ saved }) => saved.map(({ surroundings }) => surroundings.last?.message ?? ''));
    expect(words.filter((text) => text.includes('goes on on another host')).length).toBeGreaterThan(0);
  },
);

test.skipIf(!hasEngine)(
  'a host that is only held up begins no command late, and its runs go on elsewhere',
  { timeout: 600_000 },
  async () => {
    fleet = await startFleet();
    const [north, south] = [await fleet.host('north'), await fleet.host('south')];
    await submitAll(fleet, 40);
    await untilSaved(fleet, 0.3, 40);
    north.freeze();
    await fleet.untilEnded(40, 300_000);
    const before = await countMarks(fleet, [north]);
    north.thaw();
    await sleep(6000);
    expect(await countMarks(fleet, [north])).toBe(before);
    await expectWhole(fleet, [north, south], 40);
  },
);

async function submitAll(to: TestFleet, agents = AGENTS): Promise<void> {
  const model = await writeScript(
    to.dir,
    Array.from({ length: ITERATIONS - 1 }, (_, index) => `echo n${index + 1} >> marks`),
  );
  await to.submit(Array.from({ length: agents }, (_, index) => ({ goal: `agent ${index}`, settings: { model } })));
}

/** Every run has ended, each iteration has one outcome, no command has left its line twice, and every export replays. */
async function expectWhole(of: TestFleet, hosts: readonly TestHost[], agents = AGENTS): Promise<void> {
  const runs = await of.untilEnded(agents, 900_000);
  expect(runs).toHaveLength(agents);
  let interrupted = 0;
  for (const run of runs) {
    const story = await of.exported(run);
    expect(story).toMatchObject({ runId: run.runId, status: 'completed', iterations: run.iterations });
    expect(story.saved.map(({ iteration }) => iteration)).toEqual(story.saved.map((_, index) => index + 1));
    expect({ runId: run.runId, ...replay(story.records) }).toMatchObject({ runId: run.runId, ok: true });
    const marks = await marksOf(run.runId, hosts);
    expect({ runId: run.runId, marks: marks.length }).toEqual({ runId: run.runId, marks: new Set(marks).size });
    for (const { iteration, decision, outcome } of story.saved) {
      if (outcome.code === 'interrupted') interrupted += 1;
      else if (decision?.action === 'RUN') expect(marks).toContain(`n${iteration}`);
    }
  }
  console.log(`${runs.length} runs, ${interrupted} commands interrupted`);
  expect(await of.client.paused()).toEqual([]);
}

async function untilSaved(of: TestFleet, share: number, agents = AGENTS): Promise<void> {
  const wanted = share * agents * ITERATIONS;
  for (let saved = 0; saved < wanted; ) {
    const runs = await of.client.runs().catch(() => []);
    saved = runs.reduce((sum, { iterations }) => sum + iterations, 0);
    if (saved < wanted) await sleep(100);
  }
}

async function savedOf(of: TestFleet, host: string): Promise<number> {
  const runs = await of.client.runs().catch(() => []);
  return runs.filter((run) => run.host === host).reduce((sum, { iterations }) => sum + iterations, 0);
}

async function countMarks(of: TestFleet, hosts: readonly TestHost[]): Promise<number> {
  const runs = await of.client.runs();
  const marks = await Promise.all(runs.map(({ runId }) => marksOf(runId, hosts)));
  return marks.reduce((sum, { length }) => sum + length, 0);
}
