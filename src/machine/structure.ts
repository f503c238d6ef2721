import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** Every state of a machine, history included: the root first, then in the order in which the source names them. */
export function statesOf(machine: AnyStateMachine): readonly AnyStateNode[] {
  const below = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(below)];
  return below(machine.root);
}

/** Every transition that a state has of its own: by event and timer, then those without an event. */
export function transitionsOf(node: AnyStateNode): readonly AnyTransitionDefinition[] {
  return [...node.transitions.values(), node.always ?? []].flat();
}

/**
 * The id of a transition, `source|event|index`: stable as long as its source, event and place among that event's
 * transitions stay. Also for the transitions that XState reports while it runs (`_transitions` of an
 * `@xstate.microstep`), except the initial one, which has no event of the chart.
 */
export function edgeId(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const siblings: readonly AnyTransitionDefinition[] =
    (eventType === '' ? source.always : source.transitions.get(eventType)) ?? [];
  return `${source.id}|${eventType}|${siblings.indexOf(transition)}`;
}

/** The ids of all transitions of a machine. */
export function edgesOf(machine: AnyStateMachine): readonly string[] {
  return statesOf(machine).flatMap((node) => transitionsOf(node).map(edgeId));
}
