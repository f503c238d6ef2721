import { statSync } from 'node:fs';
import { toErrorRecord } from '../../errors.ts';
import { directoryOf } from './prelude.ts';
import type { StandingBy } from './process.ts';
import { interrupted, refuse, resultOf } from './result.ts';
import type { CommandRequest, CommandResult, Shell } from './shell.ts';

export interface RunnerOptions {
  readonly boxDir: string;
  /** The box's path as commands see it. */
  readonly box: string;
  /** Starts bash with the prelude. */
  start(checkDir: string | null): Promise<StandingBy>;
  /** Called once, when nothing runs any more. */
  onClosed(): void;
}

/** The part of a shell that gives each command a process of its own, started ahead where more commands are expected. */
export function createCommandRunner(options: RunnerOptions): Pick<Shell, 'run' | 'close'> {
  const { boxDir, box, start } = options;
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
    const order = {
      words: [directoryOf(box, request.workingDirectory), request.command],
      timeoutMs: request.timeoutMs,
      signals,
    };
    const told = async (process: StandingBy | null) => {
      const result = process?.tell(order);
      if (request.expectsMore) startAhead();
      return result;
    };
    const result = request.checkDir === undefined ? await told(await takeAhead()) : undefined;
    // Whoever died while it stood by has done nothing.
    const hasRun = result && (result.hasBegun || result.ending !== 'exited');
    return resultOf(hasRun ? result : await (await start(request.checkDir ?? null)).tell(order), request, box);
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
      options.onClosed();
    },
  };
}

/** Differs once the box has been replaced by another directory of its name: who stands by still has the old one. */
function placeOf(dir: string): string {
  const stats = statSync(dir, { throwIfNoEntry: false });
  return stats ? `${stats.dev}:${stats.ino}` : 'gone';
}
