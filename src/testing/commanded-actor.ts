import { setImmediate } from 'node:timers/promises';
import {
  type AnyActorLogic,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  fromPromise,
  type SnapshotFrom,
} from 'xstate';
import { edgeId, statesOf } from '../machine/structure.ts';
import { timersIn } from './possible-events.ts';

/** A running machine in which nothing happens that the test has not commanded. */
export interface CommandedActor<TSnapshot, TEvent> {
  snapshot(): TSnapshot;
  /** The ids of the actors that are at work and wait for their answer. Sorted. */
  alive(): readonly string[];
  /** The transitions taken so far, in order, by `edgeId`. */
  taken(): readonly string[];
  /**
   * Lets one thing happen: an actor's answer (`xstate.done.actor.ID`) or rejection, the end of a timer
   * (`xstate.after.DELAY.STATE`), or an event from outside. Resolves when all that follows at once has followed.
   * Rejects when that actor is not alive or that timer does not run.
   */
  happen(event: TEvent): Promise<void>;
  /** Ends it, and whatever is still alive in it. */
  stop(): void;
}

/**
 * Starts a machine for real, with each of its invoked actors replaced by one that hangs until the test lets it answer, and
 * with a clock that stands still. Actions run as they are written: put harmless ones in their place with `provide`.
 * @throws when a machine invokes an actor that is written inline: only one that is named in `setup()` can be replaced
 */
export function startOnCommand<TMachine extends AnyStateMachine, TEvent extends AnyEventObject = AnyEventObject>(
  machine: TMachine,
  { input }: { readonly input?: unknown } = {},
): CommandedActor<SnapshotFrom<TMachine>, TEvent> {
  const waiting = new Map<string, Waiting>();
  const taken: string[] = [];
  const actors = Object.fromEntries(actorNames(machine).map((name) => [name, hanging(waiting)]));
  const actor = createActor<AnyActorLogic>(machine.provide({ actors }), {
    input,
    clock: { setTimeout: () => 0, clearTimeout: () => {} },
    inspect(event) {
      if (event.type !== '@xstate.microstep' || event.actorRef !== actor) return;
      // The first step enters the start, and has no transition of the chart.
      taken.push(...event._transitions.filter(({ source }) => source !== undefined).map(edgeId));
    },
  });
  // Without this an error of the machine would surface in whatever test runs next.
  actor.subscribe({ error() {} });
  actor.start();
  const snapshot = () => actor.getSnapshot() as AnyMachineSnapshot;
  return {
    // What the actor answers is the machine's own snapshot.
    snapshot: () => snapshot() as SnapshotFrom<TMachine>,
    alive: () => [...waiting.keys()].sort(),
    taken: () => [...taken],
    async happen(event) {
      const [, kind, id = ''] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event.type) ?? [];
      if (kind !== undefined) settle(waiting, id, kind, event);
      else if (event.type.startsWith('xstate.after.') && !timersIn(snapshot()).includes(event.type)) {
        throw new Error(`The timer ${event.type} does not run in ${JSON.stringify(snapshot().value)}.`);
      } else actor.send(event);
      await setImmediate();
    },
    stop: () => void actor.stop(),
  };
}

interface Waiting {
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

function hanging(waiting: Map<string, Waiting>) {
  return fromPromise(
    ({ self, signal }) =>
      new Promise((resolve, reject) => {
        const mine = { resolve, reject };
        waiting.set(self.id, mine);
        signal.addEventListener('abort', () => {
          if (waiting.get(self.id) === mine) waiting.delete(self.id);
        });
      }),
  );
}

function settle(waiting: Map<string, Waiting>, id: string, kind: string, event: AnyEventObject): void {
  const actor = waiting.get(id);
  if (actor === undefined) {
    throw new Error(`The actor "${id}" is not alive. Alive are: ${[...waiting.keys()].join(', ') || 'none'}.`);
  }
  waiting.delete(id);
  if (kind === 'done') actor.resolve(event['output']);
  else actor.reject(event['error']);
}

function actorNames(machine: AnyStateMachine): readonly string[] {
  return statesOf(machine).flatMap(({ id, invoke }) =>
    invoke.map(({ src }) => {
      if (typeof src === 'string' && !src.startsWith('xstate.invoke.')) return src;
      throw new Error(`The actor that ${id} invokes is written inline. Give it a name: setup({ actors: { NAME } }).`);
    }),
  );
}
