import { createPureDriver } from '../../machine/pure-driver.ts';
import type { AgentInput, Limits } from '../../machine/types.ts';
import { isAtLastIteration } from './abstraction.ts';
import type { AgentMachine, AgentSnapshot, AgentStep, ChartEvent } from './chart-events.ts';
import { isBegin } from './longest-run.ts';
import { stateWithWatchdog } from './state-words.ts';

/**
 * The limits with which a run goes the way of an abstract trace: where the trace comes to "at the limit" on its second
 * iteration, the limit is 2. Null when no run goes that way: then the trace is of the abstraction and not of the chart.
 */
export function limitsOfTrace(machine: AgentMachine, input: AgentInput, trace: readonly AgentStep[]): Limits | null {
  const limits = { ...input.limits, ...counted(input, trace) };
  const pure = createPureDriver<AgentMachine, ChartEvent>(machine, { ...input, limits });
  let { snapshot } = pure.start();
  for (const step of trace) {
    snapshot = pure.step(snapshot, asHappens(step, snapshot)).snapshot;
    if (stateWithWatchdog(snapshot) !== stateWithWatchdog(step.to.snapshot)) return null;
  }
  return limits;
}

function counted({ limits }: AgentInput, trace: readonly AgentStep[]): Partial<Limits> {
  let iterations = 0;
  let failures = 0;
  const found: { -readonly [K in keyof Limits]?: Limits[K] } = {};
  for (const step of trace) {
    const [before, after] = [step.from.snapshot.context, step.to.snapshot.context];
    if (isBegin(step)) iterations += 1;
    failures =
      step.landed.context.failures > before.failures
        ? failures + 1
        : after.failures === 0 && isReset(step)
          ? 0
          : failures;
    if (isAtLastIteration(after)) found.maxIterations ??= iterations;
    if (limits.maxConsecutiveFailures !== null && after.failures >= limits.maxConsecutiveFailures) {
      found.maxConsecutiveFailures ??= failures;
    }
  }
  return found;
}

function isReset({ event, from }: AgentStep): boolean {
  return event.type === 'xstate.done.actor.observe' && from.snapshot.context.outcome?.kind === 'ok';
}

/** The same event with the numbers that the real run has come to. */
function asHappens({ event, from }: AgentStep, { context }: AgentSnapshot): ChartEvent {
  const abstract = from.snapshot.context;
  if (event.type === 'user.approve' || event.type === 'user.deny') {
    return { ...event, iteration: context.iteration + event.iteration - abstract.iteration };
  }
  if (event.type !== 'xstate.done.actor.closeRun') return event;
  const saved = event.output.saved === abstract.iteration ? context.iteration : context.saved;
  return { ...event, output: { saved } };
}
