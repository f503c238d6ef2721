import { isDeepStrictEqual } from 'node:util';
import { endings } from '../../machine/endings.ts';
import type { AgentContext, Ending } from '../../machine/types.ts';
import { isMove } from '../explore.ts';
import { never } from '../invariants.ts';
import { isAtLastIteration } from './abstraction.ts';
import type { AgentExploration, AgentFinding, AgentStep } from './chart-events.ts';

/** Every ending has its cause: it is decided when that is there and not before, and the first one wins. */
export function endingsHaveCauses(exploration: AgentExploration): AgentFinding {
  return never(exploration, (step) => {
    const wanted = expectedEnding(step);
    const { value, status, context } = step.landed;
    if (!isDeepStrictEqual(context.ending, wanted)) {
      return `The ending is ${nameOf(context.ending)}, and should be ${nameOf(wanted)}.`;
    }
    const isOver = value === 'stopping' || status !== 'active';
    if (isOver && wanted === null) return 'The run is being closed, and nothing says why.';
    if (!isOver && wanted !== null && context.saved === context.iteration) {
      return 'The end is decided and the iteration is saved, and the run goes on.';
    }
    const isChecked = step.effects.some(({ kind, id }) => kind === 'start' && id === 'runCheck');
    return isCheckDue(step) && !isChecked ? 'The check is not asked.' : null;
  });
}

/** Before the first iteration, before a STOP is accepted, and if that is wished after each command. */
function isCheckDue({ from, event }: AgentStep): boolean {
  const { hasCheck, checkEach } = from.snapshot.context;
  if (event.type === 'xstate.done.actor.openRun') return hasCheck && event.output.ok;
  if (event.type === 'xstate.done.actor.validate') return hasCheck && event.output.decision?.action === 'STOP';
  return event.type === 'xstate.done.actor.runCommand' && hasCheck && checkEach && event.output.ok;
}

/** What docs and types promise of endings, said once more without the chart. */
function expectedEnding(step: AgentStep): Ending | null {
  const { from, event, landed } = step;
  const { ending: before, hasCheck, decision } = from.snapshot.context;
  if (!isMove(step)) return before;
  switch (event.type) {
    case 'user.stop':
      return before ?? { status: 'stopped', cause: event.cause };
    case 'user.goOn':
      return (
        before ?? (from.snapshot.value === 'askingPerson' ? judge({ ...landed.context, watchdogLevel: 'calm' }) : null)
      );
    case 'xstate.done.actor.openRun':
      return event.output.ok ? before : (before ?? event.output.ending);
    case 'xstate.done.actor.runCheck':
      return event.output.passed ? (before ?? endings.checkPassed) : before;
    case 'xstate.done.actor.validate':
      return event.output.decision?.action === 'STOP' && !hasCheck ? (before ?? endings.agentStop) : before;
    case 'xstate.done.actor.runCommand':
      return event.output.ok ? before : endings.journalUnwritable;
    case 'xstate.done.actor.saveIteration':
      if (!event.output.ok) return endings.journalUnwritable;
      return before ?? (decision?.action === 'STOP' && !hasCheck ? endings.agentStop : judge(landed.context));
    case 'xstate.done.actor.awaitDeadline':
      return before ?? endings.outOfTime;
    case 'xstate.done.actor.awaitPerson':
      return before ?? endings.stuck;
    case 'xstate.error.actor.saveIteration':
      return endings.internal;
    case 'xstate.error.actor.closeRun':
      return before;
    default:
      return event.type.startsWith('xstate.error') ? (before ?? endings.internal) : before;
  }
}

/** After an iteration: failed before stuck before exhausted. Somebody who is there is asked before the run is stuck. */
function judge(context: AgentContext): Ending | null {
  const { failures, tokens, limits, watchdogLevel, isPersonThere, before } = context;
  const isReached = (count: number, limit: number | null) => limit !== null && count >= limit;
  const spent = tokens.evaluated + tokens.generated - (before ? before.tokens.evaluated + before.tokens.generated : 0);
  if (isReached(failures, limits.maxConsecutiveFailures)) return endings.tooManyFailures;
  if (watchdogLevel === 'givingUp') return isPersonThere ? null : endings.stuck;
  if (isAtLastIteration(context)) return endings.outOfIterations;
  return isReached(spent, limits.maxTotalTokens) ? endings.outOfTokens : null;
}

function nameOf(ending: Ending | null): string {
  return ending === null ? 'none' : `${ending.status} (${ending.cause})`;
}
