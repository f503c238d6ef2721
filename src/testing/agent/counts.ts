import { isDeepStrictEqual } from 'node:util';
import type {
  AgentActors,
  AgentContext,
  AgentInput,
  FailureCode,
  Outcome,
  WatchdogLevel,
} from '../../machine/types.ts';
import { isMove } from '../explore.ts';
import { never } from '../invariants.ts';
import type { AgentExploration, AgentFinding, AgentStep } from './chart-events.ts';
import { isBegin } from './longest-run.ts';

/** Every iteration is counted, judged and saved once; what is counted changes where it should, and nowhere else. */
export function countsAreRight(exploration: AgentExploration, { limits }: AgentInput): AgentFinding {
  return never(exploration, (step) => {
    const { from, event, landed } = step;
    const { iteration, saved } = from.snapshot.context;
    const [wanted, found] = [expectedCounts(step), landed.context];
    for (const [name, count] of Object.entries(wanted)) {
      const is = found[name as keyof Counts];
      if (!isDeepStrictEqual(is, count)) {
        return `After ${event.type} the context says ${name} ${JSON.stringify(is)}; it should be ${JSON.stringify(count)}.`;
      }
    }
    if (isBegin(step) && saved !== iteration) return 'An iteration begins, and the one before is not saved.';
    const { maxConsecutiveFailures: limit } = limits;
    if (limit !== null && found.failures > limit) return 'The run goes on after more failures than the limit allows.';
    const { value } = landed;
    const level = typeof value === 'object' && 'running' in value ? value.running.watchdog : found.watchdogLevel;
    return level === found.watchdogLevel
      ? null
      : `The watchdog is ${level}, and the context says ${found.watchdogLevel}.`;
  });
}

type Counts = Pick<AgentContext, 'iteration' | 'saved' | 'failures' | 'tokens' | 'outcome' | 'watchdogLevel'>;

/** What the vocabulary promises of counters and outcomes, said once more without the chart. */
function expectedCounts(step: AgentStep): Counts {
  const { from, event } = step;
  const { context } = from.snapshot;
  const { iteration, saved, failures, tokens, outcome, watchdogLevel, hasCheck } = context;
  const same: Counts = { iteration, saved, failures, tokens, outcome, watchdogLevel };
  const begun: Counts = { ...same, iteration: iteration + 1, outcome: null };
  if (!isMove(step)) return same;
  switch (event.type) {
    case 'xstate.done.actor.openRun':
      return event.output.ok && !hasCheck ? begun : same;
    case 'xstate.done.actor.runCheck':
      if (from.snapshot.matches('starting')) return event.output.passed ? same : begun;
      return context.decision?.action === 'RUN'
        ? same
        : { ...same, outcome: event.output.passed ? ok : failure('check-failed') };
    case 'xstate.done.actor.think': {
      const { evaluated, generated } = event.output.tokens;
      const sum = { evaluated: tokens.evaluated + evaluated, generated: tokens.generated + generated };
      return { ...same, tokens: sum, outcome: event.output.ok ? outcome : failure('model-error') };
    }
    case 'xstate.done.actor.validate':
      return { ...same, outcome: outcomeOfRuling(event.output, hasCheck) };
    case 'user.deny':
      return { ...same, outcome: { ...failure('command-denied'), byPerson: true } };
    case 'xstate.done.actor.runCommand':
      return event.output.ok ? { ...same, outcome: event.output.outcome } : same;
    case 'xstate.done.actor.sleepUntil':
      return { ...same, outcome: ok };
    case 'xstate.done.actor.observe':
      return {
        ...same,
        failures: failuresAfter(failures, outcome),
        watchdogLevel: levelAfter(context, event.output.repeats),
      };
    case 'xstate.done.actor.saveIteration':
      return event.output.ok ? { ...same, saved: iteration } : same;
    case 'user.goOn':
      return from.snapshot.value === 'askingPerson' ? { ...same, watchdogLevel: 'calm' } : same;
    case 'xstate.done.actor.awaitRest':
      return begun;
    case 'xstate.done.actor.closeRun':
      return { ...same, saved: event.output.saved };
    default:
      return same;
  }
}

function outcomeOfRuling({ decision, verdict }: AgentActors['validate']['output'], hasCheck: boolean): Outcome | null {
  switch (decision?.action) {
    case 'RUN':
      return verdict?.kind === 'allow' ? null : failure('command-denied');
    case 'SLEEP':
      return null;
    case 'STOP':
      return hasCheck ? null : ok;
    default:
      return failure('malformed-decision');
  }
}

/** A success forgets failures; a setback and a person's no leave the count alone. */
function failuresAfter(failures: number, outcome: Outcome | null): number {
  if (outcome?.kind === 'ok') return 0;
  return outcome?.kind === 'failure' && outcome.byPerson !== true ? failures + 1 : failures;
}

/** One level an iteration, and calm again as soon as something moves. */
function levelAfter({ watchdogLevel, patience }: AgentContext, repeats: number): WatchdogLevel {
  if (repeats === 0) return 'calm';
  const { nudgeAfter, diversifyAfter, giveUpAfter } = patience;
  const isReached = (count: number | null) => count !== null && repeats >= count;
  switch (watchdogLevel) {
    case 'calm':
      return isReached(2) ? 'suspicious' : 'calm';
    case 'suspicious':
      return isReached(nudgeAfter) ? 'nudged' : 'suspicious';
    case 'nudged':
      return isReached(diversifyAfter) ? 'diversifying' : 'nudged';
    default:
      return isReached(giveUpAfter) ? 'givingUp' : watchdogLevel;
  }
}

const withoutCommand = { exitCode: null, truncated: false, durationMs: 0 } as const;
const ok: Outcome = { kind: 'ok', ...withoutCommand };

function failure(code: FailureCode): Outcome {
  return { kind: 'failure', code, ...withoutCommand };
}
