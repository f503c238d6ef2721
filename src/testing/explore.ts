import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine, EventObject, SnapshotFrom } from 'xstate';
import { createPureDriver, type Effect, type Move } from '../machine/pure-driver.ts';
import { possibleEvents, type World } from './possible-events.ts';

/** Where a machine can be: states, context, and the history that can still be read. */
export interface Configuration<TSnapshot = AnyMachineSnapshot, TEvent = AnyEventObject, TMemory = null> {
  /** Two configurations with one key are one. */
  readonly key: string;
  readonly snapshot: TSnapshot;
  /** What is remembered of the way: see `remember`. */
  readonly memory: TMemory;
  /** How it was found first: following these back is a shortest path. Null for the start. */
  readonly foundBy: Step<TSnapshot, TEvent, TMemory> | null;
}

/** One event in one configuration, and what came of it. */
export interface Step<TSnapshot = AnyMachineSnapshot, TEvent = AnyEventObject, TMemory = null> {
  readonly from: Configuration<TSnapshot, TEvent, TMemory>;
  readonly event: TEvent;
  readonly to: Configuration<TSnapshot, TEvent, TMemory>;
  /** Where the machine says it is; `to` has what `abstract` puts in its place. */
  readonly landed: TSnapshot;
  /** In the order in which a driver has to carry them out. */
  readonly effects: readonly Effect[];
  /** The transitions that were taken, in order, by `edgeId`. Empty: the event was dropped. */
  readonly taken: readonly string[];
}

export interface Exploration<TSnapshot = AnyMachineSnapshot, TEvent = AnyEventObject, TMemory = null> {
  readonly start: Configuration<TSnapshot, TEvent, TMemory>;
  /** What entering the start asks of a driver. */
  readonly startEffects: readonly Effect[];
  /** In the order of their distance from the start. */
  readonly configurations: readonly Configuration<TSnapshot, TEvent, TMemory>[];
  /** In the order of the distance of where they begin. */
  readonly steps: readonly Step<TSnapshot, TEvent, TMemory>[];
  /** One more step, from anywhere: for a question of the form "what if". */
  readonly tryStep: TryStep<TSnapshot, TEvent>;
}

export type TryStep<TSnapshot, TEvent> = (snapshot: TSnapshot, event: TEvent) => Move<TSnapshot>;

export interface ExploreOptions<TSnapshot, TEvent, TMemory> extends World<TSnapshot, TEvent> {
  readonly input?: unknown;
  /**
   * Puts one or several representatives in the place of a snapshot, so that what never ends becomes finite: a counter
   * becomes "below its limit" or "at its limit". `before` is null at the start. Whoever abstracts answers for it that
   * every real run stays among the representatives.
   */
  readonly abstract?: (snapshot: TSnapshot, before: TSnapshot | null) => readonly TSnapshot[];
  /** What to remember of the way, beside where the machine is. It is told apart by its JSON, and must be finite. */
  readonly remember?: Remember<TSnapshot, TEvent, TMemory>;
  /** Asked after each step; true ends the exploration there, and what has been found so far is the answer. */
  readonly stopAt?: (step: Step<TSnapshot, TEvent, TMemory>, tryStep: TryStep<TSnapshot, TEvent>) => boolean;
  /** More configurations than this stop the exploration. [20,000] */
  readonly atMost?: number;
}

export interface Remember<TSnapshot, TEvent, TMemory> {
  readonly start: TMemory;
  after(
    memory: TMemory,
    step: { before: TSnapshot; event: TEvent; after: TSnapshot; effects: readonly Effect[] },
  ): TMemory;
}

/**
 * Finds every configuration that a machine can reach, by pure steps: nothing is started and no time passes. Tried in each
 * is everything that can happen there, see `possibleEvents`.
 *
 * @throws when there are more than `atMost` configurations: something grows without a limit, or brings in ever new data
 */
