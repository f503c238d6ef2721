import { isDeepStrictEqual } from 'node:util';
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine, SnapshotFrom } from 'xstate';
import { type CommandedActor, startOnCommand } from './commanded-actor.ts';
import type { Path } from './paths.ts';
import { actorsAliveIn } from './possible-events.ts';
import { describeTrace } from './trace.ts';

export interface RunPathOptions<TSnapshot, TEvent> {
  readonly input?: unknown;
  /** Asked after each step; whatever it throws fails the path. */
  readonly check?: (actor: CommandedActor<TSnapshot, TEvent>) => void;
}

/**
 * Drives a running machine along a path, and compares after each step: the same state, context and output, the same actors
 * alive. At the end the machine is stopped, and must leave no actor behind.
 * @returns the transitions that were taken, by `edgeId`
 * @throws at the first difference, with the path up to there
 */
export async function runPath<TMachine extends AnyStateMachine, TEvent extends AnyEventObject, TMemory>(
  machine: TMachine,
  path: Path<SnapshotFrom<TMachine>, TEvent, TMemory>,
  { input, check }: RunPathOptions<SnapshotFrom<TMachine>, TEvent> = {},
): Promise<readonly string[]> {
  const actor = startOnCommand<TMachine, TEvent>(machine, { input });
  try {
    for (const [index, { event, landed }] of path.entries()) {
      try {
        await actor.happen(event);
        compare(factsOf(actor.snapshot(), actor.alive()), factsOf(landed, [...actorsAliveIn(landed)].sort()));
        check?.(actor);
      } catch (error) {
        throw failedAt(path.slice(0, index + 1), error);
      }
    }
  } finally {
    actor.stop();
  }
  if (actor.alive().length > 0) throw failedAt(path, `Stopped, it leaves behind: ${actor.alive().join(', ')}.`);
  return actor.taken();
}

type Facts = Readonly<Record<'state' | 'status' | 'context' | 'output' | 'alive', unknown>>;

function factsOf({ value, status, context, output }: AnyMachineSnapshot, alive: readonly string[]): Facts {
  return { state: value, status, context, output, alive };
}

function compare(is: Facts, should: Facts): void {
  for (const name of Object.keys(should) as (keyof Facts)[]) {
    if (isDeepStrictEqual(is[name], should[name])) continue;
    throw new Error(`${name} is ${JSON.stringify(is[name])}, and should be ${JSON.stringify(should[name])}.`);
  }
}

function failedAt<TSnapshot extends AnyMachineSnapshot, TEvent extends AnyEventObject, TMemory>(
  path: Path<TSnapshot, TEvent, TMemory>,
  error: unknown,
): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const lines = describeTrace(path).map(({ event, state }, index) => `  ${index + 1}  ${event} → ${state}`);
  return new Error(`${reason}\n${lines.join('\n')}`, { cause: error });
}
