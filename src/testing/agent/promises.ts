import { isDeepStrictEqual } from 'node:util';
import type { AgentInput } from '../../machine/types.ts';
import { isMove } from '../explore.ts';
import { HOLDS, never, noCircle } from '../invariants.ts';
import { actorsAliveIn } from '../possible-events.ts';
import { isAtLastIteration } from './abstraction.ts';
import type { AgentExploration, AgentFinding, AgentStep } from './chart-events.ts';
import { isBegin, isNoPause } from './longest-run.ts';
import { stateOf } from './state-words.ts';
import { allowedBy } from './way-memory.ts';

/** P1: no command of the model reaches the shell without the validator's verdict `allow`. */
export function onlyAllowedCommandsRun(exploration: AgentExploration, { approve }: AgentInput): AgentFinding {
  return never(exploration, ({ from, event, effects }) => {
    const started = effects.find(({ kind, id }) => kind === 'start' && id === 'runCommand');
    if (started === undefined) return null;
    const allowed = allowedBy(event, from.memory.allowed);
    const { iteration, workingDirectory } = from.snapshot.context;
    if (allowed === null) return 'A command starts that the validator has not allowed.';
    if (!isDeepStrictEqual(started.input, { iteration, command: allowed, workingDirectory })) {
      return `What starts is not what was allowed: ${JSON.stringify(started.input)}.`;
    }
    if (!approve) return null;
    const isApproved = event.type === 'user.approve' && event.iteration === iteration;
    return isApproved ? null : 'A command starts to which no person has said yes.';
  });
}

/**
 * P2: every run ends, in one of the five final states. Relied on: actors settle, questions to a person are answered, and
 * nobody keeps pausing. Without a limit of iterations it says that nothing but the limit is missing.
 */
export function everyRunEnds(exploration: AgentExploration): AgentFinding {
  return firstRefuted(
    () => endsAreFinal(exploration),
    () => noDeadEnd(exploration),
    () => noCircle(exploration, (step) => isNoPause(step) && !isBegin(step)),
    () => limitEnds(exploration),
  );
}

/** P3: a stop is honoured from every state in which the end is not yet decided, and then the run closes and is over. */
export function stopsAreHonoured(exploration: AgentExploration): AgentFinding {
  return firstRefuted(
    () =>
      never(exploration, ({ from, event, to, landed }) => {
        if (event.type !== 'user.stop' || from.snapshot.value === 'stopping') return null;
        if (landed.value !== 'stopping') return `A stop in ${stateOf(from.snapshot)} is not honoured.`;
        const wanted = from.snapshot.context.ending ?? { status: 'stopped', cause: event.cause };
        if (!isDeepStrictEqual(landed.context.ending, wanted)) return 'The stop is not what the run ends with.';
        const alive = actorsAliveIn(to.snapshot);
        return isDeepStrictEqual(alive, ['closeRun']) ? null : `After a stop these are at work: ${alive.join(', ')}.`;
      }),
    () =>
      never(exploration, (step) => {
        const { from, event, landed } = step;
        if (from.snapshot.value !== 'stopping') return null;
        const { ending } = from.snapshot.context;
        if (event.type.endsWith('.closeRun')) {
          return landed.value === ending?.status
            ? null
            : `A run that ends as ${ending?.status} is led to ${stateOf(landed)}.`;
        }
        return isMove(step) || step.effects.length > 0
          ? 'The end was decided, and something else than its being closed leads on.'
          : null;
      }),
  );
}

function endsAreFinal({ configurations, ...rest }: AgentExploration): AgentFinding {
  const five = ['completed', 'stopped', 'exhausted', 'stuck', 'failed'];
  return never({ configurations, ...rest }, ({ landed: { status, value, context, output } }) => {
    if (status === 'active') return null;
    if (status !== 'done' || !five.includes(String(value)))
      return `The chart ends as ${status}, in ${JSON.stringify(value)}.`;
    const { ending, saved, tokens } = context;
    const wanted = { ...ending, iterations: saved, tokens };
    return isDeepStrictEqual(output, wanted) ? null : `The run's last word is ${JSON.stringify(output)}.`;
  });
}

/** What P2 relies on leads on from everywhere: no bug, no stop, no deadline has to come to help. */
function noDeadEnd(exploration: AgentExploration): AgentFinding {
  const left = new Set(
    exploration.steps
      .filter(isOrdinary)
      .filter(isMove)
      .map(({ from }) => from),
  );
  const dead = exploration.configurations.find((one) => one.snapshot.status === 'active' && !left.has(one));
  if (dead === undefined) return HOLDS;
  const reason = 'Actors may settle and people may answer, and nothing leads on from here.';
  return never(exploration, ({ to }) => (to === dead ? reason : null));
}

/** No iteration begins after the last one. */
function limitEnds(exploration: AgentExploration): AgentFinding {
  return never(exploration, (step) =>
    isBegin(step) && isAtLastIteration(step.from.snapshot.context) ? 'An iteration begins after the last one.' : null,
  );
}

function isOrdinary({ event }: AgentStep): boolean {
  if (event.type === 'xstate.done.actor.awaitDeadline') return false;
  return event.type.startsWith('xstate.done') || ['user.approve', 'user.deny', 'user.goOn'].includes(event.type);
}

function firstRefuted(...questions: readonly (() => AgentFinding)[]): AgentFinding {
  for (const ask of questions) {
    const finding = ask();
    if (!finding.holds) return finding;
  }
  return HOLDS;
}
