import type { RunMemory } from '../agent-memory.ts';
import type { JournalRecord } from '../journal/format.ts';
import type { AgentSnapshot } from '../journal/replay.ts';
import { MACHINE_VERSION } from '../machine/agent.machine.ts';
import type { AgentInput, Problem } from '../machine/types.ts';
import { type Course, driveOn } from './driver.ts';
import type { Host } from './host.ts';
import { mailObjectOf, pageKey, type RunStatus, runObjectOf } from './names.ts';
import type { RunSpec } from './run-spec.ts';
import type { BoundObject, ObjectContext, ObjectOptions, RestateSdk } from './sdk.ts';
import type { FleetOrder, Letter } from './steps.ts';
import { openSteps } from './steps-restate.ts';

/** What stands in a run's state beside its pages. */
interface Kept {
  /** Of the chart that made it. */
  readonly machineVersion: number;
  readonly course: Course;
  readonly memory: RunMemory;
  /** Letters that were taken. */
  readonly letters: number;
  /** Of stretches: an older order to go on is void. */
  readonly turn: number;
}

export interface ObjectsOptions {
  readonly sdk: RestateSdk;
  readonly host: Host;
  /** Under which name: a worker also serves the names of hosts whose runs it has taken over. */
  readonly name: string;
  readonly maxIterations: number;
  /** Milliseconds for which the records of a run that has ended are kept. */
  readonly keepMs: number;
}

/** The virtual objects of one host: its runs by their id, and their mailboxes. */
export function createObjects(options: ObjectsOptions): readonly BoundObject[] {
  const { sdk, name } = options;
  return [
    sdk.object({
      name: runObjectOf(name),
      handlers: {
        start: (ctx, spec: RunSpec) => start(ctx, name, spec),
        step: (ctx, call: StepCall) => step(ctx, options, call),
        forget: async (ctx) => ctx.clearAll(),
      },
      options: objectOptions,
    }),
    sdk.object({
      name: mailObjectOf(name),
      handlers: {
        put: (ctx, order: FleetOrder) => put(ctx, name, order),
        listen: (ctx, input: { readonly after: number; readonly waiter: string }) => listen(ctx, input),
        forget: async (ctx) => ctx.clearAll(),
      },
      options: objectOptions,
    }),
  ];
}

const DAY_MS = 86_400_000;

const objectOptions: ObjectOptions = {
  // What cannot be done here and now is tried again each second, for about ten minutes; then a person has to look.
  retryPolicy: {
    initialInterval: 50,
    exponentiationFactor: 1.5,
    maxInterval: 1000,
    maxAttempts: 600,
    onMaxAttempts: 'pause',
  },
  // A stretch reads three of its keys, and none of its pages.
  enableLazyState: true,
  journalRetention: 0,
  idempotencyRetention: DAY_MS,
  // A thought may take ten minutes in which nothing is told to the engine.
  inactivityTimeout: 15 * 60_000,
  abortTimeout: DAY_MS,
};

async function start(ctx: ObjectContext, name: string, spec: RunSpec): Promise<{ isNew: boolean }> {
  if (await ctx.get('spec')) return { isNew: false };
  const startedAtMs = await ctx.date.now();
  ctx.set('spec', { ...spec, input: { ...spec.input, runId: ctx.key, startedAtMs } });
  ctx.set('status', {
    runId: ctx.key,
    goal: spec.input.goal,
    phase: 'accepted',
    ending: null,
    iterations: 0,
    at: null,
    startedAtMs,
    lastAtMs: startedAtMs,
    pages: 0,
    waitsUntilMs: null,
  } satisfies RunStatus);
  sendStep(ctx, name, 0);
  return { isNew: true };
}

/** Why a run is asked to go on: its turn has come, or a letter has. */
interface StepCall {
  readonly turn?: number;
  /** With its number among all letters of the run. */
  readonly letter?: Letter & { readonly number: number };
}

