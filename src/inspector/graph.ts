import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { edgeId, statesOf, transitionsOf } from '../machine/structure.ts';

/** A statechart as plain JSON. States and transitions stand in the order in which the machine's source names them. */
export interface ChartGraph {
  /** The machine's id, which is also the id of its root. */
  readonly id: string;
  readonly nodes: readonly ChartNode[];
  readonly edges: readonly ChartEdge[];
}

export type ChartNodeType = 'atomic' | 'compound' | 'parallel' | 'final' | 'history';

export interface ChartNode {
  /** Unique: `agent.running.loop`. */
  readonly id: string;
  /** The last part of the path; the machine's id for the root. */
  readonly name: string;
  /** Names from below the root down to this state; empty for the root. */
  readonly path: readonly string[];
  /** Null for the root. */
  readonly parent: string | null;
  readonly type: ChartNodeType;
  /** Empty when the source gives none. */
  readonly description: string;
  readonly tags: readonly string[];
  /** The child that is entered first; null where there is no choice. */
  readonly initial: string | null;
  /** Only for `type: 'history'`. */
  readonly history: 'deep' | 'shallow' | null;
  readonly invokes: readonly { readonly id: string; readonly src: string }[];
  readonly entry: readonly Named[];
  readonly exit: readonly Named[];
}

export interface ChartEdge {
  /** `source|event|index`, see `edgeId` of src/machine/structure.ts. */
  readonly id: string;
  readonly source: string;
  /** Empty for a transition that changes no state. Several when it enters several regions. */
  readonly targets: readonly string[];
  /** The event as the machine knows it, such as `xstate.done.actor.think`; empty for an eventless transition. */
  readonly event: string;
  /** `internal` changes no state, `self` leaves its source and enters it again, `external` is any other. */
  readonly kind: 'external' | 'internal' | 'self';
  readonly guard: Named | null;
  readonly actions: readonly Named[];
  /** Empty when the source gives none. */
  readonly description: string;
}

/** A guard or an action. `params` only where the chart fixes them; what is computed from the event is not known here. */
export interface Named {
  readonly name: string;
  readonly params?: unknown;
}

/** Stands for a guard, action or actor that was written inline instead of being named in `setup()`. */
export const UNNAMED = '(unnamed)';

/** Reads a machine's structure. Pure: the same machine gives the same graph, key for key. */
export function toGraph(machine: AnyStateMachine): ChartGraph {
  const stateNodes = statesOf(machine);
  return {
    id: machine.root.id,
    nodes: stateNodes.map(toNode),
    edges: stateNodes.flatMap((stateNode) => transitionsOf(stateNode).map(toEdge)),
  };
}

function toNode(stateNode: AnyStateNode): ChartNode {
  return {
    id: stateNode.id,
    name: stateNode.key,
    path: stateNode.path,
    parent: stateNode.parent?.id ?? null,
    type: stateNode.type,
    description: stateNode.description ?? '',
    tags: stateNode.tags,
    initial: stateNode.type === 'compound' ? (stateNode.initial.target[0]?.id ?? null) : null,
    history: stateNode.type === 'history' ? (stateNode.history === 'deep' ? 'deep' : 'shallow') : null,
    invokes: stateNode.invoke.map(({ id, src }) => ({ id, src: nameOf(src) })),
    entry: stateNode.entry.map(toNamed),
    exit: stateNode.exit.map(toNamed),
  };
}

function toEdge(transition: AnyTransitionDefinition): ChartEdge {
  const { source, eventType, guard, actions, description } = transition;
  const targets = transition.target?.map(({ id }) => id) ?? [];
  return {
    id: edgeId(transition),
    source: source.id,
    targets,
    event: eventType,
    kind: kindOf(source.id, targets),
    guard: guard === undefined ? null : toNamed(guard),
    actions: actions.map(toNamed),
    description: description ?? '',
  };
}

function kindOf(source: string, targets: readonly string[]): ChartEdge['kind'] {
  if (targets.length === 0) return 'internal';
  return targets.length === 1 && targets[0] === source ? 'self' : 'external';
}

/** XState accepts a name, `{ type, params }`, or a function; a function has no name that means anything to a reader. */
function toNamed(written: unknown): Named {
  if (typeof written !== 'object' || written === null || !('type' in written)) return { name: nameOf(written) };
  const params = 'params' in written ? written.params : undefined;
  const isFixed = params !== undefined && typeof params !== 'function';
  return isFixed ? { name: nameOf(written.type), params } : { name: nameOf(written.type) };
}

// XState itself names inline actors by their place: `xstate.invoke.0.agent.starting`.
function nameOf(written: unknown): string {
  return typeof written === 'string' && !written.startsWith('xstate.invoke.') ? written : UNNAMED;
}
