import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { type Captured, createCapture } from './capture.ts';
import type { CommandResult } from './shell.ts';

export interface ProcessRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Root only: what the process runs as, without supplementary groups. */
  readonly identity: { readonly uid: number; readonly gid: number } | null;
  /** Descriptors that the process gets as 4, 5, and so on. */
  readonly descriptors: readonly number[];
  readonly timeoutMs: number;
  /** Any of them kills it. */
  readonly signals: readonly AbortSignal[];
  /**
   * `namespace`: the process is bwrap. Its one child is the first of a pid namespace, and when that is gone all are.
   * `group`: the process leads a group, which is killed with it. A process that has left the group stays alive.
   */
  readonly scope: 'namespace' | 'group';
}

export interface ProcessResult extends Captured {
  readonly ending: CommandResult['ending'];
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  /** False: it ended before it said `begin`, so it has done nothing yet. */
  readonly hasBegun: boolean;
  /** The last entry on the control channel after `begin`; null when there was none. */
  readonly report: string | null;
  /** Why it could not be started at all. */
  readonly problem: string | null;
}

/**
 * Runs a process to its end, within its limits of time and output. Never throws.
 *
 * Its standard input is empty, its session its own. Descriptor 3 is a control channel of entries that NUL ends. On it
 * the process writes `begin` and waits for one byte before it does anything that matters: if gyre was killed in the
 * meantime, it reads the end of the channel instead. Whatever it writes there later is its report.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const startedAt = performance.now();
  const capture = createCapture();
  const end = await follow(request, capture.push);
  const killed = end.ending !== 'exited';
  return {
    ...capture.end(),
    ending: end.ending,
    exitCode: killed || end.problem !== null ? null : end.exitCode,
    signal: killed ? 'SIGKILL' : null,
    hasBegun: end.hasBegun,
    report: end.report,
    problem: end.problem,
    durationMs: performance.now() - startedAt,
  };
}

/** After a kill, how long the pipes may stay open before we let go of them. */
const KILLED_GRACE_MS = 150;
/** The same after an exit: nobody holds them any more, but there may be much to read. */
const EXITED_GRACE_MS = 2000;
const MAX_TIMER_MS = 2 ** 31 - 1;

type End = Pick<ProcessResult, 'ending' | 'exitCode' | 'hasBegun' | 'report' | 'problem'>;

async function follow(
  request: ProcessRequest,
  keep: (stream: 'stdout' | 'stderr', bytes: Buffer) => boolean,
): Promise<End> {
  const nothing = { exitCode: null, hasBegun: false, report: null, problem: null };
  if (request.signals.some((signal) => signal.aborted)) return { ...nothing, ending: 'interrupted' };
  let child: ChildProcess;
  try {
    child = start(request);
  } catch (error) {
    return { ...nothing, ending: 'exited', problem: messageOf(error) };
  }
  let ending: CommandResult['ending'] = 'exited';
  let problem: string | null = null;
  let firstProcess: number | null = null;
  let grace: NodeJS.Timeout | undefined;

  const letGoAfter = (ms: number) => {
    clearTimeout(grace);
    grace = setTimeout(() => {
      for (const stream of child.stdio) stream?.destroy();
    }, ms);
  };
  const stop = (why: 'timeout' | 'limit' | 'interrupted') => {
    if (ending !== 'exited' || hasExited(child)) return;
    ending = why;
    firstProcess ??= childOf(child.pid);
    control.close();
    kill(child);
    letGoAfter(KILLED_GRACE_MS);
  };
  const control = followControl(child.stdio[3] as Duplex | null, (size) => {
    if (size > MAX_CONTROL_BYTES) stop('limit');
    else firstProcess ??= childOf(child.pid);
  });
  child.stdout?.on('data', (bytes: Buffer) => keep('stdout', bytes) || stop('limit'));
  child.stderr?.on('data', (bytes: Buffer) => keep('stderr', bytes) || stop('limit'));

  const abort = () => stop('interrupted');
  for (const signal of request.signals) signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => stop('timeout'), Math.min(request.timeoutMs, MAX_TIMER_MS));
  await new Promise<void>((resolve) => {
    child.once('error', (error) => {
      problem = messageOf(error);
    });
    child.once('exit', () => {
      clearTimeout(timer);
      kill(child);
      letGoAfter(ending === 'exited' ? EXITED_GRACE_MS : KILLED_GRACE_MS);
    });
    child.once('close', resolve);
  });
  clearTimeout(timer);
  clearTimeout(grace);
  for (const signal of request.signals) signal.removeEventListener('abort', abort);
  if (request.scope === 'namespace') await untilGone(firstProcess);
  return { ending, exitCode: exitCodeOf(child), hasBegun: control.hasBegun(), report: control.report(), problem };
}

function start(request: ProcessRequest): ChildProcess {
  // execa's types know the numbers 3 to 9 only, and say that streams which it does not read itself are null.
  const descriptors = request.descriptors as readonly 9[];
  return execa(request.file, [...request.args], {
    env: request.env,
    extendEnv: false,
    cwd: request.cwd,
    ...request.identity,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...descriptors],
    buffer: false,
    reject: false,
    // A session of its own: a Ctrl-C in the terminal is for gyre, which then kills the command itself.
    detached: true,
    cleanup: false,
  }) as unknown as ChildProcess;
}

const MAX_CONTROL_BYTES = 1024 * 1024;
const KEPT_CONTROL_BYTES = 8 * 1024;

function followControl(channel: Duplex | null, onData: (size: number) => void) {
  let size = 0;
  let recent = Buffer.alloc(0);
  let hasBegun = false;
  channel?.on('data', (bytes: Buffer) => {
    size += bytes.length;
    recent = Buffer.concat([recent, bytes]).subarray(-KEPT_CONTROL_BYTES);
    onData(size);
    if (hasBegun || !recent.toString('latin1').startsWith('begin\0')) return;
    hasBegun = true;
    recent = recent.subarray('begin\0'.length);
    channel.write('\n');
  });
  // It ends when the process ends, in the middle of whatever is being written to it.
  channel?.on('error', () => {});
  return {
    hasBegun: () => hasBegun,
    report: () => recent.toString('utf8').split('\0').at(-2) ?? null,
    close: () => channel?.destroy(),
  };
}

/**
 * The group, not the process: while bwrap is still setting up, its child is in the group and waits for it, forever if it
 * dies. Later that child has a session of its own and dies with bwrap.
 */
function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left to be killed.
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function exitCodeOf(child: ChildProcess): number | null {
  return child.signalCode === null ? child.exitCode : 128 + constants.signals[child.signalCode];
}

/** The one child of bwrap: the first process of the pid namespace. Null when the kernel does not tell. */
function childOf(pid: number | undefined): number | null {
  try {
    return Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1'), 10) || null;
  } catch {
    return null;
  }
}

/** The kernel lets go of a namespace's first process only after all others are gone. */
async function untilGone(pid: number | null): Promise<void> {
  for (let attempt = 0; pid !== null && attempt < 220 && isAlive(pid); attempt += 1) {
    // Most are gone within a turn of the event loop.
    await (attempt < 20 ? nextTurn() : wait(1));
  }
}

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/[ZX]/.test(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
