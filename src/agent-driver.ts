import { type AnyEventObject, createActor, fromPromise, waitFor } from 'xstate';
import type { ChartInput } from './journal/format.ts';
import type { AgentSnapshot } from './journal/replay.ts';
import { agentMachine } from './machine/agent.machine.ts';
import { endings } from './machine/endings.ts';
import type { AgentActors, AgentEvent, AgentInput, AgentOutput } from './machine/types.ts';

/** The functions behind the chart's actors. A rejection is a bug; an aborted signal means that nobody wants the answer. */
export type ActorFunctions = {
  readonly [TName in keyof AgentActors]: (
    input: AgentActors[TName]['input'],
    signal: AbortSignal,
  ) => Promise<AgentActors[TName]['output']>;
};

/** What every driver is given, whatever carries it. */
export interface DriverOptions {
  /** What the chart is started with. */
  readonly input: AgentInput;
  readonly actors: ActorFunctions;
  /** Told of each event that the chart has taken, its own start left out, and of the state after it, in order. */
  readonly onMove: (event: ChartInput, snapshot: AgentSnapshot) => void;
  /** Told of the state at the start and after each event, before `onMove`. */
  readonly onState?: (snapshot: AgentSnapshot) => void;
}

/**
 * Takes one run through the chart: starts the actors that the chart asks for, brings it their answers and people's events,
 * and never decides anything itself. One machine has the loop below; the fleet's is `src/fleet/driver.ts`. Both pass
 * `test/contract/drivers.test.ts`.
 */
export interface RunDriver {
  /** Where the chart is. */
  snapshot(): AgentSnapshot;
  send(event: AgentEvent): void;
  /** Starts the chart and takes it to its end. Never rejects. Call it once. */
  run(): Promise<AgentOutput>;
}

/** The driver of one machine: XState's own actor, in this process. */
export function createActorDriver({ input, actors, onMove, onState }: DriverOptions): RunDriver {
  const actor = createActor(agentMachine.provide({ actors: asActors(actors) }), {
    input,
    inspect(inspected) {
      if (inspected.type !== '@xstate.snapshot' || inspected.actorRef !== actor) return;
      if (inspected.event.type === 'xstate.init') return;
      // The only actor that is `actor` is the chart's.
      onMove(toPlain(inspected.event), inspected.snapshot as AgentSnapshot);
    },
  });
  return {
    snapshot: () => actor.getSnapshot(),
    send: (event) => actor.send(event),
    async run() {
      // An error of the chart itself is a bug; it becomes an ending below.
      actor.subscribe({ next: (snapshot) => onState?.(snapshot), error() {} });
      actor.start();
      const last = await waitFor(actor, ({ status }) => status !== 'active', {
        timeout: Number.POSITIVE_INFINITY,
      }).catch(() => actor.getSnapshot());
      return outputOf(last);
    },
  };
}

/** A run's last word; that of a chart which broke is `internal`. */
export function outputOf({ output, context }: AgentSnapshot): AgentOutput {
  return output ?? { ...endings.internal, iterations: context.saved, tokens: context.tokens };
}

/** An event as JSON keeps it; of an error its message. */
function toPlain(event: AnyEventObject): ChartInput {
  const error: unknown = event['error'];
  return error instanceof Error ? { ...event, error: error.message } : event;
}

/** The one generic adapter: a plain async function becomes an actor, its signal aborted when its state is left. */
function asActors(functions: ActorFunctions) {
  const actor = <TName extends keyof AgentActors>(name: TName) =>
    fromPromise<AgentActors[TName]['output'], AgentActors[TName]['input']>(({ input, signal }) =>
      functions[name](input, signal),
    );
  return {
    openRun: actor('openRun'),
    runCheck: actor('runCheck'),
    readSurroundings: actor('readSurroundings'),
    think: actor('think'),
    validate: actor('validate'),
    runCommand: actor('runCommand'),
    sleepUntil: actor('sleepUntil'),
    observe: actor('observe'),
    saveIteration: actor('saveIteration'),
    awaitRest: actor('awaitRest'),
    awaitDeadline: actor('awaitDeadline'),
    awaitPerson: actor('awaitPerson'),
    closeRun: actor('closeRun'),
  };
}
