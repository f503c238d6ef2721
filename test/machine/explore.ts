import {
  type AnyActorScope,
  createActor,
  type EventFrom,
  type ExecutableActionObject,
  type SnapshotFrom,
} from 'xstate';
import type { agentMachine } from '../../src/machine/agent.machine.ts';
import type { AgentActors, AgentEvent, AgentInput } from '../../src/machine/types.ts';

export type AgentMachine = typeof agentMachine;
export type AgentSnapshot = SnapshotFrom<AgentMachine>;
export type ActorName = keyof AgentActors;

/** What each actor may answer. An exploration tries every one of them wherever that actor is alive. */
export type Answers = { readonly [TName in ActorName]: readonly AgentActors[TName]['output'][] };

/** An actor's answer, as XState reports it to the chart. */
export type ActorEvent =
  | {
      readonly [TName in ActorName]: {
        readonly type: `xstate.done.actor.${TName}`;
        readonly output: AgentActors[TName]['output'];
      };
    }[ActorName]
  | { readonly type: `xstate.error.actor.${ActorName}`; readonly error: unknown };

export type ChartEvent = AgentEvent | ActorEvent;

/** One thing the chart asks its driver to do. Anything but `start` and `stop` would be news to every driver. */
export interface Effect {
  readonly kind: 'start' | 'stop' | 'other';
  /** The actor's id, or what the unknown effect is called. */
  readonly id: string;
  readonly input: unknown;
}

/** Where a run can be: states, context, and the history that can still be read. */
export interface Configuration {
  readonly key: string;
  readonly snapshot: AgentSnapshot;
  /** How it was found first: following these back is a shortest path. Null for the start. */
  readonly foundBy: { readonly from: Configuration; readonly event: ChartEvent } | null;
}

export interface Step {
  readonly from: Configuration;
  readonly event: ChartEvent;
  readonly to: Configuration;
  /** In the order in which a driver has to carry them out. */
  readonly effects: readonly Effect[];
  /** The names of the chart's transitions that were taken, in order; see `transitionsOf`. */
  readonly taken: readonly string[];
}

export interface Exploration {
  readonly input: AgentInput;
  readonly start: Configuration;
  /** What entering the start asks of a driver. */
  readonly startEffects: readonly Effect[];
  readonly configurations: readonly Configuration[];
  readonly steps: readonly Step[];
}

/**
 * Finds every configuration that a run with this input can reach, by pure steps: nothing is started and no time passes.
 * Tried in each are all answers of the actors alive there, their rejection, and everything a person can send.
 *
 * @throws when there are more than `atMost` configurations: a limit is missing, or an answer brings in ever new data.
 */
export function explore(
  machine: AgentMachine,
  { input, answers, atMost = 20_000 }: { input: AgentInput; answers: Answers; atMost?: number },
): Exploration {
  const pure = createPureDriver(machine, input);
  const first = pure.start();
  const start: Configuration = { key: keyOf(first.snapshot), snapshot: first.snapshot, foundBy: null };
  const found = new Map([[start.key, start]]);
  const steps: Step[] = [];

  // A map's iterator also visits what is added on the way: this is a breadth-first search.
  for (const from of found.values()) {
    if (from.snapshot.status !== 'active') continue;
    for (const event of eventsIn(from.snapshot, answers)) {
      const { snapshot, effects, taken } = pure.step(from.snapshot, event);
      const key = keyOf(snapshot);
      const to = found.get(key) ?? { key, snapshot, foundBy: { from, event } };
      found.set(key, to);
      steps.push({ from, event, to, effects, taken });
    }
    if (found.size > atMost) throw new Error(`More than ${atMost} configurations. Give the run a limit.`);
  }
  return { input, start, startEffects: first.effects, configurations: [...found.values()], steps };
}

/** A shortest way from the start: each event with the configuration it leads to. */
export function pathTo(goal: Configuration): readonly Pick<Step, 'event' | 'to'>[] {
  const path: Pick<Step, 'event' | 'to'>[] = [];
  for (let to = goal; to.foundBy !== null; to = to.foundBy.from) path.push({ event: to.foundBy.event, to });
  return path.reverse();
}

