import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { listRuns, readRun } from '../../src/journal/read.ts';
import { replay } from '../../src/journal/replay.ts';

export const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** One line of `--json`: tests look at the fields they are about. */
export type Line = { readonly type: string } & Record<string, never>;

export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output, as lines of JSON. */
  readonly lines: readonly Line[];
}

export interface Workplace {
  readonly dir: string;
  readonly box: string;
  readonly state: string;
  readonly env: Record<string, string>;
  /** Writes a script of model answers and answers the flag value that names it. */
  script(...answers: readonly string[]): Promise<string>;
  /** Starts gyre and waits for its end. */
  gyre(args: readonly string[], env?: Record<string, string>): Promise<Finished>;
  /** Starts gyre and leaves it running. */
  start(args: readonly string[], env?: Record<string, string>): Running;
  /** `gyre run --json` over a script, without a loop interval. */
  run(answers: readonly string[], args?: readonly string[], env?: Record<string, string>): Promise<Finished>;
}

export interface Running {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  readonly stdout: () => string;
  /** Waits until standard output contains the text. */
  sees(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  type(keys: string): void;
}

/** A home of its own with an empty box, so that nothing of the machine's user is seen or touched. */
export async function makeWorkplace(): Promise<Workplace> {
  const dir = await mkdtemp(join(tmpdir(), 'gyre-e2e-'));
  await chmod(dir, 0o755);
  const box = join(dir, 'box');
  await mkdir(box);
  const state = join(dir, 'state');
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, SANDBOX_DIR: box, GYRE_STATE_DIR: state };
  let scripts = 0;
  const workplace: Workplace = {
    dir,
    box,
    state,
    env,
    async script(...answers) {
      scripts += 1;
      const file = join(dir, `script-${scripts}.txt`);
      await writeFile(file, answers.map((answer) => `${answer}\n---\n`).join(''));
      return `script:${file}`;
    },
    gyre: (args, more = {}) => workplace.start(args, more).finished,
    start(args, more = {}) {
      const running = start(process.execPath, [cli, ...args], { ...env, ...more }, dir);
      const finished = running.finished.then(async (result) => {
        if (args[0] === 'run') await expectReplays(state);
        return result;
      });
      return { ...running, finished };
    },
    async run(answers, args = [], more = {}) {
      const model = await workplace.script(...answers);
      return workplace.gyre(['run', 'the goal', '--json', '--model', model, '--loop-interval-ms', '0', ...args], more);
    },
  };
  return workplace;
}

/** Whatever a test is about, the runs that it makes replay as they were recorded. */
async function expectReplays(state: string): Promise<void> {
  const { runs } = await listRuns(state).catch(() => ({ runs: [] }));
  for (const { runId } of runs) {
    expect({ runId, ...replay((await readRun(state, runId)).records) }).toMatchObject({ runId, ok: true });
  }
}

/** gyre in a terminal of its own: `script` of util-linux makes the pseudo-terminal. */
export function startInTerminal(
  workplace: Workplace,
  args: readonly string[],
  env: Record<string, string> = {},
  around: (line: string) => string = (command) => `exec ${command}`,
): Running {
  const line = [process.execPath, cli, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const all = { ...workplace.env, TERM: 'xterm', SHELL: '/bin/bash', ...env };
  return start('script', ['-qefc', around(line), '/dev/null'], all, workplace.dir);
}

export const RUN = (command: string, note = 'a note') =>
  `<action>RUN</action><command>${command}</command><note>${note}</note>`;
export const SLEEP = (sleepMs: number | '') => `<action>SLEEP</action><sleepMs>${sleepMs}</sleepMs><note>tired</note>`;
export const STOP = '<action>STOP</action><note>done</note>';

/** Processes whose command line contains the text. */
export function processesWith(text: string): Promise<string[]> {
  return new Promise((resolve) => {
    execFile('ps', ['-eo', 'pid,args'], (_, stdout) => {
      resolve(stdout.split('\n').filter((line) => line.includes(text)));
    });
  });
}

export async function until(isTrue: () => Promise<boolean> | boolean, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    if (await isTrue()) return true;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return isTrue();
}

function start(file: string, args: readonly string[], env: Record<string, string>, cwd: string): Running {
  const child = spawn(file, args, { env, cwd, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, lines: linesOf(stdout) }));
  });
  return {
    pid: child.pid ?? 0,
    finished,
    stdout: () => stdout,
    async sees(text) {
      if (!(await until(() => stdout.includes(text), 20_000)))
        throw new Error(`Never saw ${text} in:\n${stdout}${stderr}`);
    },
    kill: (signal) => void child.kill(signal),
    type: (keys) => void child.stdin.write(keys),
  };
}

function linesOf(stdout: string): Line[] {
  return stdout.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}
