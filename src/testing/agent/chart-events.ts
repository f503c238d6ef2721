import type { SnapshotFrom } from 'xstate';
import type { agentMachine } from '../../machine/agent.machine.ts';
import type { AgentActors, AgentEvent } from '../../machine/types.ts';
import type { Configuration, Exploration, Step } from '../explore.ts';
import type { Finding } from '../invariants.ts';
import type { WayMemory } from './way-memory.ts';

export type AgentMachine = typeof agentMachine;
export type AgentSnapshot = SnapshotFrom<AgentMachine>;
export type ActorName = keyof AgentActors;

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

export type AgentConfiguration = Configuration<AgentSnapshot, ChartEvent, WayMemory>;
export type AgentStep = Step<AgentSnapshot, ChartEvent, WayMemory>;
export type AgentExploration = Exploration<AgentSnapshot, ChartEvent, WayMemory>;
export type AgentFinding = Finding<AgentSnapshot, ChartEvent, WayMemory>;

export function done<TName extends ActorName>(name: TName, output: AgentActors[TName]['output']): ActorEvent {
  // TypeScript cannot see that name and output still belong together once they are put in one object.
  return { type: `xstate.done.actor.${name}`, output } as ActorEvent;
}

export function isOfPerson({ type }: ChartEvent): boolean {
  return type.startsWith('user.');
}
