import { type EventFrom, initialTransition, transition } from 'xstate';
import { agentMachine } from '../../src/machine/agent.machine.ts';
import type { AgentContext, AgentInput, AgentOutput, Decision, Outcome, Verdict } from '../../src/machine/types.ts';
import { type AgentMachine, type ChartEvent, done } from '../../src/testing/agent/chart-events.ts';
import { stateOf } from '../../src/testing/agent/state-words.ts';
import { allow, ok, run } from './settings.ts';

/** Where a walk has led. */
export interface Arrival {
  readonly state: string;
  readonly context: AgentContext;
  /** What the last step started, with the input it was given. */
  readonly started: Readonly<Record<string, unknown>>;
  readonly output: AgentOutput | undefined;
}

/** Sends the events one by one to a fresh run, by pure steps. An event that changes nothing is a mistake in the walk. */
export function walk(input: AgentInput, ...events: readonly (ChartEvent | readonly ChartEvent[])[]): Arrival {
  let [snapshot, actions] = initialTransition(agentMachine, input);
  for (const event of events.flat()) {
    // XState's types leave the answers of actors out of a machine's events.
    const [next, nextActions] = transition(agentMachine, snapshot, event as EventFrom<AgentMachine>);
    if (next === snapshot)
      throw new Error(`${JSON.stringify(event)} changes nothing in ${JSON.stringify(next.value)}.`);
    snapshot = next;
    actions = nextActions;
  }
  return {
    state: stateOf(snapshot),
    context: snapshot.context,
    started: Object.fromEntries(
      actions.flatMap(({ type, params }) => (type === 'xstate.spawnChild' ? [inputOf(params)] : [])),
    ),
    output: snapshot.output,
  };
}

export const opened = done('openRun', { ok: true });
export const read = done('readSurroundings', null);
export const thought = done('think', { ok: true, answer: 'an answer', tokens: { evaluated: 10, generated: 2 } });
export const noThought = done('think', { ok: false, message: 'Gone.', tokens: { evaluated: 10, generated: 0 } });
export const slept = done('sleepUntil', null);
export const rested = done('awaitRest', null);
export const outOfTime = done('awaitDeadline', null);
export const nobodyAnswered = done('awaitPerson', null);
export const unwritten = done('runCommand', { ok: false });
export const notSaved = done('saveIteration', { ok: false });

export const ran = (outcome: Outcome, workingDirectory = '') =>
  done('runCommand', { ok: true, outcome, workingDirectory });
export const checked = (passed: boolean) => done('runCheck', { passed });
export const observed = (repeats = 0) => done('observe', { repeats });
export const saved = (atMs = 3_000) => done('saveIteration', { ok: true, atMs });
export const closed = (count: number) => done('closeRun', { saved: count });
export const user = (verb: 'pause' | 'goOn') => ({ type: `user.${verb}` }) as const;
export const userStop = { type: 'user.stop', cause: 'person' } as const;

/** From the start of an iteration to the validator's ruling. */
export function planned(decision: Decision | null, verdict: Verdict | null = null): readonly ChartEvent[] {
  const ruling =
    decision === null
      ? { decision, verdict: null, atMs: 2_000, problem: 'No action.' }
      : { decision, verdict, atMs: 2_000 };
  return [read, thought, done('validate', ruling)];
}

/** One whole command of an iteration, up to its outcome. */
export function commanded(outcome: Outcome = ok): readonly ChartEvent[] {
  return [...planned(run('ls'), allow), ran(outcome)];
}

/** From the outcome until the iteration is durable and judged. */
export function kept(repeats = 0): readonly ChartEvent[] {
  return [observed(repeats), saved()];
}

function inputOf(params: unknown): readonly [string, unknown] {
  // XState's types leave out the input that a start carries.
  const { id, input } = params as { id: string; input: unknown };
  return [id, input];
}
