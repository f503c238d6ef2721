import { chmod, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openShell, type ShellOptions } from '../../src/services/shell/open-shell.ts';
import { probeBubblewrap } from '../../src/services/shell/probe.ts';
import type { CommandRequest, CommandResult, Shell } from '../../src/services/shell/shell.ts';

export const isRoot = process.getuid?.() === 0;
export const hasJail = (await probeBubblewrap()).ok;

export interface OpenedShell {
  readonly shell: Shell;
  readonly boxDir: string;
  readonly stateDir: string;
  readonly notices: readonly string[];
  /** Runs a command where the one before it ended. */
  run(command: string, request?: Partial<CommandRequest>): Promise<CommandResult>;
}

/** A shell on a box of its own, both gone when the test is over. */
export async function open(options: Partial<ShellOptions> = {}): Promise<OpenedShell> {
  const boxDir = options.boxDir ?? (await makeDirectory());
  const stateDir = options.stateDir ?? (await makeDirectory());
  const notices: string[] = [];
  const onNotice = (sentence: string) => notices.push(sentence);
  const shell = await openShell({ kind: 'bubblewrap', boxDir, stateDir, isDenied: () => false, onNotice, ...options });
  onTestFinished(() => shell.close());
  let workingDirectory = '';
  return {
    shell,
    boxDir,
    stateDir,
    notices,
    async run(command, request) {
      const { signal } = new AbortController();
      const result = await shell.run({ command, workingDirectory, timeoutMs: 20_000, signal, ...request });
      workingDirectory = result.workingDirectory;
      return result;
    },
  };
}

export async function makeDirectory(parent = tmpdir()): Promise<string> {
  const dir = await mkdtemp(join(await realpath(parent), 'gyre-jail-'));
  await chmod(dir, 0o755);
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The ids of processes that were started with this argument, on the whole machine. */
export async function processesWith(argument: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (line.split('\0').includes(argument)) found.push(Number(name));
  }
  return found;
}

/** A number of seconds that no other process sleeps for. */
export function uniqueSeconds(): string {
  return `600.${process.pid}${Math.random().toString().slice(2, 10)}`;
}
