import { agentMachine } from '../machine/agent.machine.ts';
import type { JournalRecord } from './format.ts';
import { nameState, type ReplayStep, replaySteps } from './replay.ts';

/** A guard that the chart asked on its way, and what it said. */
export interface AskedGuard {
  readonly name: string;
  readonly holds: boolean;
}

/** One event of a run, and why it led where it did. */
export interface ExplainedStep extends ReplayStep {
  /** States such as `running.loop.planning.thinking + running.watchdog.calm`; null before the first. */
  readonly from: string | null;
  readonly to: string | null;
  /** In the order in which they were asked. The last one that holds decided. */
  readonly guards: readonly AskedGuard[];
}

/** Replays a journal, and notes what every guard said. */
export function explainSteps(records: readonly JournalRecord[]): readonly ExplainedStep[] {
  const asked: AskedGuard[] = [];
  const machine = withGuardsTold((guard) => asked.push(guard));
  const steps: ExplainedStep[] = [];
  for (const step of replaySteps(records, machine)) {
    const { before, after } = step;
    const [from, to] = [before && nameState(before), after && nameState(after)];
    steps.push({ ...step, from, to, guards: asked.splice(0) });
  }
  return steps;
}

/** The same chart; `tell` is called with each guard that it asks. */
export function withGuardsTold(tell: (guard: AskedGuard) => void): typeof agentMachine {
  const told = Object.entries(agentMachine.implementations.guards).map(([name, guard]) => [
    name,
    (args: never, params: never) => {
      // The chart's guards are all functions: none of them is made of others.
      const holds = (guard as (args: unknown, params: unknown) => boolean)(args, params);
      tell({ name, holds });
      return holds;
    },
  ]);
  return agentMachine.provide({ guards: Object.fromEntries(told) });
}
