import { type ActorFunctions, outputOf } from '../agent-driver.ts';
import type { Trace } from '../agent-memory.ts';
import { moveOf } from '../agent-run.ts';
import type { ChartInput, JournalRecord } from '../journal/format.ts';
import type { AgentSnapshot } from '../journal/replay.ts';
import { agentMachine } from '../machine/agent.machine.ts';
import { createPureDriver } from '../machine/pure-driver.ts';
import { type AgentActors, type AgentInput, type AgentOutput, assertNever, type Wait } from '../machine/types.ts';
import { cleanText } from '../protocol/untrusted.ts';
import type { FleetOrder, Letter, Pending, Steps } from './steps.ts';

export type ActorName = keyof AgentActors;
type CommandInput = AgentActors['runCommand']['input'];

/** What an actor has answered on some host, and left behind. Plain JSON: the engine keeps it. */
export interface Done extends Trace {
  /** Absent when it has rejected. */
  readonly output?: unknown;
  /** Why it has rejected: a bug. */
  readonly error?: string;
  /** The worker that has done it. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** Who carries out a command, kept before it is begun. */
export interface Intent {
  /** Of one process, and of no other that ever was or will be. */
  readonly incarnation: string;
  /** A process that was held up until then does not begin any more: others may have given it up. */
  readonly startByMs: number;
  readonly record: JournalRecord;
  readonly atMs: number;
}

/** The hands of one host. Steps are numbered through the whole run. */
export interface Crew {
  /** Does an actor's work. Rejects when this host cannot: then it is tried again, here or elsewhere. */
  act(name: ActorName, input: unknown, step: number): Promise<Done>;
  intend(input: CommandInput): Promise<Intent>;
  /** Runs the command if nobody can have begun it yet, and else says that it was interrupted. */
  carryOut(input: CommandInput, step: number, intent: Intent): Promise<Done>;
  /** Nobody wants the answer any more: the command is killed, the thought is given up. */
  giveUp(step: number): void;
  /** Told of everything that was done, in order, whoever did it. */
  relive(name: ActorName, input: unknown, done: Done): void;
  /** A person's words, which are recorded already. */
  hear(words: string): void;
}

/** Where a run stands between two stretches: plain JSON. */
export interface Course {
  /** The chart, as `keep` of the pure driver has made it. */
  readonly chart: unknown;
  readonly alive: readonly Alive[];
  /** Steps that were begun. */
  readonly steps: number;
  /** Of the latest event, in milliseconds since the epoch. */
  readonly atMs: number;
}

interface Alive {
  readonly name: ActorName;
  readonly input: unknown;
  /** When it was started. */
  readonly sinceMs: number;
}

export interface Stretch {
  /** Null: the run has not begun. */
  readonly course: Course | null;
  readonly input: AgentInput;
  readonly steps: Steps;
  readonly crew: Crew;
  /** What has come since the last stretch. */
  readonly letters: readonly Letter[];
  /** Iterations after which it lets another stretch go on. */
  readonly maxIterations: number;
  /** Told of records when they are whole: after each iteration, and at the end of the stretch. */
  readonly onRecords: (records: readonly JournalRecord[], snapshot: AgentSnapshot) => void;
}

/** How a stretch ended. `goOnAtMs`: when there is something to do again without a letter; 0 is now, null is never. */
export type StretchEnd =
  | { readonly hasEnded: false; readonly course: Course; readonly goOnAtMs: number | null }
  | { readonly hasEnded: true; readonly output: AgentOutput };

/**
 * Takes a run through the chart for a few iterations, as `createActorDriver` does on one machine: every actor that works
 * is a step that the engine keeps, every wait is left to the engine.
 */
export async function driveOn(stretch: Stretch): Promise<StretchEnd> {
  const { input, steps, crew, onRecords } = stretch;
  const pure = createPureDriver<typeof agentMachine, ChartInput>(agentMachine, input);
  const alive = new Map<ActorName, Alive>((stretch.course?.alive ?? []).map((actor) => [actor.name, actor]));
  let stepNumber = stretch.course?.steps ?? 0;
  let atMs = stretch.course?.atMs ?? input.startedAtMs;
  let iterations = 0;
  let records: JournalRecord[] = [];
  // The chart may move before there is a journal: such moves follow its header.
  let early: JournalRecord[] | null = stretch.course === null ? [] : null;
  let snapshot: AgentSnapshot;
  if (stretch.course === null) {
    const { snapshot: first, effects } = pure.start();
    snapshot = first;
    start(effects);
  } else {
    snapshot = pure.revive(stretch.course.chart);
  }

  function start(effects: ReturnType<typeof pure.start>['effects']): void {
    for (const { kind, id, input: its } of effects) {
      // The chart has no other actors than these.
      if (kind === 'start') alive.set(id as ActorName, { name: id as ActorName, input: its, sinceMs: atMs });
    }
    const invoked = new Set(snapshot._nodes.flatMap((node) => node.invoke.map(({ id }) => id)));
    for (const name of alive.keys()) if (!invoked.has(name) || snapshot.status !== 'active') alive.delete(name);
  }

  function move(event: ChartInput, whenMs: number): void {
    atMs = Math.max(atMs, whenMs);
    const moved = pure.step(snapshot, event);
    snapshot = moved.snapshot;
    start(moved.effects);
    (early ?? records).push(moveOf(event, snapshot, new Date(atMs).toISOString()));
  }

  function note(added: readonly JournalRecord[]): void {
    for (const record of added) {
      records.push(record);
      if (record.type === 'iteration.saved') iterations += 1;
      if (record.type !== 'run.opened' || early === null) continue;
      records.push(...early);
      early = null;
    }
  }

  function tell(): void {
    // A run that is refused before it has a journal leaves none, as on one machine.
    if (records.length > 0 && early === null) onRecords(records, snapshot);
    records = [];
  }

  function obey({ order, atMs: whenMs }: Letter): void {
    if (order.do === 'say') {
      const text = cleanText(order.text);
      (early ?? records).push({ type: 'person.said', time: new Date(whenMs).toISOString(), text });
      crew.hear(text);
    } else move(eventOf(order), whenMs);
  }

  /** @returns null when the chart does not want the answer any more */
  async function awaitWork<T>(work: Pending<T>, actor: Alive, step: number): Promise<T | null> {
    while (alive.get(actor.name) === actor) {
      const came = await steps.first(work, deadlineIn(alive));
      if (came.what === 'result') return came.result;
      if (came.what === 'letters') for (const letter of came.letters) obey(letter);
      const deadline = alive.get('awaitDeadline');
      if (came.what === 'time' && deadline) move(answerOf('awaitDeadline', null), endOf(deadline));
    }
    crew.giveUp(step);
    return null;
  }

  async function work(actor: Alive): Promise<void> {
    const { name, input: its } = actor;
    stepNumber += 1;
    const step = stepNumber;
    let done: Done | null;
    if (name === 'runCommand') {
      // Its input is that of this actor.
      const command = its as CommandInput;
      const intending = steps.begin('intend', () => crew.intend(command));
      const intent = await awaitWork(intending, actor, step);
      if (intent === null) return;
      note([intent.record]);
      const running = steps.begin(name, () => crew.carryOut(command, step, intent));
      done = await awaitWork(running, actor, step);
    } else {
      const acting = steps.begin(name, () => crew.act(name, its, step));
      done = await awaitWork(acting, actor, step);
    }
    if (done === null) return;
    crew.relive(name, its, done);
    note(done.records);
    alive.delete(name);
    const { output, error } = done;
    move(error === undefined ? answerOf(name, output) : { type: `xstate.error.actor.${name}`, error }, done.atMs);
    if (name === 'saveIteration') tell();
  }

  for (const letter of stretch.letters) obey(letter);
  while (snapshot.status === 'active') {
    const working = [...alive.values()].find(({ name }) => !isWait(name));
    if (working) {
      if (working.name === 'readSurroundings' && iterations >= stretch.maxIterations) return pauseHere(0);
      await work(working);
      continue;
    }
    const next = firstOf(alive);
    if (next === null) return pauseHere(null);
    const endMs = endOf(next);
    if (endMs > atMs && endMs > (await steps.now())) return pauseHere(endMs);
    alive.delete(next.name);
    move(answerOf(next.name, null), endMs);
  }
  tell();
  return { hasEnded: true, output: outputOf(snapshot) };

  function pauseHere(goOnAtMs: number | null): StretchEnd {
    tell();
    const course = { chart: pure.keep(snapshot), alive: [...alive.values()], steps: stepNumber, atMs };
    return { hasEnded: false, course, goOnAtMs };
  }
}

/** Actors that only wait: the engine does it for them, and no host is needed meanwhile. */
const WAITS: readonly string[] = [
  'sleepUntil',
  'awaitRest',
  'awaitDeadline',
  'awaitPerson',
] satisfies readonly (keyof ActorFunctions)[];

function isWait(name: ActorName): boolean {
  return WAITS.includes(name);
}

/** When a wait ends; infinite when only an event ends it. */
function endOf({ input, sinceMs }: Alive): number {
  // Every actor that waits is given a wait.
  const { untilMs, atMostMs } = input as Wait;
  return Math.min(untilMs ?? Number.POSITIVE_INFINITY, sinceMs + (atMostMs ?? Number.POSITIVE_INFINITY));
}

function firstOf(alive: ReadonlyMap<ActorName, Alive>): Alive | null {
  const ending = [...alive.values()].filter((actor) => endOf(actor) < Number.POSITIVE_INFINITY);
  return ending.sort((a, b) => endOf(a) - endOf(b))[0] ?? null;
}

/** What may end work from outside is the time limit of the whole run. */
function deadlineIn(alive: ReadonlyMap<ActorName, Alive>): number | null {
  const deadline = alive.get('awaitDeadline');
  const endMs = deadline === undefined ? Number.POSITIVE_INFINITY : endOf(deadline);
  return endMs === Number.POSITIVE_INFINITY ? null : endMs;
}

function answerOf(name: ActorName, output: unknown): ChartInput {
  return { type: `xstate.done.actor.${name}`, output };
}

function eventOf(order: Exclude<FleetOrder, { do: 'say' }>): ChartInput {
  switch (order.do) {
    case 'stop':
      return { type: 'user.stop', cause: order.cause };
    case 'pause':
      return { type: 'user.pause' };
    case 'go-on':
      return { type: 'user.goOn' };
    default:
      return assertNever(order);
  }
}
