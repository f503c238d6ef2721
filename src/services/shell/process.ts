import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { type Captured, createCapture, MAX_OUTPUT_BYTES } from './capture.ts';
import { childrenOf } from './proc.ts';
import type { CommandResult } from './shell.ts';

export interface ProcessOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Root only: what the process runs as, without supplementary groups. */
  readonly identity: { readonly uid: number; readonly gid: number } | null;
  /** Descriptors that the process gets as 4, 5, and so on. They may be closed once it is started. */
  readonly descriptors: readonly number[];
  /**
   * `namespace`: the process is bwrap. Its one child is the first of a pid namespace, and when that is gone all are.
   * `group`: the process leads a group, which is killed with it. A process that has left the group stays alive.
   */
  readonly scope: 'namespace' | 'group';
}

export interface Order {
  /** What the process is told when it asks; without NUL. */
  readonly words: readonly string[];
  readonly timeoutMs: number;
  /** Any of them kills it. */
  readonly signals: readonly AbortSignal[];
  /** Called before it is told, with its id and a function that kills it for going over a limit. */
  readonly onTell?: (pid: number, stop: (reason: string) => void) => void;
}

export interface ProcessResult extends Captured {
  readonly ending: CommandResult['ending'];
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** From the order on. */
  readonly durationMs: number;
  /** False: it ended before it was told anything, so it has done nothing yet. */
  readonly hasBegun: boolean;
  /** The last entry on the control channel after `begin`; null when there was none. */
  readonly report: string | null;
  /** With `limit`: which one, as a sentence. */
  readonly reason: string | null;
  /** Why it could not be started at all. */
  readonly problem: string | null;
}

/** A process that is started, and does nothing that matters until it is told what. */
export interface StandingBy {
  /** Follows it to its end, within its limits of time and output. Never throws. Once at most. */
  tell(order: Order): Promise<ProcessResult>;
  /** Kills it. */
  dismiss(): Promise<void>;
}

/** After a kill, how long the pipes may stay open before we let go of them. */
const KILLED_GRACE_MS = 150;
/** The same after an exit: nobody holds them any more, but there may be much to read. */
const EXITED_GRACE_MS = 2000;
const TOO_MUCH_OUTPUT = `The command printed more than ${MAX_OUTPUT_BYTES / 1024 / 1024} MiB.`;
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Starts a process. Never throws: what goes wrong is in the result.
 *
 * Its standard input is empty, its session its own. Descriptor 3 is a control channel of entries that NUL ends. On it
 * the process writes `begin` and reads the words of its order: if gyre was killed in the meantime, it reads the end of
 * the channel instead. Whatever it writes there later is its report.
 */
export function startProcess(options: ProcessOptions): StandingBy {
  let child: ChildProcess;
  try {
    child = spawn(options);
  } catch (error) {
    const result = { ...NOTHING, ending: 'exited' as const, problem: messageOf(error) };
    return { tell: async () => result, dismiss: async () => {} };
  }
  const capture = createCapture();
  let ending: CommandResult['ending'] = 'exited';
  let reason: string | null = null;
  let problem: string | null = null;
  let firstProcess: number | null = null;
  let grace: NodeJS.Timeout | undefined;

  const letGoAfter = (ms: number) => {
    clearTimeout(grace);
    grace = setTimeout(() => {
      for (const stream of child.stdio) stream?.destroy();
    }, ms);
  };
  const stop = (why: 'timeout' | 'limit' | 'interrupted', sentence: string | null = null) => {
    if (ending !== 'exited' || hasExited(child)) return;
    ending = why;
    reason = sentence;
    firstProcess ??= onlyChildOf(child.pid);
    control.close();
    kill(child);
    letGoAfter(KILLED_GRACE_MS);
  };
  const control = followControl(child.stdio[3] as Duplex | null, (size) => {
    if (size > MAX_CONTROL_BYTES) stop('limit', 'The command wrote where it has nothing to write.');
    else firstProcess ??= onlyChildOf(child.pid);
  });
  const keep = (stream: 'stdout' | 'stderr') => (bytes: Buffer) => {
    if (!capture.push(stream, bytes)) stop('limit', TOO_MUCH_OUTPUT);
  };
  child.stdout?.on('data', keep('stdout'));
  child.stderr?.on('data', keep('stderr'));
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      problem = messageOf(error);
    });
    child.once('exit', () => {
      kill(child);
      letGoAfter(ending === 'exited' ? EXITED_GRACE_MS : KILLED_GRACE_MS);
    });
    child.once('close', resolve);
  }).then(async () => {
    clearTimeout(grace);
    if (options.scope === 'namespace') await untilGone(firstProcess);
  });

  return {
    async tell({ words, timeoutMs, signals, onTell }) {
      const toldAt = performance.now();
      const abort = () => stop('interrupted');
      if (child.pid !== undefined) onTell?.(child.pid, (sentence) => stop('limit', sentence));
      if (signals.some((signal) => signal.aborted)) abort();
      else if (!hasExited(child)) control.tell(words);
      for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
      // After gyre itself was stopped and continued, timers come first: an exit that has waited meanwhile comes before them.
      const timer = setTimeout(() => setImmediate(() => stop('timeout')), Math.min(timeoutMs, MAX_TIMER_MS));
      child.once('exit', () => clearTimeout(timer));
      await ended;
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', abort);
      const killed = ending !== 'exited';
      return {
        ...capture.end(),
        ending,
        exitCode: killed || problem !== null ? null : exitCodeOf(child),
        signal: killed ? 'SIGKILL' : null,
        hasBegun: control.hasBegun(),
        report: control.report(),
        reason,
        problem,
        durationMs: performance.now() - toldAt,
      };
    },
    async dismiss() {
      stop('interrupted');
      await ended;
    },
  };
}

const NOTHING = {
  stdout: '',
  stderr: '',
  truncated: false,
  exitCode: null,
  signal: null,
  durationMs: 0,
  hasBegun: false,
  report: null,
  reason: null,
};

function spawn(options: ProcessOptions): ChildProcess {
  // execa's types know the numbers 3 to 9 only, and say that streams which it does not read itself are null.
  const descriptors = options.descriptors as readonly 9[];
  return execa(options.file, [...options.args], {
    env: options.env,
    extendEnv: false,
    cwd: options.cwd,
    ...options.identity,
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
  let isAsking = false;
  let order: string | null = null;
  let hasBegun = false;
  const begin = () => {
    if (hasBegun || !isAsking || order === null) return;
    hasBegun = true;
    channel?.write(order);
  };
  channel?.on('data', (bytes: Buffer) => {
    size += bytes.length;
    recent = Buffer.concat([recent, bytes]).subarray(-KEPT_CONTROL_BYTES);
    onData(size);
    if (isAsking || !recent.toString('latin1').startsWith('begin\0')) return;
    isAsking = true;
    recent = recent.subarray('begin\0'.length);
    begin();
  });
  // It ends when the process ends, in the middle of whatever is being written to it.
  channel?.on('error', () => {});
  return {
    tell(words: readonly string[]) {
      order = words.map((word) => `${word}\0`).join('');
      begin();
    },
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

/** The one child of bwrap: the first process of the pid namespace. Null when there is none. */
function onlyChildOf(pid: number | undefined): number | null {
  return pid === undefined ? null : (childrenOf(pid)[0] ?? null);
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
