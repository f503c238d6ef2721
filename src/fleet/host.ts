import { randomBytes } from 'node:crypto';
import { headerOf } from '../agent-journal.ts';
import { changesOf, type RunMemory } from '../agent-memory.ts';
import { createRun, type Run } from '../agent-run.ts';
import { now } from '../clock.ts';
import type { Settings } from '../config.ts';
import { AgentError } from '../errors.ts';
import type { AgentInput } from '../machine/types.ts';
import type { ActorName, Crew, Done } from './driver.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { type RunSpec, settingsOn } from './run-spec.ts';
import { createSessions, type Session, type SessionsOptions } from './session.ts';

/** What a worker has of its own, beside the engine: boxes, jails, models, and the knowledge which commands it has begun. */
export interface Host {
  readonly name: string;
  /** The hands for one stretch of a run. */
  crewFor(run: {
    /** The host that the run belongs to, which is another one when its runs were taken over. */
    readonly home: string;
    readonly runId: string;
    readonly settings: RunSpec['settings'];
    readonly input: AgentInput;
    /** Null: the run has not begun. */
    readonly memory: RunMemory | null;
  }): HostCrew;
  /** Whether the run may work here now. If so it has a place, until it leaves. */
  admit(runId: string): boolean;
  close(): Promise<void>;
}

export interface HostCrew extends Crew {
  keep(): RunMemory;
  /** The worker that did what was done last; null when nothing was. */
  latestWorker(): string | null;
  /** The stretch is over, and another one may be long in coming. */
  leave(): void;
}

export interface HostOptions extends SessionsOptions {
  readonly name: string;
  readonly settings: Settings;
}

/** A command begins at once or not at all: meanwhile nobody can have taken the host for dead. */
const START_WITHIN_MS = 4000;

