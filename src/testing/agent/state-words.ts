import type { AgentSnapshot } from './chart-events.ts';

/** The state's path without `running.loop`, and for a pause where it goes on: `acting.executing`, `paused in approving`. */
export function stateOf(snapshot: AgentSnapshot): string {
  return stateWithWatchdog(snapshot).split(' | ')[0] ?? '';
}

/** The same with the level of the watchdog behind it, where there is one: `storing | calm`. */
export function stateWithWatchdog(snapshot: AgentSnapshot): string {
  const nodes = snapshot.value === 'paused' ? (snapshot.historyValue['agent.running.here'] ?? []) : snapshot._nodes;
  const leaves = nodes.filter(({ states }) => Object.keys(states).length === 0).sort((a, b) => a.order - b.order);
  const short = leaves.map(({ path }) => path.join('.').replace(/^running\.(loop|watchdog)\./, '')).join(' | ');
  return snapshot.value === 'paused' ? `paused in ${short}` : short;
}