/** Everything that can happen there: answers and rejections of the actors alive, and whatever a person can send. */
export function eventsIn(snapshot: AgentSnapshot, answers: Answers): readonly ChartEvent[] {
  const { iteration } = snapshot.context;
  return [
    ...aliveIn(snapshot).flatMap((name) => [
      ...answers[name].map((output) => done(name, output)),
      { type: `xstate.error.actor.${name}`, error: new Error('A bug.') } as const,
    ]),
    { type: 'user.stop', cause: 'sigint' },
    { type: 'user.pause' },
    { type: 'user.goOn' },
    { type: 'user.approve', iteration },
    { type: 'user.approve', iteration: iteration + 1 },
    { type: 'user.deny', iteration },
    { type: 'user.deny', iteration: iteration - 1 },
  ];
}

/** The actors that are at work there: those that the active states invoke. */
export function aliveIn(snapshot: AgentSnapshot): readonly ActorName[] {
  if (snapshot.status !== 'active') return [];
  // An invoke's id is its actor's name: the chart says so, and a test holds it to that.
  return snapshot._nodes.flatMap((node) => node.invoke.map(({ id }) => id as ActorName));
}

export function done<TName extends ActorName>(name: TName, output: AgentActors[TName]['output']): ActorEvent {
  // TypeScript cannot see that name and output still belong together once they are put in one object.
  return { type: `xstate.done.actor.${name}`, output } as ActorEvent;
}

type StateNode = AgentMachine['root'];

/** One name for each transition of the chart: `source event #index`. */
export function transitionsOf(machine: AgentMachine): readonly string[] {
  return [...namesOfTransitions(machine).values()];
}

/** Every state of the chart, history included. */
export function statesOf(machine: AgentMachine): readonly StateNode[] {
  const below = (node: StateNode): StateNode[] => [node, ...Object.values(node.states).flatMap(below)];
  return below(machine.root);
}

function keyOf({ value, context, status, historyValue, _nodes }: AgentSnapshot): string {
  const active = new Set(_nodes.map(({ id }) => id));
  const history = Object.entries(historyValue)
    // While its parent is active a history is written again before it is read.
    .filter(([id]) => !active.has(id.slice(0, id.lastIndexOf('.'))))
    .map(([id, nodes]) => [id, nodes.map((node) => node.id)]);
  return JSON.stringify([value, context, status, history]);
}

/**
 * What `transition()` of XState does, three times as fast because it makes one actor and not one a step, and with the
 * transitions that were taken. The actor is never started.
 */
function createPureDriver(machine: AgentMachine, input: AgentInput) {
  const names = namesOfTransitions(machine);
  let effects: Effect[] = [];
  let taken: string[] = [];
  const actor = createActor(machine, {
    input,
    inspect(event) {
      if (event.type !== '@xstate.microstep') return;
      for (const transition of event._transitions) taken.push(names.get(transition) ?? String(transition.eventType));
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
  const observe = (move: () => AgentSnapshot) => {
    effects = [];
    taken = [];
    return { snapshot: move(), effects, taken };
  };
  return {
    start: () => observe(() => machine.getInitialSnapshot(scope, input)),
    step: (snapshot: AgentSnapshot, event: ChartEvent) =>
      // XState's types leave the answers of actors out of a machine's events.
      observe(() => machine.transition(snapshot, event as EventFrom<AgentMachine>, scope)),
  };
}

function effectOf({ type, params }: ExecutableActionObject): Effect {
  // XState's types leave out what these two carry: a start its id and input, a stop the actor.
  if (type === 'xstate.spawnChild') {
    const { id, input } = params as { id: string; input: unknown };
    return { kind: 'start', id, input };
  }
  if (type === 'xstate.stopChild') return { kind: 'stop', id: (params as { id: string }).id, input: undefined };
  return { kind: 'other', id: type, input: params };
}

function namesOfTransitions(machine: AgentMachine): ReadonlyMap<unknown, string> {
  const names = new Map<unknown, string>();
  for (const node of statesOf(machine)) {
    for (const [event, transitions] of [...node.transitions, ['always', node.always ?? []] as const]) {
      for (const [index, transition] of transitions.entries()) names.set(transition, `${node.id} ${event} #${index}`);
    }
  }
  return names;
}