export function explore<TMachine extends AnyStateMachine, TEvent extends EventObject = AnyEventObject, TMemory = null>(
  machine: TMachine,
  options: ExploreOptions<SnapshotFrom<TMachine>, TEvent, TMemory>,
): Exploration<SnapshotFrom<TMachine>, TEvent, TMemory> {
  type Found = Configuration<SnapshotFrom<TMachine>, TEvent, TMemory>;
  const { input, abstract = (snapshot) => [snapshot], remember, stopAt, atMost = 20_000 } = options;
  const pure = createPureDriver<TMachine, TEvent>(machine, input);
  const first = pure.start();
  // Without `remember` nobody can have asked for another type than null.
  const memory = remember?.start ?? (null as TMemory);
  const [startSnapshot = first.snapshot] = abstract(first.snapshot, null);
  const start: Found = { key: keyOf(startSnapshot, memory), snapshot: startSnapshot, memory, foundBy: null };
  const found = new Map([[start.key, start]]);
  const steps: Step<SnapshotFrom<TMachine>, TEvent, TMemory>[] = [];

  // A map's iterator also visits what is added on the way: this is a breadth-first search.
  for (const from of found.values()) {
    for (const event of possibleEvents(from.snapshot, options)) {
      const { snapshot: landed, effects, taken } = pure.step(from.snapshot, event);
      const isDropped = landed === from.snapshot;
      const memory = remember
        ? remember.after(from.memory, { before: from.snapshot, event, after: landed, effects })
        : from.memory;
      for (const snapshot of isDropped ? [landed] : abstract(landed, from.snapshot)) {
        const key = isDropped && memory === from.memory ? from.key : keyOf(snapshot, memory);
        const known = found.get(key);
        const to: Open<Found> = known ?? { key, snapshot, memory, foundBy: null };
        const step = { from, event, to, landed, effects, taken };
        if (known === undefined) {
          to.foundBy = step;
          found.set(key, to);
        }
        steps.push(step);
        if (stopAt?.(step, pure.step)) return whole();
      }
    }
    if (found.size > atMost) throw tooMany(atMost, from.snapshot);
  }
  return whole();

  function whole() {
    return { start, startEffects: first.effects, configurations: [...found.values()], steps, tryStep: pure.step };
  }
}

/** A shortest way from the start to a configuration; empty for the start itself. */
export function pathTo<TSnapshot, TEvent, TMemory>(
  goal: Configuration<TSnapshot, TEvent, TMemory>,
): readonly Step<TSnapshot, TEvent, TMemory>[] {
  const path: Step<TSnapshot, TEvent, TMemory>[] = [];
  for (let step = goal.foundBy; step !== null; step = step.from.foundBy) path.push(step);
  return path.reverse();
}

/** A step that leads to another configuration. */
export function isMove<TSnapshot, TEvent, TMemory>({ from, to }: Step<TSnapshot, TEvent, TMemory>): boolean {
  return from.key !== to.key;
}

/** Not yet whole: a configuration and the step that found it name each other. */
type Open<T> = { -readonly [K in keyof T]: T[K] };

/** What tells two configurations apart. */
export function keyOf(snapshot: AnyMachineSnapshot, memory: unknown): string {
  const { value, context, status, historyValue, _nodes } = snapshot;
  const active = new Set(_nodes.map(({ id }) => id));
  const history = Object.entries(historyValue)
    // While its parent is active a history is written again before it is read.
    .filter(([id]) => !active.has(id.slice(0, id.lastIndexOf('.'))))
    .map(([id, nodes]) => [id, nodes.map((node) => node.id).sort()]);
  return JSON.stringify([value, context, status, history, memory]);
}

function tooMany(atMost: number, { value, context }: AnyMachineSnapshot): Error {
  const shown = JSON.stringify(context);
  return new Error(
    `More than ${atMost} configurations: something grows without a limit. The last one is in ${JSON.stringify(value)} ` +
      `with the context ${shown.length > 300 ? `${shown.slice(0, 300)}…` : shown}. ` +
      'Give the machine a limit, fewer answers, or an "abstract" that caps what grows.',
  );
}
