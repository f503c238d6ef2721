import type { AnyEventObject, AnyMachineSnapshot, AnyStateNode } from 'xstate';

/** Fixed, or computed from where the machine is. */
export type PerSnapshot<TSnapshot, TValue> = TValue | ((snapshot: TSnapshot) => TValue);

/** What the world around a machine can do to it. */
export interface World<TSnapshot, TEvent> {
  /**
   * What each invoked actor may answer, by the actor's id: one example for each branch of the machine. An actor without
   * an answer, `[]`, never settles. An actor that is not named here stops the exploration.
   */
  readonly answers?: Readonly<Record<string, PerSnapshot<TSnapshot, readonly unknown[]>>>;
  /** Actors that may also reject. Default: all that may answer. */
  readonly rejecting?: readonly string[];
  /** What is sent from outside: one example for each branch. It is tried everywhere, also where nobody waits for it. */
  readonly events?: PerSnapshot<TSnapshot, readonly TEvent[]>;
}

/**
 * Everything that can happen to a machine there: answers and rejections of the actors that the active states invoke,
 * the `after` timers that run, and the events that people and other programs send.
 *
 * Timers of different states may end in any order. Of several in one state the shortest comes first; a longer one is
 * possible only when the shorter one leaves the state as it is.
 * @throws when an actor is alive of which `answers` says nothing
 */
export function possibleEvents<TSnapshot extends AnyMachineSnapshot, TEvent>(
  snapshot: TSnapshot,
  { answers = {}, rejecting, events = [] }: World<TSnapshot, TEvent>,
): readonly TEvent[] {
  if (snapshot.status !== 'active') return [];
  const happening: AnyEventObject[] = [];
  for (const id of actorsAliveIn(snapshot)) {
    const known = answers[id];
    if (known === undefined) {
      throw new Error(
        `The actor "${id}" is alive in ${JSON.stringify(snapshot.value)}, and nobody has said what it may answer. ` +
          `Add it to "answers": { "${id}": [an example for each branch] }, or [] if it never settles.`,
      );
    }
    const outputs = valueIn(known, snapshot);
    for (const output of outputs) happening.push({ type: `xstate.done.actor.${id}`, output });
    if (rejecting === undefined ? outputs.length > 0 : rejecting.includes(id)) happening.push(rejectionOf(id));
  }
  for (const type of timersIn(snapshot)) happening.push({ type });
  // The events that XState makes itself are in no machine's own type.
  return [...(happening as readonly unknown[] as readonly TEvent[]), ...valueIn(events, snapshot)];
}

/** The ids of the actors that are at work there: those that the active states invoke. */
export function actorsAliveIn(snapshot: AnyMachineSnapshot): readonly string[] {
  if (snapshot.status !== 'active') return [];
  return snapshot._nodes.flatMap((node) => node.invoke.map(({ id }) => id));
}

/** The events of the `after` timers that can end next there. */
export function timersIn(snapshot: AnyMachineSnapshot): readonly string[] {
  return snapshot.status === 'active' ? snapshot._nodes.flatMap(timersOf) : [];
}

function timersOf(node: AnyStateNode): readonly string[] {
  const possible: string[] = [];
  const byDelay = [...node.after].sort((a, b) => (isNumber(a.delay) && isNumber(b.delay) ? a.delay - b.delay : 0));
  for (const { eventType } of byDelay) {
    if (possible.includes(eventType)) continue;
    possible.push(eventType);
    const isLeaving = node.after.some((timer) => timer.eventType === eventType && timer.target !== undefined);
    if (isLeaving && byDelay.every(({ delay }) => isNumber(delay))) break;
  }
  return possible;
}

function rejectionOf(id: string): AnyEventObject {
  return { type: `xstate.error.actor.${id}`, error: new Error(`${id} rejects.`) };
}

function valueIn<TSnapshot, TValue>(value: PerSnapshot<TSnapshot, TValue>, snapshot: TSnapshot): TValue {
  // A value that is itself a function is never asked for here: answers and events are lists.
  return typeof value === 'function' ? (value as (snapshot: TSnapshot) => TValue)(snapshot) : value;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
