import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect';
import { type AnyEventObject, createActor, fromCallback } from 'xstate';
import type { JournalRecord } from '../journal/format.ts';
import { agentMachine, MACHINE_VERSION } from '../machine/agent.machine.ts';
import type { AgentActors, AgentInput } from '../machine/types.ts';

/** Where Stately's inspector lives. Whatever is shown there has left this machine. */
export const STATELY_URL = 'https://stately.ai/inspect';

/** A run as the protocol of `@statelyai/inspect` tells it. */
export interface StatelyFeed {
  add(record: JournalRecord): void;
  /**
   * Tells what is known, registrations first, and then what comes. Of a long run the oldest events are left out; the
   * chart itself never is. Returns a function that ends it.
   */
  join(send: (event: StatelyInspectionEvent) => void): () => void;
  close(): void;
}

/** Moves a chart that does nothing as the journal says, and lets Stately's own inspector describe it. */
export function createStatelyFeed(): StatelyFeed {
  const listeners = new Set<(event: StatelyInspectionEvent) => void>();
  const registrations = new Map<string, StatelyInspectionEvent>();
  let latest: StatelyInspectionEvent[] = [];
  let actor: ReturnType<typeof startMirror> | null = null;

  const inspector = createInspector(
    {
      send(event) {
        if (event.type === '@xstate.actor') registrations.set(event.sessionId, event);
        else latest.push(event);
        if (latest.length > 2 * MAX_KEPT) forget();
        for (const listener of listeners) listener(event);
      },
    },
    { serializationDepthLimit: DEPTH },
  );

  function forget(): void {
    latest = latest.slice(-MAX_KEPT);
    const known = new Set(latest.map(({ sessionId }) => sessionId));
    for (const [id, { sessionId, rootId }] of registrations) {
      if (sessionId !== rootId && !known.has(sessionId)) registrations.delete(id);
    }
  }

  function startMirror(input: AgentInput) {
    const mirror = createActor(silent, { input, inspect: inspector.inspect });
    mirror.subscribe({ error() {} });
    return mirror.start();
  }

  return {
    add(record) {
      if (record.type === 'run.opened' || record.type === 'run.resumed') {
        actor?.stop();
        actor = record.machineVersion === MACHINE_VERSION ? startMirror(record.input) : null;
      }
      // Answers of actors are events of XState's own making, which the machine's type does not name.
      if (record.type === 'chart.moved') (actor as { send(event: AnyEventObject): void } | null)?.send(record.event);
    },
    join(send) {
      for (const event of [...registrations.values(), ...latest]) send(event);
      listeners.add(send);
      return () => listeners.delete(send);
    },
    close() {
      actor?.stop();
      inspector.stop();
    },
  };
}

/** Its default of 10 turns the inner parts of our chart into "[Array]". */
const DEPTH = 30;
const MAX_KEPT = 2000;

const nothing = fromCallback(() => {});
const names = Object.keys(agentMachine.implementations.actors) as (keyof AgentActors)[];

/** The agent's chart with actors that never answer: the journal has their answers. */
const silent = agentMachine.provide({
  actors: Object.fromEntries(names.map((name) => [name, nothing])) as never,
});
