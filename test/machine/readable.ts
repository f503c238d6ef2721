import type { ActorName, ChartEvent, Configuration, Step } from './explore.ts';

/** Each name once, sorted: whole sets of configurations and steps are compared in this form. */
export function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

/** The state's path without `running.loop`, and for a pause where it goes on: `acting.executing`, `paused in approving`. */
export function stateOf(configuration: Configuration): string {
  return stateWithWatchdog(configuration).split(' | ')[0] ?? '';
}

/** The same with the level of the watchdog behind it, where there is one: `storing | calm`. */
export function stateWithWatchdog({ snapshot }: Configuration): string {
  const nodes = snapshot.value === 'paused' ? (snapshot.historyValue['agent.running.here'] ?? []) : snapshot._nodes;
  const leaves = nodes.filter(({ states }) => Object.keys(states).length === 0).sort((a, b) => a.order - b.order);
  const short = leaves.map(({ path }) => path.join('.').replace(/^running\.(loop|watchdog)\./, '')).join(' | ');
  return snapshot.value === 'paused' ? `paused in ${short}` : short;
}

export function show({ from, event, to }: Step): string {
  return `${stateWithWatchdog(from)} --${JSON.stringify(event)}→ ${stateWithWatchdog(to)}`;
}

/** A step that leads somewhere else. */
export function isMove({ from, to }: Step): boolean {
  return from.key !== to.key;
}

export function isOfPerson({ type }: ChartEvent): boolean {
  return type.startsWith('user.');
}

export function startedBy({ effects }: Step): readonly string[] {
  return effects.filter(({ kind }) => kind === 'start').map(({ id }) => id);
}

export function isStarting(step: Step, name: ActorName): boolean {
  return startedBy(step).includes(name);
}
