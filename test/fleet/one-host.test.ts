import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { replay } from '../../src/journal/replay.ts';
import { hasEngine, marksOf, sleep, startFleet, type TestFleet, writeScript } from './fleet-setup.ts';

let fleet: TestFleet | null = null;

afterEach(async () => {
  await fleet?.close();
  fleet = null;
});

const mark = (index: number) => `echo n${index} >> marks`;

test.skipIf(!hasEngine)('a run of the fleet ends as a run of one machine does, and its export replays', async () => {
  fleet = await startFleet();
  const host = await fleet.host('north');
  const model = await writeScript(fleet.dir, [mark(1), mark(2), 'ls', mark(3), 'cat marks', mark(4), mark(5)]);
  await fleet.submit([{ goal: 'leave marks', settings: { model } }]);
  const [run] = await fleet.untilEnded(1, 60_000);
  if (run === undefined) return expect.fail('there is no run');
  expect(run).toMatchObject({ ending: { status: 'completed', cause: 'agent-stop' }, iterations: 8, host: 'north' });
  const story = await fleet.exported(run);
  expect(story).toMatchObject({ status: 'completed', iterations: 8 });
  expect(replay(story.records)).toMatchObject({ ok: true });
  expect(await marksOf(run.runId, [host])).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
});

test.skipIf(!hasEngine)('the example on the library hands in a goal and waits for its end', async () => {
  fleet = await startFleet();
  await fleet.host('north');
  const model = await writeScript(fleet.dir, [mark(1)]);
  const built = (entry: string) => `'${new URL(`../../dist/${entry}`, import.meta.url).href}'`;
  // The same program, on the built library, with the engine of this test and a scripted model.
  const example = (await readFile(new URL('../../examples/fleet.ts', import.meta.url), 'utf8'))
    .replace("'gyre'", built('index.js'))
    .replace("'gyre/fleet'", built('fleet/index.js'))
    .replace('(DEFAULT_ENGINE)', `(${JSON.stringify(fleet.engine())})`)
    .replace("['maxIterations', '5']", `['maxIterations', '5'], ['model', '${model}'], ['loopIntervalMs', '0']`);
  await writeFile(join(fleet.dir, 'example.mjs'), example);
  const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs'], { cwd: fleet.dir, timeout: 60_000 });
  expect(JSON.parse(stdout)).toMatchObject({ phase: 'ended', ending: { status: 'completed' }, iterations: 2 });
});

test.skipIf(!hasEngine)('the same file submitted twice is accepted once', async () => {
  fleet = await startFleet();
  await fleet.host('north');
  const line = { goal: 'leave marks', settings: { model: await writeScript(fleet.dir, [mark(1)]) } };
  await fleet.submit([line]);
  await fleet.submit([line]);
  expect(await fleet.untilEnded(1, 60_000)).toHaveLength(1);
});

test.skipIf(!hasEngine)('gyre fleet stop ends a run in the middle of a command, and the command with it', async () => {
  fleet = await startFleet();
  const host = await fleet.host('north');
  const model = await writeScript(fleet.dir, [mark(1), 'sleep 25; echo late >> marks']);
  await fleet.submit([{ goal: 'wait', settings: { model } }]);
  const { runId } = await until(fleet, ({ iterations }) => iterations === 1);
  await sleep(1500);
  const asked = performance.now();
  expect((await fleet.gyre('stop', runId)).code).toBe(0);
  const [run] = await fleet.untilEnded(1, 10_000);
  expect(performance.now() - asked).toBeLessThan(5000);
  expect(run).toMatchObject({ ending: { status: 'stopped', cause: 'stop-command' }, iterations: 2 });
  await sleep(500);
  expect(await marksOf(runId, [host])).toEqual(['n1']);
});

test.skipIf(!hasEngine)('a run that waits holds nothing, and is woken by its moment', async () => {
  fleet = await startFleet();
  await fleet.host('north');
  const model = await writeScript(fleet.dir, [mark(1), mark(2)]);
  await fleet.submit([{ goal: 'slowly', settings: { model, loopIntervalMs: 2000 } }]);
  const waiting = await until(fleet, ({ phase }) => phase === 'waiting');
  expect(waiting.waitsUntilMs).toBeGreaterThan(waiting.startedAtMs);
  expect(await fleet.untilEnded(1, 30_000)).toMatchObject([{ ending: { status: 'completed' }, iterations: 3 }]);
});

test.skipIf(!hasEngine)('a run whose host cannot serve it does not keep the others from their end', async () => {
  fleet = await startFleet();
  const host = await fleet.host('north');
  const poison = { goal: 'poison', settings: { model: `script:${fleet.dir}/there-is-no-such-file` } };
  const model = await writeScript(fleet.dir, [mark(1), mark(2)]);
  await fleet.submit([
    poison,
    ...Array.from({ length: 20 }, (_, index) => ({ goal: `work ${index}`, settings: { model } })),
  ]);
  const runs = await fleet.untilEnded(21, 120_000);
  expect(runs.filter(({ ending }) => ending?.status === 'completed')).toHaveLength(20);
  expect(runs.find(({ goal }) => goal === 'poison')?.ending).toEqual({ status: 'failed', cause: 'model-unavailable' });
  expect(host.said()).not.toContain('bug');
});

async function until(of: TestFleet, isSo: (run: Awaited<ReturnType<TestFleet['client']['runs']>>[number]) => boolean) {
  for (let tries = 0; tries < 200; tries += 1) {
    const run = (await of.client.runs()).find(isSo);
    if (run) return run;
    await sleep(100);
  }
  return expect.fail('it has never come to that');
}
