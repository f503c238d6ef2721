import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BoxSight } from '../agent-memory.ts';
import type { AgentServices } from '../agent-run.ts';
import { createServices, modelOptionsOf } from '../agent-services.ts';
import { now } from '../clock.ts';
import type { Settings } from '../config.ts';
import { AgentError } from '../errors.ts';
import { journalFile } from '../journal/append.ts';
import { makePrivateDirectory } from '../journal/directories.ts';
import { checkBox } from '../services/box/check-box.ts';
import { watchStopFile } from '../services/box/stop-file.ts';
import type { Model } from '../services/model/model.ts';
import type { Shell } from '../services/shell/shell.ts';
import type { Done } from './driver.ts';
import { createModelPool } from './model-pool.ts';
import type { FleetOrder } from './steps.ts';

/** What one run has open on one host, and what this process has begun for it. None of it is needed to go on elsewhere. */
export interface Session {
  readonly boxDir: string;
  /** Names the directory in which the host remembers the box; no journal is there. */
  readonly journal: string;
  readonly box: BoxSight;
  /** Each thing is opened once; whoever closes it closes nothing. */
  readonly services: AgentServices;
  openModel(): Promise<Model>;
  /** What this process does or has done in that step; null when it is nothing, or so long ago that it was kept. */
  underWay(step: number): Promise<Done> | null;
  /** Does it, unless this process is at it already: then both get its answer. */
  once(step: number, work: (signal: AbortSignal) => Promise<Done>): Promise<Done>;
  giveUp(step: number): void;
  /** Which iterations have left nothing in this box, in words for the model; null: none. */
  gapBefore(saved: number): string | null;
  /** The box holds what came of this iteration, and its agent knows what is missing. */
  noteIteration(iteration: number): Promise<void>;
  /** Ends whatever is under way, by force if need be. */
  stopWork(): Promise<void>;
}

export interface Sessions {
  /** @throws AgentError when the box cannot be had */
  open(run: {
    readonly home: string;
    readonly runId: string;
    readonly goal: string;
    readonly settings: Settings;
  }): Promise<Session>;
  /** Whether there is a place for the run; then it is taken, until the run leaves. */
  admit(runId: string): boolean;
  giveUp(runId: string, step: number): void;
  /** Closes it unless it is opened again soon. */
  leave(runId: string): void;
  /** Closes it: the run has ended. */
  end(runId: string): Promise<void>;
  close(): Promise<void>;
}

export interface SessionsOptions {
  /** Runs that are at work at the same time; the others wait in the engine. */
  readonly agents: number;
  /** Holds a box for each run. */
  readonly boxesDir: string;
  readonly workingDir: string;
  readonly homeDir: string;
  /** Thoughts that are thought at the same time with one loaded model; fewer where the memory does not allow them. */
  readonly minds: number;
  /** What a run is made of. Default: what its settings ask for, with one loaded model for all. */
  readonly createServices?: typeof createServices;
  /** Puts an order into a run's mailbox. It must not reject. */
  readonly order: (home: string, runId: string, order: FleetOrder) => Promise<void>;
  readonly onNotice: (sentence: string) => void;
}

/** A jail that stands by costs memory, and starting another one half a second. */
const IDLE_MS = 10_000;

/** A place that nobody has used for so long belongs to a run that has gone on elsewhere. Longer than any thought. */
const PLACE_MS = 15 * 60_000;

interface OpenSession extends Session {
  close(): Promise<void>;
}