async function step(ctx: ObjectContext, options: ObjectsOptions, { turn, letter }: StepCall): Promise<void> {
  const { sdk, host, name, keepMs, maxIterations } = options;
  const spec = await ctx.get<RunSpec & { readonly input: AgentInput }>('spec');
  let status = await ctx.get<RunStatus>('status');
  if (spec === null || status === null || status.phase === 'ended') return;
  const kept = await ctx.get<Kept>('kept');
  if (kept !== null && kept.machineVersion !== MACHINE_VERSION) {
    // Tried again until a worker with that gyre is there, and then given up: no run is guessed at.
    throw new Error(`The run has version ${kept.machineVersion} of the chart; this worker has ${MACHINE_VERSION}.`);
  }
  const now = kept?.turn ?? 0;
  const taken = kept?.letters ?? 0;
  // Somebody has gone on meanwhile, or the run has had the letter while it was at work.
  if (letter === undefined ? turn !== now : letter.number < taken) return;
  // A letter is taken at once, also where there is no place: it may ask the run to end.
  if (letter === undefined && !(await ctx.run('admit', async () => host.admit(ctx.key)))) {
    const later = sdk.rpc.sendOpts({ delay: NO_PLACE_MS });
    ctx.objectSendClient({ name: runObjectOf(name) }, ctx.key)['step']?.({ turn: now }, later);
    return;
  }
  const steps = openSteps({
    sdk,
    ctx,
    mailbox: mailObjectOf(name),
    taken: letter === undefined ? taken : letter.number + 1,
  });
  const crew = host.crewFor({ home: name, runId: ctx.key, ...spec, memory: kept?.memory ?? null });
  const tell = (records: readonly JournalRecord[], snapshot: AgentSnapshot, more: Partial<RunStatus> = {}) => {
    const before: RunStatus = status as RunStatus;
    const pages = before.pages + (records.length > 0 ? 1 : 0);
    if (records.length > 0) ctx.set(pageKey(pages), records);
    status = {
      ...before,
      phase: 'running',
      iterations: snapshot.context.saved,
      at: crew.latestWorker() ?? before.at,
      lastAtMs: timeOf(records.at(-1)) ?? before.lastAtMs,
      pages,
      waitsUntilMs: null,
      ...more,
    };
    ctx.set('status', status);
  };
  const end = await driveOn({
    course: kept?.course ?? null,
    input: spec.input,
    steps,
    crew,
    letters: letter === undefined ? [] : [letter],
    maxIterations,
    onRecords: tell,
  });
  crew.leave();
  if (end.hasEnded) {
    const { status: how, cause, iterations } = end.output;
    ctx.set('status', { ...status, phase: 'ended', ending: { status: how, cause }, iterations, waitsUntilMs: null });
    ctx.clear('kept');
    const later = sdk.rpc.sendOpts({ delay: keepMs });
    ctx.objectSendClient({ name: runObjectOf(name) }, ctx.key)['forget']?.({}, later);
    ctx.objectSendClient({ name: mailObjectOf(name) }, ctx.key)['forget']?.({}, later);
    return;
  }
  const { course, goOnAtMs } = end;
  const next = { course, memory: crew.keep(), letters: steps.taken(), turn: now + 1 };
  ctx.set('kept', { machineVersion: MACHINE_VERSION, ...next } satisfies Kept);
  if (goOnAtMs === 0) return sendStep(ctx, name, now + 1);
  ctx.set('status', { ...status, phase: 'waiting', waitsUntilMs: goOnAtMs });
  if (goOnAtMs === null) return;
  const delay = Math.max(0, goOnAtMs - (await ctx.date.now()));
  ctx.objectSendClient({ name: runObjectOf(name) }, ctx.key)['step']?.({ turn: now + 1 }, sdk.rpc.sendOpts({ delay }));
}

function sendStep(ctx: ObjectContext, name: string, turn: number): void {
  ctx.objectSendClient({ name: runObjectOf(name) }, ctx.key)['step']?.({ turn });
}

function timeOf(record: JournalRecord | undefined): number | null {
  return record === undefined ? null : Date.parse(record.time);
}

const MAX_LETTERS = 1000;

/** When a run asks again for a place at its host. */
const NO_PLACE_MS = 5000;

interface Waiter {
  readonly id: string;
  readonly after: number;
}

async function put(ctx: ObjectContext, name: string, order: FleetOrder): Promise<{ ok: boolean; problem?: Problem }> {
  const letters = (await ctx.get<readonly Letter[]>('letters')) ?? [];
  if (letters.length >= MAX_LETTERS) return { ok: false, problem: { message: 'The run has had too many orders.' } };
  const letter: Letter = { atMs: await ctx.date.now(), order };
  const all = [...letters, letter];
  ctx.set('letters', all);
  const waiter = await ctx.get<Waiter>('waiter');
  if (waiter !== null) {
    ctx.resolveAwakeable(waiter.id, all.slice(waiter.after));
    ctx.clear('waiter');
  }
  // A run that waits is woken by it; one that is at work has had the letter when its turn for this comes.
  const numbered = { ...letter, number: letters.length };
  ctx.objectSendClient({ name: runObjectOf(name) }, ctx.key)['step']?.({ letter: numbered });
  return { ok: true };
}

async function listen(
  ctx: ObjectContext,
  { after, waiter }: { readonly after: number; readonly waiter: string },
): Promise<void> {
  const letters = ((await ctx.get<readonly Letter[]>('letters')) ?? []).slice(after);
  if (letters.length === 0) return ctx.set('waiter', { id: waiter, after } satisfies Waiter);
  ctx.resolveAwakeable(waiter, letters);
  ctx.clear('waiter');
}
