import { statSync } from 'node:fs';
import { toErrorRecord } from '../../errors.ts';
import type { Limits } from './limits.ts';
import { directoryOf } from './prelude.ts';
import type { Order, ProcessResult, StandingBy } from './process.ts';
import { interrupted, refuse, resultOf } from './result.ts';
import type { CommandRequest, CommandResult, Shell } from './shell.ts';

export interface RunnerOptions {
  readonly boxDir: string;
  /** The box's path as commands see it. */
  readonly box: string;
  /** Starts bash with the prelude. `null` stands for a command like any other. */
  start(request: CommandRequest | null): Promise<StandingBy>;
  /** What the commands may use together. */
  readonly limits?: Limits;
  /** Called once, when nothing runs any more. */
  onClosed(): void;
}

/** The part of a shell that gives each command a process of its own, started ahead where more commands are expected. */
export function createCommandRunner(options: RunnerOptions): Pick<Shell, 'run' | 'close'> {
  const { boxDir, box, start, limits } = options;
  const closing = new AbortController();
  const running = new Set<Promise<CommandResult>>();
  let ahead: { readonly place: string; readonly process: Promise<StandingBy | null> } | null = null;

  async function takeAhead(): Promise<StandingBy | null> {
    if (ahead === null) return null;
    const { place, process } = ahead;
    ahead = null;
    const taken = await process;
    if (place === placeOf(boxDir)) return taken;
    await taken?.dismiss();
    return null;
  }

  function startAhead() {
    if (ahead !== null || closing.signal.aborted) return;
    ahead = { place: placeOf(boxDir), process: start(null).catch(() => null) };
  }

  async function runOne(request: CommandRequest): Promise<CommandResult> {
    if (request.command.includes('\0')) return refuse(request, 'it holds a NUL');
    const signals = [request.signal, closing.signal];
    if (signals.some((signal) => signal.aborted)) return interrupted(request);
    const watch = await limits?.begin();
    const order: Order = {
      words: [directoryOf(box, request.workingDirectory), request.command],
      timeoutMs: request.timeoutMs,
      signals,
      onTell: (pid, stop) => watch?.follow(pid, stop),
    };
    let excess: string | null = null;
    let result: ProcessResult;
    try {
      result = await carryOut(request, order);
    } finally {
      excess = (await watch?.end()) ?? null;
    }
    return resultOf(result.ending === 'exited' && excess !== null ? overLimit(result, excess) : result, request, box);
  }

  async function carryOut(request: CommandRequest, order: Order): Promise<ProcessResult> {
    const isLikeAnyOther = request.checkDir === undefined && !request.isPersons;
    const standing = isLikeAnyOther ? await takeAhead() : null;
    const telling = (standing ?? (await start(request))).tell(order);
    if (request.expectsMore) startAhead();
    const result = await telling;
    // Whoever died while it stood by has done nothing.
    const hasDied = standing !== null && result.ending === 'exited' && !result.hasBegun;
    return hasDied ? (await start(request)).tell(order) : result;
  }

  return {
    async run(request) {
      const result = runOne(request).catch((error: unknown) => refuse(request, toErrorRecord(error).message));
      running.add(result);
      return result.finally(() => running.delete(result));
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      const standing = await ahead?.process;
      await Promise.all([standing?.dismiss(), ...running]);
      limits?.close();
      options.onClosed();
    },
  };
}

/** A command that has ended by itself, and has left too much behind. */
function overLimit(result: ProcessResult, reason: string): ProcessResult {
  return { ...result, ending: 'limit', exitCode: null, reason };
}

/** Differs once the box has been replaced by another directory of its name: who stands by still has the old one. */
function placeOf(dir: string): string {
  const stats = statSync(dir, { throwIfNoEntry: false });
  return stats ? `${stats.dev}:${stats.ino}` : 'gone';
}
