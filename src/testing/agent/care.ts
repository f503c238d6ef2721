import { isDeepStrictEqual } from 'node:util';
import { isMove } from '../explore.ts';
import { never } from '../invariants.ts';
import { actorsAliveIn } from '../possible-events.ts';
import type { AgentExploration, AgentFinding, AgentSnapshot, ChartEvent } from './chart-events.ts';
import { isBegin } from './longest-run.ts';
import { stateOf } from './state-words.ts';
import { onceAnIteration } from './way-memory.ts';

/** No event that matters is dropped in silence. */
export function nothingIsDropped(exploration: AgentExploration): AgentFinding {
  return never(exploration, (step) => {
    const { from, event } = step;
    if (isMove(step) || !matters(from.snapshot, event)) return null;
    return `${event.type} in ${stateOf(from.snapshot)} changes nothing.`;
  });
}

/** A pause is honoured at once, or noted and honoured after the iteration; it holds everything, and leads back. */
export function pauseReturns(exploration: AgentExploration): AgentFinding {
  const { tryStep } = exploration;
  return never(exploration, ({ from, event, landed }) => {
    const { value, context } = landed;
    if (event.type === 'user.pause' && canPause(from.snapshot) && value !== 'paused' && !context.pauseAsked) {
      return 'A pause is asked for, and neither honoured nor noted.';
    }
    if (
      event.type === 'user.pause' &&
      value !== 'paused' &&
      from.snapshot.matches('running') &&
      isHarmless(from.snapshot)
    ) {
      return 'Nothing would be lost by holding the run here at once, and the pause waits.';
    }
    if (landed.matches({ running: { loop: 'resting' } }) && context.pauseAsked) {
      return 'The iteration is over, and the pause that was asked for is not honoured.';
    }
    if (value !== 'paused' || from.snapshot.value === 'paused') return null;
    const working = actorsAliveIn(landed).filter((id) => id !== 'awaitDeadline');
    if (working.length > 0) return `While the run is paused these are at work: ${working.join(', ')}.`;
    const unpaused = { ...from.snapshot, context: { ...from.snapshot.context, pauseAsked: false } };
    const wanted = event.type === 'user.pause' ? from.snapshot : tryStep(unpaused, event).snapshot;
    const resumed = tryStep(landed, { type: 'user.goOn' }).snapshot;
    if (!isDeepStrictEqual(resumed.value, wanted.value)) {
      return `Going on leads to ${stateOf(resumed)}, and without the pause the run would be in ${stateOf(wanted)}.`;
    }
    const isSame = isDeepStrictEqual(resumed.context, { ...wanted.context, pauseAsked: false });
    return isSame ? null : 'After a pause the context is not what it would be without.';
  });
}

/**
 * No actor is alive twice, those are alive that the states name, and in one iteration none that acts starts twice. Until
 * the end is decided one awaits the deadline.
 */
export function noActorTwice(exploration: AgentExploration): AgentFinding {
  return never(exploration, (step) => {
    const { from, landed, effects } = step;
    const alive = new Set(actorsAliveIn(from.snapshot));
    for (const { kind, id } of effects) {
      if (kind === 'stop') alive.delete(id);
      if (kind !== 'start') continue;
      if (alive.has(id)) return `${id} starts while it is alive.`;
      if (onceAnIteration.includes(id) && !isBegin(step) && from.memory.started.includes(id)) {
        return `${id} starts a second time in one iteration.`;
      }
      alive.add(id);
    }
    const named = actorsAliveIn(landed);
    if (landed.status === 'active' && landed.value !== 'stopping' && !named.includes('awaitDeadline')) {
      return 'Nobody awaits the deadline here.';
    }
    if (isDeepStrictEqual([...alive].sort(), [...named].sort())) return null;
    return `Alive are ${[...alive].join(', ')}, and the states name ${named.join(', ')}.`;
  });
}

/** Does somebody count on this event there? */
function matters(snapshot: AgentSnapshot, event: ChartEvent): boolean {
  const { value, context } = snapshot;
  switch (event.type) {
    case 'user.stop':
      return value !== 'stopping';
    case 'user.pause':
      return canPause(snapshot) && !context.pauseAsked;
    case 'user.goOn':
      return value === 'paused' || value === 'askingPerson' || (context.pauseAsked && value !== 'stopping');
    case 'user.approve':
    case 'user.deny':
      return snapshot.matches({ running: { loop: 'approving' } }) && event.iteration === context.iteration;
    default:
      // Whatever an actor that is alive says.
      return true;
  }
}

/** Nothing is at work that must not be given up and done again. */
function isHarmless(snapshot: AgentSnapshot): boolean {
  return !actorsAliveIn(snapshot).some((id) => onceAnIteration.includes(id));
}

/** Where the run is held already, or being closed, nobody needs a pause. */
function canPause({ value }: AgentSnapshot): boolean {
  return value !== 'paused' && value !== 'askingPerson' && value !== 'stopping';
}
