import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { AgentError } from '../../errors.ts';
import { BOX } from './bubblewrap.ts';
import { createCapture, MAX_OUTPUT_BYTES } from './capture.ts';
import { createLimits } from './limits.ts';
import { directoryOf, nextDirectory } from './prelude.ts';
import type { CommandRequest, CommandResult, Shell } from './shell.ts';
import type { Play, Played, PlayerOptions } from './simulated-worker.ts';

/**
 * A shell that only plays commands: just-bash, on the real files of the box, in a thread of its own. Never in this one:
 * some inputs make it allocate until its thread dies, and no signal ends it. So time and memory are kept from outside,
 * and a thread that went over them is not used again.
 *
 * A command that ends with `exit` leaves the working directory as it was.
 * @throws AgentError `sandbox-unavailable` when the thread does not start
 */
export async function openSimulatedShell(boxDir: string): Promise<Shell> {
  const options: PlayerOptions = { boxDir, maxOutputBytes: MAX_OUTPUT_BYTES };
  const closing = new AbortController();
  const running = new Set<Promise<CommandResult>>();
  const limits = createLimits(boxDir);
  let player: Worker | null = await startPlayer(options);

  const runOne = async (request: CommandRequest): Promise<CommandResult> => {
    const startedAt = performance.now();
    const before = request.workingDirectory;
    const watch = await limits.begin();
    const end = await playOne(request);
    const excess = (await watch.end()) ?? (end.played?.isTooMuch ? TOO_MUCH_OUTPUT : null);
    const { played, problem } = end;
    const ending = end.ending === 'exited' && excess !== null ? 'limit' : end.ending;
    const capture = createCapture();
    capture.push('stdout', Buffer.from(played?.stdout ?? ''));
    capture.push('stderr', Buffer.from(played?.stderr ?? problem ?? ''));
    const hasExited = ending === 'exited' && played !== null;
    return {
      ...capture.end(),
      ending,
      exitCode: hasExited ? played.exitCode : null,
      signal: hasExited ? null : 'SIGKILL',
      durationMs: performance.now() - startedAt,
      workingDirectory: hasExited ? nextDirectory(played.directory, BOX, before) : before,
      ...(ending === 'limit' && excess !== null ? { reason: excess } : {}),
    };
  };

  const playOne = async (request: CommandRequest): Promise<End> => {
    const signals = [request.signal, closing.signal];
    if (signals.some((signal) => signal.aborted)) return { ending: 'interrupted', played: null, problem: null };
    try {
      player ??= await startPlayer(options);
    } catch (error) {
      return died(error);
    }
    const end = await play(player, request, signals);
    if (end.played !== null) return end;
    await endPlayer(player);
    player = null;
    return end;
  };

  return {
    kind: 'simulated',
    summary: SUMMARY,
    async run(request) {
      const result = runOne(request);
      running.add(result);
      return result.finally(() => running.delete(result));
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      await Promise.all(running);
      if (player) await endPlayer(player);
      player = null;
      limits.close();
    },
  };
}

interface End {
  readonly ending: CommandResult['ending'];
  /** Null: the thread cannot be used any more. */
  readonly played: Played | null;
  readonly problem: string | null;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

async function startPlayer(options: PlayerOptions): Promise<Worker> {
  const player = new Worker(new URL('./simulated-worker.js', import.meta.url), {
    workerData: options,
    env: {},
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
  });
  try {
    await once(player, 'message');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new AgentError('sandbox-unavailable', `The simulated shell does not start: ${message}`);
  }
  // It must not keep gyre alive while no command is played.
  player.unref();
  return player;
}

const SUMMARY =
  'commands are played by gyre itself, on the real files of the box; no real program runs, and no kernel holds them';
const TOO_MUCH_OUTPUT = `The command printed more than ${MAX_OUTPUT_BYTES / 1024 / 1024} MiB.`;
const ENDING_GRACE_MS = 1000;

/** A thread that waits in the kernel ends when the kernel lets it, and a run must not wait for that. */
async function endPlayer(player: Worker): Promise<void> {
  const isOver = new AbortController();
  const grace = wait(ENDING_GRACE_MS, undefined, { ref: false, signal: isOver.signal }).catch(() => {});
  await Promise.race([player.terminate(), grace]);
  isOver.abort();
}

/** Never rejects. */
function play(player: Worker, request: CommandRequest, signals: readonly AbortSignal[]): Promise<End> {
  return new Promise((resolve) => {
    const finish = (end: End) => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', interrupt);
      player.off('message', answer).off('error', fail).off('exit', leave).unref();
      resolve(end);
    };
    const answer = (played: Played) => finish({ ending: played.isTooMuch ? 'limit' : 'exited', played, problem: null });
    const fail = (error: unknown) => finish(died(error));
    const leave = () => finish(died('its thread has ended'));
    const interrupt = () => finish({ ending: 'interrupted', played: null, problem: null });
    const expire = () => finish({ ending: 'timeout', played: null, problem: null });

    player.on('message', answer).on('error', fail).on('exit', leave).ref();
    const timer = setTimeout(expire, Math.min(request.timeoutMs, MAX_TIMER_MS));
    for (const signal of signals) signal.addEventListener('abort', interrupt, { once: true });
    // The thread may just have been started, which takes a while.
    if (signals.some((signal) => signal.aborted)) return interrupt();
    const { command, workingDirectory, checkDir = null } = request;
    player.postMessage({ command, directory: directoryOf(BOX, workingDirectory), checkDir } satisfies Play);
  });
}

function died(error: unknown): End {
  const message = error instanceof Error ? error.message : String(error);
  return { ending: 'limit', played: null, problem: `The simulated shell could not go on: ${message}\n` };
}
