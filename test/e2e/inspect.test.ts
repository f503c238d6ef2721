import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import { createFrameMaker } from '../../src/inspector/frames.ts';
import type { Frame, Message } from '../../src/inspector/messages.ts';
import { listRuns, readRun } from '../../src/journal/read.ts';
import { makeWorkplace, RUN, type Running, SLEEP, STOP, until, type Workplace } from './workplace.ts';

test('a viewer of a live run sees what its journal holds, all of it and no more', async () => {
  const place = await makeWorkplace();
  const running = await startInspected(place, [RUN('echo one'), SLEEP(60_000), STOP]);
  const viewer = await view(await urlOf(running));
  expect(await until(() => viewer.active().includes('agent.running.loop.acting.sleeping'), 20_000)).toBe(true);
  await viewer.order({ do: 'stop' });
  await running.finished;
  await viewer.ended;
  const journal = await recordsOf(place);
  expect(viewer.frames()).toEqual(createFrameMaker().add(journal));
});

test('a run is paused, told something, let go on and stopped by a viewer: its cause is "person"', async () => {
  const place = await makeWorkplace();
  const running = await startInspected(place, [RUN('true'), SLEEP(60_000), STOP]);
  const viewer = await view(await urlOf(running));
  const isIn = (state: string) => () => viewer.active().includes(`agent.${state}`);
  expect(await until(isIn('running.loop.acting.sleeping'), 10_000)).toBe(true);
  expect(await viewer.order({ do: 'pause' })).toMatchObject({ ok: true });
  expect(await until(isIn('paused'), 5000)).toBe(true);
  expect(await viewer.order({ do: 'say', text: 'Look in data' })).toMatchObject({ ok: true });
  expect(await viewer.order({ do: 'go-on' })).toMatchObject({ ok: true, message: 'It goes on.' });
  expect(await until(isIn('running.loop.acting.sleeping'), 5000)).toBe(true);
  expect(await viewer.order({ do: 'stop' })).toMatchObject({ ok: true });
  const { code, lines } = await running.finished;
  expect([code, lines.at(-1)]).toMatchObject([130, { status: 'stopped', cause: 'person' }]);
  expect(viewer.frames().some((frame) => frame.kind === 'said' && frame.text === 'Look in data')).toBe(true);
});

test('a live run that was started without --inspect is inspected from another process, and an ended one too', async () => {
  const place = await makeWorkplace();
  const script = await place.script(RUN('echo one'), SLEEP(60_000));
  const running = place.start(['run', 'the goal', '--json', '--model', script, '--loop-interval-ms', '0']);
  await running.sees('"action":"SLEEP"');
  const inspecting = place.start(['inspect', '--json']);
  const viewer = await view(await urlOf(inspecting));
  expect(await until(() => viewer.active().includes('agent.running.loop.acting.sleeping'), 10_000)).toBe(true);
  expect(viewer.messages[0]).toMatchObject({ type: 'hello', goal: 'the goal', isLive: true });
  await viewer.order({ do: 'stop' });
  await running.finished;
  expect(
    await until(() => viewer.messages.some((message) => message.type === 'liveness' && !message.isLive), 5000),
  ).toBe(true);
  expect(viewer.frames().find(({ kind }) => kind === 'ended')).toMatchObject({ status: 'stopped', cause: 'person' });
  const late = await view(await urlOf(inspecting));
  expect(await until(() => late.frames().length === viewer.frames().length, 5000)).toBe(true);
  expect(late.messages[0]).toMatchObject({ isLive: false });
  expect(await late.order({ do: 'pause' })).toMatchObject({ ok: false });
  inspecting.kill('SIGINT');
  expect((await inspecting.finished).code).toBe(0);
});