export function createSessions(options: SessionsOptions): Sessions {
  const sessions = new Map<string, Promise<OpenSession>>();
  const timers = new Map<string, NodeJS.Timeout>();
  const models = createModelPool({ sequences: options.minds, onNotice: options.onNotice });
  // When each place was used last.
  const places = new Map<string, number>();

  async function end(runId: string): Promise<void> {
    places.delete(runId);
    clearTimeout(timers.get(runId));
    timers.delete(runId);
    const session = sessions.get(runId);
    sessions.delete(runId);
    await session?.then(
      (its) => its.close(),
      () => {},
    );
  }

  async function openSession(run: Parameters<Sessions['open']>[0]): Promise<OpenSession> {
    const { home, runId, goal, settings } = run;
    const boxDir = await boxOf(runId, settings, options);
    const known = join(options.boxesDir, `${runId}.known.json`);
    let knownUpTo = await readKnown(known);
    // The first iteration that was saved here before the agent was told what is missing, and whether it has been.
    let ownFrom: number | null = null;
    let isTold = false;
    const journal = journalFile(join(settings.stateDir, 'fleet'), runId);
    await makePrivateDirectory(join(settings.stateDir, 'fleet', 'runs', runId));
    const its = { settings, goal, boxDir, workingDir: options.workingDir };
    const services: AgentServices = options.createServices?.(its) ?? {
      ...createServices(its),
      openModel: (onFraction, signal) => models.open({ ...modelOptionsOf(its), onFraction, signal }),
    };
    const works = new Map<number, { readonly done: Promise<Done>; readonly control: AbortController }>();
    let shell: Promise<Shell> | null = null;
    let model: Promise<Model> | null = null;
    const closing = new AbortController();
    const endWatch = watchStopFile(boxDir, () => void options.order(home, runId, { do: 'stop', cause: 'stop-file' }));

    const openShell = async (onNotice: (sentence: string) => void): Promise<Shell> => {
      shell ??= services.openShell(onNotice).catch((error: unknown) => {
        shell = null;
        throw error;
      });
      return { ...(await shell), close: async () => {} };
    };
    const openModel = async (onFraction: (fraction: number) => void, signal: AbortSignal): Promise<Model> => {
      model ??= services.openModel(onFraction, signal).catch((error: unknown) => {
        model = null;
        throw error;
      });
      return { ...(await model), close: async () => {} };
    };

    return {
      boxDir,
      journal,
      box: { before: null, now: null },
      services: { ...services, openShell, openModel },
      openModel: () => openModel(() => {}, closing.signal),
      underWay: (step) => works.get(step)?.done ?? null,
      once(step, work) {
        const same = works.get(step);
        if (same) return same.done;
        // A step begins when the engine has kept the one before; what was given up may still be under way.
        for (const old of works.keys()) if (old < step - 1) works.delete(old);
        const control = new AbortController();
        const done = work(control.signal);
        works.set(step, { done, control });
        // This host could not: the next attempt is another one.
        done.catch(() => works.delete(step));
        return done;
      },
      giveUp: (step) => works.get(step)?.control.abort(),
      gapBefore(saved) {
        const last = ownFrom === null ? saved : ownFrom - 1;
        if (knownUpTo >= last) return null;
        isTold = true;
        const first = knownUpTo + 1;
        const which = first === last ? `iteration ${last}` : `iterations ${first} to ${last}`;
        const state = knownUpTo === 0 ? 'it was empty when you came' : `it is as iteration ${knownUpTo} left it`;
        return `The run goes on on another host. What ${which} did to the directory is not in it: ${state}. Look before you rely on a file.`;
      },
      async noteIteration(iteration) {
        if (knownUpTo < iteration - 1 && !isTold) {
          // What the agent was shown in this iteration, it was shown on another host.
          ownFrom ??= iteration;
          return;
        }
        knownUpTo = iteration;
        ownFrom = null;
        isTold = false;
        await writeKnown(known, iteration);
      },
      async stopWork() {
        for (const { control } of works.values()) control.abort();
        await Promise.all([...works.values()].map(({ done }) => done.catch(() => {})));
      },
      async close() {
        endWatch();
        closing.abort();
        for (const { control } of works.values()) control.abort();
        for (const opened of [shell, model]) {
          await opened?.then(
            (its) => its.close(),
            () => {},
          );
        }
      },
    };
  }

  return {
    admit(runId) {
      for (const [other, usedMs] of places) if (now() - usedMs > PLACE_MS) places.delete(other);
      if (!places.has(runId) && places.size >= options.agents) return false;
      places.set(runId, now());
      return true;
    },
    open(run) {
      const { runId } = run;
      places.set(runId, now());
      clearTimeout(timers.get(runId));
      timers.delete(runId);
      const known = sessions.get(runId);
      if (known) return known;
      const session = openSession(run);
      sessions.set(runId, session);
      session.catch(() => sessions.delete(runId));
      return session;
    },
    giveUp: (runId, step) =>
      void sessions
        .get(runId)
        ?.then((session) => session.giveUp(step))
        .catch(() => {}),
    leave(runId) {
      places.delete(runId);
      clearTimeout(timers.get(runId));
      const timer = setTimeout(() => void end(runId), IDLE_MS);
      timer.unref();
      if (sessions.has(runId)) timers.set(runId, timer);
    },
    end,
    async close() {
      await Promise.all([...sessions.keys()].map(end));
      await models.close();
    },
  };
}

async function boxOf(runId: string, settings: Settings, { boxesDir, homeDir }: SessionsOptions): Promise<string> {
  const dir = join(boxesDir, runId);
  await mkdir(dir, { recursive: true, mode: 0o755 });
  const box = await checkBox({
    dir,
    isNamed: true,
    homeDir,
    keepOut: [
      { what: 'the state directory', dir: settings.stateDir, isClosed: true },
      { what: 'the models directory', dir: settings.modelsDir },
    ],
  });
  if (!box.ok) throw new AgentError('sandbox-dir', box.problem, { hint: 'Name another directory with --boxes.' });
  return box.dir;
}

/** The iteration up to which the agent knows what is in a box and what is not; 0 in a new one. */
async function readKnown(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : 0;
}

async function writeKnown(file: string, iteration: number): Promise<void> {
  // Without it the agent is told of a gap that is none.
  await writeFile(`${file}.draft`, String(iteration), { mode: 0o600 }).catch(() => {});
  await rename(`${file}.draft`, file).catch(() => {});
}
