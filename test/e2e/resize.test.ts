import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { cli, makeWorkplace, RUN, SLEEP, until } from './workplace.ts';

const run = promisify(execFile);
const server = `gyre-test-${process.pid}`;
const tmux = async (...args: readonly string[]) =>
  (await run('tmux', ['-L', server, '-f', '/dev/null', ...args])).stdout;
afterEach(() => tmux('kill-server').catch(() => ''));

test('a terminal that changes its size shows one status line, whole, and no remains of others', async () => {
  const place = await makeWorkplace();
  const model = await place.script(RUN(`echo ${'long '.repeat(60)}`), SLEEP(600_000));
  const words = [process.execPath, cli, 'run', `tidy ${'up '.repeat(50)}`, '--model', model, '--loop-interval-ms', '0'];
  const env = Object.entries({ ...place.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const line = ['env', '-i', ...env, 'TERM=xterm-256color', ...words].map((word) => `'${word}'`).join(' ');
  await tmux('new-session', '-d', '-x', '120', '-y', '50', line);
  const screen = async () => (await tmux('capture-pane', '-p')).split('\n');
  const statusLines = async () => (await screen()).filter((text) => text.includes('sleeping'));
  expect(await until(async () => (await statusLines()).length === 1, 20_000)).toBe(true);
  for (const [columns, rows] of [
    [60, 40],
    [30, 40],
    [100, 50],
    [20, 12],
    [120, 50],
  ] as const) {
    await tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
    // The last line that is not empty is the status line, and nothing of an older one stands above it.
    const isWhole = async () => {
      const shown = (await screen()).filter((text) => text.trim() !== '');
      const parts = shown.filter((text) => /sleeping|failures \d|tokens/.test(text));
      return parts.length === 1 && parts[0] === shown.at(-1) && parts[0]?.startsWith('sleeping') === true;
    };
    expect([columns, await until(isWhole, 5000), await screen()]).toEqual([columns, true, expect.anything()]);
  }
});
