import type { Effect } from '../../machine/pure-driver.ts';
import type { AgentSnapshot, ChartEvent } from './chart-events.ts';

/** What must be known of the way to judge a step: where the run is does not say it. */
export interface WayMemory {
  /** The command that the validator has allowed in this iteration and that has not been started since. */
  readonly allowed: string | null;
  /** Which of the actors that an iteration may start once it has started. Sorted. */
  readonly started: readonly string[];
}

/** Doing these a second time would do harm, or count twice. */
export const onceAnIteration: readonly string[] = ['runCommand', 'runCheck', 'observe', 'saveIteration'];

export const emptyMemory: WayMemory = { allowed: null, started: [] };

export function rememberStep(
  memory: WayMemory,
  {
    before,
    event,
    after,
    effects,
  }: {
    readonly before: AgentSnapshot;
    readonly event: ChartEvent;
    readonly after: AgentSnapshot;
    readonly effects: readonly Effect[];
  },
): WayMemory {
  const isNext = after.context.iteration !== before.context.iteration;
  const starting = effects.filter(({ kind }) => kind === 'start').map(({ id }) => id);
  const allowed = isNext || starting.includes('runCommand') ? null : allowedBy(event, memory.allowed);
  const once = starting.filter((id) => onceAnIteration.includes(id));
  // What has not changed stays the same object: most steps change nothing.
  if (!isNext && once.length === 0 && allowed === memory.allowed) return memory;
  return { allowed, started: [...new Set([...(isNext ? [] : memory.started), ...once])].sort() };
}

/** The command that may start after this event: each ruling takes the place of the one before. */
export function allowedBy(event: ChartEvent, before: string | null): string | null {
  if (event.type !== 'xstate.done.actor.validate') return before;
  const { decision, verdict } = event.output;
  return decision?.action === 'RUN' && verdict?.kind === 'allow' ? decision.command : null;
}
