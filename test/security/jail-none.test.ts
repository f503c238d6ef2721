import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { makeDirectory, open, processesWith, uniqueSeconds } from './jail-setup.ts';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const terminal = '/usr/bin/script';

test('without a sandbox a command is a plain process with an environment of its own', async () => {
  const { run, shell, boxDir, stateDir } = await open({ kind: 'none' });
  expect([shell.kind, shell.summary]).toEqual(['none', 'there is no sandbox at all: commands can do whatever you can']);
  expect(await run('mkdir a; cd a; pwd; env | cut -d= -f1 | sort | tr "\\n" " "; exit 3')).toEqual({
    ending: 'exited',
    exitCode: 3,
    signal: null,
    stdout: `${boxDir}/a\nHOME LANG PATH PWD SHELL SHLVL TERM _ `,
    stderr: '',
    truncated: false,
    durationMs: expect.any(Number),
    workingDirectory: 'a',
  });
  expect(await run('cd /')).toMatchObject({ workingDirectory: 'a' });
  expect(await readdir(stateDir)).toEqual([]);
});

test('without a sandbox what stays in the process group is killed', async () => {
  const { run } = await open({ kind: 'none' });
  const seconds = uniqueSeconds();
  expect(await run(`sleep ${seconds} & echo hi`)).toMatchObject({ ending: 'exited', stdout: 'hi\n' });
  expect(await processesWith(seconds)).toEqual([]);
  expect(await run(`sleep ${seconds} & sleep ${seconds}`, { timeoutMs: 300 })).toMatchObject({ ending: 'timeout' });
  expect(await processesWith(seconds)).toEqual([]);
});

test('a sandbox that does not exist here is refused', async () => {
  await expect(open({ kind: 'seatbelt' })).rejects.toMatchObject({ code: 'sandbox-unavailable' });
});

describe.skipIf(!existsSync(cli))('a person confirms each command', () => {
  test.each([
    ['exec', '--sandbox', 'none', '--', 'touch ran'],
    ['exec', '--approve', '--', 'touch ran'],
    ['run', 'goal', '--sandbox', 'none'],
    ['run', 'goal', '--approve'],
  ])('without a terminal %s %s is exit code 2, and nothing is run', async (...words) => {
    const { gyre, boxDir, stateDir } = await makePlace();
    const { code, stderr } = await gyre([...words.slice(0, 1), '--sandbox-dir', boxDir, ...words.slice(1)]);
    expect([code, stderr.includes('asks before each command')]).toEqual([2, true]);
    expect([await readdir(boxDir), await readdir(stateDir)]).toEqual([[], []]);
  });

  test('only a flag turns the sandbox off', async () => {
    const { gyre, boxDir, stateDir } = await makePlace();
    const file = join(stateDir, 'config.json');
    await writeFile(file, JSON.stringify({ sandbox: 'none' }));
    const command = ['exec', '--sandbox-dir', boxDir];
    const byEnvironment = await gyre([...command, '--', 'touch ran'], { GYRE_SANDBOX: 'none' });
    const byFile = await gyre([...command, '--config', file, '--', 'touch ran']);
    expect([byEnvironment.code, byFile.code, await readdir(boxDir)]).toEqual([2, 2, []]);
    expect(byEnvironment.stderr).toContain('"none" is taken from the flag --sandbox only');
  });

  test.skipIf(!existsSync(terminal)).each([
    ['y', 0, ['ran']],
    ['n', 126, []],
  ] as const)('on a terminal the answer %s decides', async (key, expected, left) => {
    const { gyreOnTerminal, boxDir } = await makePlace();
    const words = ['exec', '--sandbox-dir', boxDir, '--sandbox', 'none', '--', 'touch ran'];
    const { code, stdout } = await gyreOnTerminal(words, key);
    expect([code, await readdir(boxDir)]).toEqual([expected, left]);
    expect(stdout).toContain('$ "touch ran"');
  });
});

async function makePlace() {
  const [boxDir, stateDir] = [await makeDirectory(), await makeDirectory()];
  const env = { PATH: '/usr/bin:/bin', HOME: stateDir, GYRE_STATE_DIR: stateDir, SHELL: '/bin/sh', TERM: 'xterm' };
  const start = (file: string, words: readonly string[], more: object = {}) =>
    execa(file, words, { env: { ...env, ...more }, extendEnv: false, reject: false, stdin: 'pipe', timeout: 20_000 });
  return {
    boxDir,
    stateDir,
    async gyre(words: readonly string[], more: object = {}) {
      const running = start(process.execPath, [cli, ...words], more);
      running.stdin?.end();
      const { exitCode, stdout, stderr } = await running;
      return { code: exitCode, stdout, stderr };
    },
    /** Types a key when it is asked for one. */
    async gyreOnTerminal(words: readonly string[], key: string) {
      const line = [process.execPath, cli, ...words].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
      const running = start(terminal, ['-qec', line, '/dev/null']);
      running.stdout?.on('data', (bytes: Buffer) => {
        if (`${bytes}`.includes('y / n')) running.stdin?.write(key);
      });
      const { exitCode, stdout } = await running;
      return { code: exitCode, stdout };
    },
  };
}