test('the first line of a run stays the first, and the address is the second', async () => {
  const place = await makeWorkplace();
  const { code, lines } = await place.run([STOP], ['--inspect']);
  expect(code).toBe(0);
  expect(lines.slice(0, 2)).toMatchObject([
    { type: 'run.started' },
    { type: 'inspector.opened', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#\w{32}$/), statelyUrl: null },
  ]);
});

test('nothing goes to Stately without a yes', async () => {
  const place = await makeWorkplace();
  const refused = await place.run([STOP], ['--inspect=stately']);
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toMatch(/leave this machine[\s\S]*add --yes/);
  expect(await stat(join(place.state, 'runs')).catch(() => null)).toBe(null);
  const { code, lines, stderr } = await place.run([STOP], ['--inspect=stately', '--yes']);
  expect(code).toBe(0);
  expect(stderr).toContain('leave this machine');
  expect(lines[1]).toMatchObject({ statelyUrl: expect.stringMatching(/\/stately#\w{32}$/) });
});

test('a port that is named is taken, and one that cannot be is refused', async () => {
  const place = await makeWorkplace();
  for (const port of ['0', '65536', 'often', '-1', '4.5']) {
    const { code, stderr } = await place.run([STOP], [`--inspect=${port}`]);
    expect([port, code]).toEqual([port, port === '0' ? 0 : 2]);
    if (port !== '0') expect(stderr).toContain('--inspect: expected true, false, "stately", or a port');
  }
  const { lines } = await place.run([STOP], ['--inspect=47321']);
  expect(lines[1]?.['url']).toMatch(/^http:\/\/127\.0\.0\.1:4732\d\//);
});

test('a run becomes one page, which holds nothing that a browser would run', async () => {
  const place = await makeWorkplace();
  await place.run([RUN('echo "</script><script>alert(1)</script>"', '</script><img src=x onerror=alert(1)>'), STOP]);
  const file = join(place.dir, 'run.html');
  const { code, stdout } = await place.gyre(['runs', 'last', '--html', file]);
  expect([code, stdout]).toEqual([0, expect.stringContaining(file)]);
  const page = await readFile(file, 'utf8');
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page).not.toMatch(/<img|src="http|href="http/);
  expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/);
  const data = /<script type="application\/json" id="story">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
  expect(JSON.parse(data).frames).toEqual(createFrameMaker().add(await recordsOf(place)));
  expect((await place.gyre(['runs', 'last', '--html', join(place.dir, 'no', 'run.html')])).code).toBe(2);
});

test('coverage names what was taken and what never was', async () => {
  const place = await makeWorkplace();
  await place.run([RUN('true'), STOP]);
  await place.run([RUN('true'), RUN('false'), STOP]);
  const { code, lines } = await place.gyre(['runs', '--coverage', '--json']);
  expect(code).toBe(0);
  expect(lines[0]).toMatchObject({
    runs: 2,
    states: { 'agent.running.loop.acting.executing': 3, 'agent.completed': 2, 'agent.stuck': 0 },
  });
  const { stdout } = await place.gyre(['runs', 'last', '--coverage']);
  expect(stdout).toMatch(/1 run counted[\s\S]*2 {2}running\.loop\.acting\.executing[\s\S]*never:[\s\S]*askingPerson/);
});

async function startInspected(place: Workplace, answers: readonly string[]): Promise<Running> {
  const script = await place.script(...answers);
  return place.start(['run', 'the goal', '--json', '--inspect', '--model', script, '--loop-interval-ms', '0']);
}

async function urlOf(running: Running): Promise<string> {
  await running.sees('"url":');
  return /"url":"([^"]+)"/.exec(running.stdout())?.[1] ?? '';
}

async function view(url: string) {
  const { host, hash } = new URL(url);
  const socket = new WebSocket(`ws://${host}/feed`, ['gyre', hash.slice(1)]);
  const messages: Message[] = [];
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const frames = (): Frame[] => messages.flatMap((message) => (message.type === 'frames' ? message.frames : []));
  let orders = 0;
  return {
    messages,
    ended,
    frames,
    active: () => frames().findLast((frame) => frame.kind === 'moved')?.active ?? [],
    async order(what: object) {
      orders += 1;
      const order = orders;
      socket.send(JSON.stringify({ order, ...what }));
      const answer = () => messages.find((message) => message.type === 'answer' && message.order === order);
      await until(() => answer() !== undefined, 5000);
      return answer();
    },
  };
}

async function recordsOf({ state }: Workplace) {
  const [run] = (await listRuns(state)).runs;
  return (await readRun(state, run?.runId ?? '')).records;
}
