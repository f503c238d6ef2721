import type { ActorName, AgentConfiguration, AgentStep } from '../../src/testing/agent/chart-events.ts';
import * as words from '../../src/testing/agent/state-words.ts';

/** Each name once, sorted: whole sets of configurations and steps are compared in this form. */
export function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

export function stateOf({ snapshot }: Pick<AgentConfiguration, 'snapshot'>): string {
  return words.stateOf(snapshot);
}

export function stateWithWatchdog({ snapshot }: Pick<AgentConfiguration, 'snapshot'>): string {
  return words.stateWithWatchdog(snapshot);
}

export function show({ from, event, to }: AgentStep): string {
  return `${stateWithWatchdog(from)} --${JSON.stringify(event)}→ ${stateWithWatchdog(to)}`;
}

export function startedBy({ effects }: AgentStep): readonly string[] {
  return effects.filter(({ kind }) => kind === 'start').map(({ id }) => id);
}

export function isStarting(step: AgentStep, name: ActorName): boolean {
  return startedBy(step).includes(name);
}