export function createHost(options: HostOptions): Host {
  const { name } = options;
  // Of this process: not even one with the same name on the same machine has had it.
  const incarnation = `${name}-${randomBytes(12).toString('hex')}`;
  const sessions = createSessions(options);
  // Commands that this process has begun, and until when their intents hold: longer than any session.
  const begun = new Map<string, number>();

  /** @returns false when it was begun before */
  function markBegun(command: string, untilMs: number): boolean {
    for (const [old, endMs] of begun) if (endMs < now()) begun.delete(old);
    if (begun.has(command)) return false;
    begun.set(command, untilMs);
    return true;
  }

  return {
    name,
    admit: (runId) => sessions.admit(runId),
    close: () => sessions.close(),
    crewFor({ home, runId, input, memory, ...spec }) {
      const settings = settingsOn(options.settings, { ...spec, input });
      // Everything that is known of the run, by whomever it was done: nothing is ever done with it.
      const book = makeRun({ past: memory });
      let latestWorker: string | null = null;
      // Steps that nobody wants any more. The engine may ask for one all the same when it goes on after a crash.
      const unwanted = new Set<number>();

      /** A run that does one thing, and is thrown away. */
      function makeRun(its: { past: RunMemory | null; session?: Session; recorder?: Recorder; note?: string }): Run {
        const { session, recorder, past, note } = its;
        return createRun({
          runId,
          startedAtMs: input.startedAtMs,
          goal: input.goal,
          settings,
          boxDir: session?.boxDir ?? '',
          isAutonomyEnabled: true,
          services: session?.services ?? noServices,
          tell: () => {},
          onStopFile: () => void options.order(home, runId, { do: 'stop', cause: 'stop-file' }),
          input,
          obey: async () => ({ ok: false, message: 'Orders come by the mailbox.' }),
          resumption: null,
          ...(past === null ? {} : { past }),
          ...(session === undefined ? {} : { box: session.box }),
          ...(note === undefined ? {} : { boxNote: note }),
          keeping: {
            async openJournal(opening) {
              const journal = recorder ?? createRecorder('');
              await journal.append(headerOf(opening));
              return { journal, release: () => {} };
            },
            serveControl: async () => ({ tell: () => {}, close: async () => {} }),
          },
        });
      }

      async function open(): Promise<Session> {
        return sessions.open({ home, runId, goal: input.goal, settings });
      }

      /** Does one thing on a run of its own, and says what it has left behind. */
      async function doing(name: ActorName, work: (run: Run) => Promise<unknown>, note?: string): Promise<Done> {
        const session = await open();
        const recorder = createRecorder(session.journal);
        const past = book.keep();
        const run = makeRun({ past, session, recorder, ...(note === undefined ? {} : { note }) });
        const isClosing = name === 'closeRun';
        if (name !== 'openRun') {
          const shell = isClosing ? null : await session.services.openShell(options.onNotice);
          const model = name === 'think' ? await session.openModel() : null;
          run.takeUp({ journal: recorder, shell, model });
        }
        const left = () => {
          const { current, problem } = run.keep();
          const changed = { current: changesOf(past.current, current), problem };
          return { ...changed, records: [...recorder.records], atMs: now(), by: options.name };
        };
        try {
          const output = await work(run);
          return { output, ...left() };
        } catch (error) {
          return { error: error instanceof Error ? error.message : String(error), ...left() };
        } finally {
          await run.dispose();
        }
      }

      return {
        keep: () => book.keep(),
        latestWorker: () => latestWorker,
        leave: () => sessions.leave(runId),
        hear: (words) => book.hear(words),
        relive(actor, its, done) {
          latestWorker = done.by;
          // The driver hands on the input that it has started the actor with.
          book.relive(actor, its as never, done);
        },
        async act(actor, its, step) {
          const session = await open();
          if (unwanted.has(step)) return nothingDone(options.name);
          if (actor === 'closeRun') await session.stopWork();
          const note = actor === 'readSurroundings' ? session.gapBefore(book.keep().saved) : null;
          const done = await session.once(step, (signal) =>
            doing(
              actor,
              // The name says which actor's input it is.
              (run) => (run.actors[actor] as (its: unknown, signal: AbortSignal) => Promise<unknown>)(its, signal),
              note ?? undefined,
            ),
          );
          for (const record of done.records) {
            if (record.type === 'iteration.saved') await session.noteIteration(record.iteration);
          }
          if (actor === 'closeRun') await sessions.end(runId);
          return done;
        },
        async intend(its) {
          // What takes long is opened before the time runs.
          await (await open()).services.openShell(options.onNotice);
          const atMs = now();
          return { incarnation, startByMs: atMs + START_WITHIN_MS, record: book.intend(its), atMs };
        },
        async carryOut(its, step, intent) {
          const session = await open();
          const underWay = session.underWay(step);
          if (underWay !== null) return underWay;
          return session.once(step, (signal) =>
            doing('runCommand', async (run) => {
              // The one place where a command of the fleet begins: only in the process that has said so before, that has not
              // been held up since, and that has not begun it already; and only while somebody wants it.
              const isOurs = intent.incarnation === incarnation && now() <= intent.startByMs && !unwanted.has(step);
              const mayBegin = isOurs && markBegun(`${runId}/${its.iteration}`, intent.startByMs);
              return mayBegin ? run.carryOut(its, signal) : run.giveUp(its);
            }),
          );
        },
        giveUp(step) {
          unwanted.add(step);
          sessions.giveUp(runId, step);
        },
      };
    },
  };
}

/** Of a step whose answer nobody waits for. It must not reject: the engine would try again for ever. */
function nothingDone(by: string): Done {
  return { error: 'It was given up.', current: {}, problem: null, records: [], atMs: now(), by };
}

const noServices = {
  validator: {
    check: () => {
      throw new AgentError('internal', 'The book of a run does nothing.');
    },
  },
  openShell: refuse,
  openModel: refuse,
};

async function refuse(): Promise<never> {
  throw new AgentError('internal', 'The book of a run opens nothing.');
}
