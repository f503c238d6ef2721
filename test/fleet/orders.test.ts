import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { openMirror } from '../../src/fleet/mirror.ts';
import { sendControl } from '../../src/journal/control.ts';
import { isRunAlive } from '../../src/journal/lock.ts';
import { readRun } from '../../src/journal/read.ts';
import { replay } from '../../src/journal/replay.ts';
import { hasEngine, sleep, startFleet, type TestFleet, writeScript } from './fleet-setup.ts';

let fleet: TestFleet | null = null;

afterEach(async () => {
  await fleet?.close();
  fleet = null;
});

test.skipIf(!hasEngine)(
  'a run that is followed is a live run of this machine: it is paused, told something, and stopped',
  async () => {
    fleet = await startFleet();
    await fleet.host('north');
    const model = await writeScript(
      fleet.dir,
      Array.from({ length: 40 }, (_, index) => `echo n${index} >> marks`),
    );
    await fleet.submit([{ goal: 'work', settings: { model, loopIntervalMs: 300 } }]);
    const run = await firstRun(fleet);
    const mirror = await openMirror({ client: fleet.client, run, stateDir: fleet.stateDir });
    while ((await mirror.catchUp()) || (await saved(fleet, run.runId)) < 2) await sleep(200);
    expect(await isRunAlive(run.runId)).toBe(true);
    expect(await sendControl(mirror.journal, { do: 'pause' })).toMatchObject({ ok: true });
    await sleep(1500);
    const held = (await firstRun(fleet)).iterations;
    await sleep(1500);
    expect((await firstRun(fleet)).iterations).toBe(held);
    expect(await sendControl(mirror.journal, { do: 'say', text: 'Look in data.' })).toMatchObject({ ok: true });
    expect(await sendControl(mirror.journal, { do: 'go-on' })).toMatchObject({ ok: true });
    while ((await firstRun(fleet)).iterations < held + 2) await sleep(100);
    expect(await sendControl(mirror.journal, { do: 'stop' })).toMatchObject({ ok: true });
    await fleet.untilEnded(1, 20_000);
    expect(await mirror.catchUp()).toBe(true);
    await mirror.close();
    const story = await readRun(fleet.stateDir, run.runId);
    expect(story).toMatchObject({ status: 'stopped', cause: 'stop-command' });
    expect(story.saved.flatMap(({ surroundings }) => surroundings.said ?? [])).toEqual(['Look in data.']);
    expect(replay(story.records)).toMatchObject({ ok: true });
  },
);

test.skipIf(!hasEngine)('a run is listed, shown, followed to its end, and inspected while it goes on', async () => {
  fleet = await startFleet();
  await fleet.host('north');
  const model = await writeScript(fleet.dir, ['echo one', 'echo two', 'echo three']);
  await fleet.submit([{ goal: 'count', settings: { model, loopIntervalMs: 1500 } }]);
  while ((await firstRun(fleet)).iterations < 1) await sleep(100);
  const { runId } = await firstRun(fleet);
  expect((await fleet.gyre('ls')).stdout).toMatch(new RegExp(`north .* 1 +1\\n.*${runId} .* count\\n`, 's'));
  expect((await fleet.gyre('logs', runId)).stdout).toMatch(/^run \w+ {2}running\n.*\$ echo one/s);
  const page = fleet.openGyre('inspect', runId, '--json');
  const [first] = await once(page.stdout ?? expect.fail(), 'data');
  const { url } = JSON.parse(String(first)) as { url: string };
  expect((await fetch(url)).status).toBe(200);
  const followed = await fleet.gyre('logs', runId.slice(0, 5), '--follow');
  expect(followed.stdout).toMatch(/\$ echo three.*completed: .*, 4 iterations\n$/s);
  page.kill('SIGINT');
  expect(await once(page, 'exit')).toEqual([0, null]);
  expect(await fleet.gyre('export', 'last')).toMatchObject({ code: 0, stderr: '' });
});

async function firstRun(of: TestFleet) {
  const [run] = await of.client.runs();
  return run ?? expect.fail('there is no run');
}

async function saved(of: TestFleet, runId: string): Promise<number> {
  return readRun(of.stateDir, runId).then(
    (story) => story.saved.length,
    () => 0,
  );
}
