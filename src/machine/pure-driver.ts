import {
  type AnyActorLogic,
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EventObject,
  type ExecutableActionObject,
  type Snapshot,
  type SnapshotFrom,
} from 'xstate';
import { edgeId, statesOf, transitionsOf } from './structure.ts';

/** One thing that a machine asks its driver to do. */
export interface Effect {
  /** `start` and `stop` are of an invoked or spawned actor; anything else is an action. */
  readonly kind: 'start' | 'stop' | 'action';
  /** The actor's id, or the action's name. */
  readonly id: string;
  /** What the actor is given, or the action's params. */
  readonly input: unknown;
}

/** What came of one event. */
export interface Move<TSnapshot> {
  readonly snapshot: TSnapshot;
  /** In the order in which a driver has to carry them out. */
  readonly effects: readonly Effect[];
  /** The transitions that were taken, in order, by `edgeId`. */
  readonly taken: readonly string[];
}

/** Moves a machine without starting anything: no actor runs, no action is carried out, no time passes. */
export interface PureDriver<TSnapshot, TEvent> {
  start(): Move<TSnapshot>;
  /** Whatever snapshot it is given stays as it was. */
  step(snapshot: TSnapshot, event: TEvent): Move<TSnapshot>;
  /** The snapshot as plain JSON, without its actors: whoever drives the machine knows which are at work. */
  keep(snapshot: TSnapshot): unknown;
  /** A snapshot again from what was kept by the same version of the machine. Nothing is started. */
  revive(kept: unknown): TSnapshot;
}

/**
 * What `initialTransition()` and `transition()` of XState do, and beside it the transitions that were taken. It makes one
 * actor and not one a step, which is three times as fast; that actor is never started.
 */
export function createPureDriver<TMachine extends AnyStateMachine, TEvent extends EventObject>(
  machine: TMachine,
  input: unknown,
): PureDriver<SnapshotFrom<TMachine>, TEvent> {
  const ids = new Map(
    statesOf(machine)
      .flatMap(transitionsOf)
      .map((transition) => [transition, edgeId(transition)]),
  );
  let effects: Effect[] = [];
  let taken: string[] = [];
  const actor = createActor<AnyActorLogic>(machine, {
    input,
    inspect(event) {
      if (event.type !== '@xstate.microstep') return;
      for (const transition of event._transitions) taken.push(ids.get(transition) ?? transition.eventType);
    },
  });
  const nothing = () => {};
  const scope: AnyActorScope = {
    self: actor,
    id: actor.id,
    sessionId: actor.sessionId,
    system: actor.system,
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: (action) => effects.push(effectOf(action)),
  };
  const observe = (move: () => AnyMachineSnapshot): Move<SnapshotFrom<TMachine>> => {
    effects = [];
    taken = [];
    // What a machine answers is its own snapshot; inside, one driver serves machines of every type.
    const snapshot = move() as SnapshotFrom<TMachine>;
    return { snapshot, effects, taken };
  };
  return {
    start: () => observe(() => machine.getInitialSnapshot(scope, input)),
    step: (snapshot, event) => observe(() => machine.transition(snapshot, event, scope)),
    keep: (snapshot) => ({ ...machine.getPersistedSnapshot(snapshot), children: {} }),
    // What was kept is what `keep` has made.
    revive: (kept) => machine.restoreSnapshot(kept as Snapshot<unknown>, scope) as SnapshotFrom<TMachine>,
  };
}

function effectOf({ type, params }: ExecutableActionObject): Effect {
  // XState's types leave out what these two carry: a start its id and input, a stop the actor.
  if (type === 'xstate.spawnChild') {
    const { id, input } = params as { id: string; input: unknown };
    return { kind: 'start', id, input };
  }
  if (type === 'xstate.stopChild') {
    // Without an actor when another one of that name has taken its place.
    return { kind: 'stop', id: (params as { id: string } | undefined)?.id ?? '(gone)', input: undefined };
  }
  return { kind: 'action', id: type, input: params };
}
