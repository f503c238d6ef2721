import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSeatbeltShell, type SandboxConfig } from '../../src/services/shell/seatbelt.ts';
import type { CommandRequest } from '../../src/services/shell/shell.ts';
import { hasJail, makeDirectory, processesWith, uniqueSeconds } from './jail-setup.ts';

// Apple's sandbox is not here. What stands around it is tested with bubblewrap in its place.

test('a sandbox that does not confine fails its self-test', async () => {
  const boxDir = await makeDirectory();
  const stateDir = await makeDirectory();
  const opened = openSeatbeltShell({ boxDir, stateDir }, async () =>
    package_((command) => ['/bin/bash', '-c', command]),
  );
  await expect(opened).rejects.toMatchObject({
    code: 'sandbox-unavailable',
    message: 'The self-test of the Seatbelt jail failed: it can read outside of the box.',
  });
  expect([await readdir(boxDir), await readdir(stateDir)]).toEqual([[], []]);
});

test('a sandbox that does not start anything fails its self-test', async () => {
  const boxDir = await makeDirectory();
  const opened = openSeatbeltShell({ boxDir, stateDir: await makeDirectory() }, async () =>
    package_(() => ['/bin/bash', '-c', 'echo broken >&2; exit 71']),
  );
  await expect(opened).rejects.toMatchObject({ code: 'sandbox-unavailable' });
});

describe.skipIf(!hasJail)('around the sandbox', () => {
  test('a command has an environment, a working directory and an output of ours', async () => {
    const { run, boxDir } = await open();
    expect(await run('mkdir a; cd a; pwd; env | cut -d= -f1 | sort | tr "\\n" " "; exit 3')).toEqual({
      ending: 'exited',
      exitCode: 3,
      signal: null,
      stdout: `${boxDir}/a\nHOME LANG PATH PWD SHELL SHLVL TERM TMPDIR _ `,
      stderr: '',
      truncated: false,
      durationMs: expect.any(Number),
      workingDirectory: 'a',
    });
    expect(await run('pwd; cd ..; rm -r a')).toMatchObject({ stdout: `${boxDir}/a\n`, workingDirectory: '' });
    expect(await run('mkdir b; cd b; rmdir ../b')).toMatchObject({ workingDirectory: '' });
    expect(await run('ulimit -c; ulimit -f; ulimit -n')).toMatchObject({ stdout: '0\n51200\n256\n' });
  });

  test('what a command says about quotes and newlines reaches bash unchanged', async () => {
    const { run } = await open();
    expect(await run("printf '%s|' \"it's\" '$HOME' '\"' 'a\nb' 'ü'")).toMatchObject({
      stdout: `it's|$HOME|"|a\nb|ü|`,
    });
  });

  test('what comes loose from a command is found and killed', async () => {
    const { run } = await open();
    const seconds = uniqueSeconds();
    expect(await run(`setsid sleep ${seconds} & sleep 1`)).toMatchObject({ ending: 'exited' });
    expect(await processesWith(seconds)).toEqual([]);
    expect(await run(`setsid sleep ${seconds} & sleep 600`, { timeoutMs: 1000 })).toMatchObject({ ending: 'timeout' });
    expect(await processesWith(seconds)).toEqual([]);
  });

  test('a directory that would be a pattern answers limit, and nothing runs', async () => {
    const { run } = await open();
    expect(await run('touch x', { checkDir: '/a*' })).toMatchObject({
      ending: 'limit',
      stderr: "The command could not be started: Seatbelt's rules would read /a* as a pattern.\n",
    });
  });
});

async function open() {
  const boxDir = await makeDirectory();
  const stateDir = await makeDirectory();
  await writeFile(join(stateDir, 'secret'), 'secret');
  const load = async () =>
    package_((command, { filesystem }) => [
      ...['bwrap', '--ro-bind', '/', '/', '--dev', '/dev', '--tmpfs', stateDir, '--unshare-net', '--die-with-parent'],
      ...filesystem.allowWrite.flatMap((path) => ['--bind', path, path]),
      ...['/bin/bash', '-c', command],
    ]);
  const shell = await openSeatbeltShell({ boxDir, stateDir }, load);
  onTestFinished(() => shell.close());
  let workingDirectory = '';
  return {
    boxDir,
    async run(command: string, request?: Partial<CommandRequest>) {
      const { signal } = new AbortController();
      const result = await shell.run({ command, workingDirectory, timeoutMs: 20_000, signal, ...request });
      workingDirectory = result.workingDirectory;
      return result;
    },
  };
}

function package_(argv: (command: string, config: SandboxConfig) => readonly string[]) {
  const wrapWithSandbox = async (command: string, _shell: string, config: SandboxConfig) =>
    argv(command, config)
      .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
      .join(' ');
  return { SandboxManager: { wrapWithSandbox } };
}
