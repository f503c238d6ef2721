import { mkdir, readFile, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type Line, makeWorkplace, RUN, type Running, SLEEP, STOP, until, type Workplace } from './workplace.ts';

test('stop ends a run in order, and returns when it has ended', async () => {
  const { place, running } = await startLong();
  const stopped = await place.gyre(['stop', 'last']);
  expect([stopped.code, stopped.stdout]).toEqual([
    0,
    expect.stringMatching(/^Run \w+ has ended: stopped \(stop-command\)\.\n$/),
  ]);
  const { code, lines } = await running.finished;
  expect([code, lines.at(-1)]).toMatchObject([130, { status: 'stopped', cause: 'stop-command' }]);
});

test('what has ended can be stopped and nothing else', async () => {
  const place = await makeWorkplace();
  await place.run([STOP]);
  const orders = [['stop'], ['pause'], ['go-on'], ['say', 'hello']];
  const codes = [];
  for (const [order = '', ...text] of orders) codes.push((await place.gyre([order, 'last', ...text])).code);
  expect(codes).toEqual([0, 1, 1, 1]);
});

test('a run is paused and goes on, as often as one asks', async () => {
  const { place, running } = await startLong();
  expect((await place.gyre(['go-on', 'last'])).stdout).toBe('It is not paused.\n');
  expect((await place.gyre(['pause', 'last'])).code).toBe(0);
  expect((await place.gyre(['pause', 'last'])).stdout).toBe('It is paused already.\n');
  expect((await place.gyre(['go-on', 'last'])).stdout).toBe('It goes on.\n');
  expect((await place.gyre(['stop', 'last'])).code).toBe(0);
  await running.finished;
});

test('what a person says stands in the next turn, marked as theirs, and in the journal', async () => {
  const { place, running } = await startLong([SLEEP(1500), RUN('true'), STOP]);
  const told = await place.gyre(['say', 'last', 'Look in\u001b[31m data', '--json']);
  expect(told.lines[0]).toMatchObject({ ok: true, status: 'running' });
  await running.finished;
  const records = await recordsOf(place);
  expect(records.filter(({ type }) => type === 'person.said').map(({ text }) => text)).toEqual(['Look in data']);
  const saved = records.filter(({ type }) => type === 'iteration.saved');
  expect(saved.map((record) => (record as { surroundings?: { said?: unknown } }).surroundings?.said)).toEqual([
    undefined,
    ['Look in data'],
    undefined,
  ]);
});

test('what was said to a run that was killed is told when it is resumed', async () => {
  const { place, running } = await startLong([RUN('touch here; sleep 30'), STOP]);
  expect(await until(() => exists(join(place.box, 'here')), 20_000)).toBe(true);
  expect((await place.gyre(['say', 'last', 'One more thing'])).code).toBe(0);
  running.kill('SIGKILL');
  await running.finished;
  await place.gyre(['resume', 'last', '--json', '--loop-interval-ms', '0']);
  const last = (await recordsOf(place)).findLast(({ type }) => type === 'iteration.saved');
  expect(last).toMatchObject({ iteration: 2, surroundings: { said: ['One more thing'] } });
});

test("the socket is its owner's alone, and does not mind nonsense", async () => {
  const { place, running } = await startLong();
  const socket = join(dirname(await journalOf(place)), 'control.sock');
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
  expect(await ask(socket, 'nonsense\n')).toEqual({ ok: false, message: 'That is no order that this gyre knows.' });
  expect(await ask(socket, '{"do":"say","text":""}\n')).toMatchObject({ ok: false });
  expect(await ask(socket, 'x'.repeat(200_000))).toBe(null);
  expect((await place.gyre(['stop', 'last'])).code).toBe(0);
  await running.finished;
  expect(await exists(socket)).toBe(false);
});

test('a state directory with a long path can be asked too', async () => {
  const place = await makeWorkplace();
  const state = join(place.dir, 'long'.repeat(30));
  await mkdir(state);
  const model = await place.script(SLEEP(20_000), STOP);
  const flags = ['--state-dir', state];
  const running = place.start(['run', 'x', '--json', '--model', model, ...flags]);
  await running.sees('decision.made');
  expect((await place.gyre(['stop', 'last', ...flags])).code).toBe(0);
  expect((await running.finished).code).toBe(130);
});

test.each([['stop'], ['pause'], ['go-on'], ['say'], ['say', 'last'], ['say', 'last', ' ']])(
  '%s %s is a wrong use where it lacks something',
  async (...words) => {
    const place = await makeWorkplace();
    if (words.length > 1) await place.run([STOP]);
    expect((await place.gyre(words)).code).toBe(2);
  },
);

/** A run that waits in its first iteration. */
async function startLong(answers = [SLEEP(30_000), STOP]): Promise<{ place: Workplace; running: Running }> {
  const place = await makeWorkplace();
  const model = await place.script(...answers);
  const running = place.start(['run', 'x', '--json', '--model', model, '--loop-interval-ms', '0']);
  await running.sees('decision.made');
  return { place, running };
}

async function journalOf({ gyre }: Workplace): Promise<string> {
  const { lines } = await gyre(['runs', 'last', '--json']);
  return String(lines[0]?.['journal']);
}

async function recordsOf(place: Workplace): Promise<readonly Line[]> {
  const content = await readFile(await journalOf(place), 'utf8');
  return content
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** What comes back before the connection ends. */
function ask(path: string, text: string): Promise<unknown> {
  return new Promise((resolve) => {
    let answer: unknown = null;
    const socket = createConnection(path, () => socket.write(text));
    socket.on('data', (data) => {
      answer = JSON.parse(String(data));
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
