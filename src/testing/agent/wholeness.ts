import { edgeId, edgesOf, statesOf, transitionsOf } from '../../machine/structure.ts';
import type { AgentExploration, AgentMachine } from './chart-events.ts';

/** What of a chart explorations have met. */
export interface Met {
  readonly states: ReadonlySet<string>;
  readonly transitions: ReadonlySet<string>;
}

/** States that were entered, also those that are left in the same step, and transitions that were taken. */
export function metBy(machine: AgentMachine, explorations: readonly AgentExploration[]): Met {
  const transitions = new Set(explorations.flatMap(({ steps }) => [...new Set(steps.flatMap(({ taken }) => taken))]));
  const entered = explorations.flatMap(({ configurations }) =>
    configurations.flatMap(({ snapshot }) => snapshot._nodes.map(({ id }) => id)),
  );
  const passed = statesOf(machine)
    .flatMap(transitionsOf)
    .filter((transition) => transitions.has(edgeId(transition)))
    .flatMap(({ source, target }) => [source.id, ...(target ?? []).map(({ id }) => id)]);
  return { states: new Set([...entered, ...passed]), transitions };
}

/** States that no run enters. */
export function unreachable(machine: AgentMachine, { states }: Met): readonly string[] {
  return statesOf(machine)
    .map(({ id }) => id)
    .filter((id) => !states.has(id));
}

/** Transitions that no run takes, by `edgeId`. */
export function unusable(machine: AgentMachine, { transitions }: Met): readonly string[] {
  return edgesOf(machine).filter((id) => !transitions.has(id));
}
