import type { AnyEventObject, AnyStateMachine, SnapshotFrom } from 'xstate';
import { createPureDriver } from '../machine/pure-driver.ts';
import type { Step } from './explore.ts';
import { possibleEvents, type World } from './possible-events.ts';
import { runPath } from './run-path.ts';
import { describeTrace } from './trace.ts';

export interface RandomWalkOptions<TSnapshot, TEvent> extends World<TSnapshot, TEvent> {
  readonly input?: unknown;
  /** Asked after each step: true, false, or the sentence that says what is wrong. */
  readonly isRight?: (step: Step<TSnapshot, TEvent>) => boolean | string;
  /** Also drives a running machine along each walk, and compares: see `runPath`. [false] */
  readonly withActors?: boolean;
  /** How many walks. [100] */
  readonly runs?: number;
  /** How many events a walk has at most. [50] */
  readonly maxLength?: number;
  /** Makes the same walks again. [random] */
  readonly seed?: number;
}

/**
 * Takes random walks through a machine that is too big to be explored as a whole, or whose context grows for ever. A walk
 * on which something is wrong is made as short and as plain as it can be before it is told.
 *
 * Needs fast-check, which is an optional peer dependency.
 * @throws with the shortest walk found, and the seed that makes it again
 */
export async function checkRandomWalks<
  TMachine extends AnyStateMachine,
  TEvent extends AnyEventObject = AnyEventObject,
>(machine: TMachine, options: RandomWalkOptions<SnapshotFrom<TMachine>, TEvent>): Promise<void> {
  const { input, isRight = () => true, withActors = false, runs = 100, maxLength = 50, seed } = options;
  const fc = await loadFastCheck();
  const walk = async (choices: readonly number[]) => {
    const steps = walkAlong(machine, options, choices);
    const wrong = findWrong(steps, isRight);
    if (wrong !== null) return wrong;
    if (!withActors) return null;
    return runPath(machine, steps, { input }).then(
      () => null,
      (error: Error) => ({ reason: error.message.split('\n')[0] ?? '', steps }),
    );
  };
  const property = fc.asyncProperty(
    fc.array(fc.nat({ max: 1_000_000 }), { maxLength, size: 'max' }),
    async (choices) => (await walk(choices)) === null,
  );
  const result = await fc.check(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) });
  const [choices] = result.counterexample ?? [];
  if (choices === undefined) return;
  const wrong = await walk(choices);
  const lines = describeTrace(wrong?.steps ?? []).map(
    ({ event, state }, index) => `  ${index + 1}  ${event} → ${state}`,
  );
  throw new Error(
    [
      `${wrong?.reason ?? 'It went wrong once, and not again.'} Make this walk again with the seed ${result.seed}.`,
      ...lines,
    ].join('\n'),
  );
}

type Steps<TMachine extends AnyStateMachine, TEvent> = readonly Step<SnapshotFrom<TMachine>, TEvent>[];

/** Each number chooses among what can happen next; small numbers choose what comes first in the lists. */
function walkAlong<TMachine extends AnyStateMachine, TEvent extends AnyEventObject>(
  machine: TMachine,
  { input, ...world }: RandomWalkOptions<SnapshotFrom<TMachine>, TEvent>,
  choices: readonly number[],
): Steps<TMachine, TEvent> {
  const pure = createPureDriver<TMachine, TEvent>(machine, input);
  const steps: Step<SnapshotFrom<TMachine>, TEvent>[] = [];
  let from: Step<SnapshotFrom<TMachine>, TEvent>['from'] = {
    key: '0',
    snapshot: pure.start().snapshot,
    memory: null,
    foundBy: null,
  };
  for (const choice of choices) {
    const events = possibleEvents(from.snapshot, world);
    const event = events[choice % events.length];
    if (event === undefined) break;
    const { snapshot, effects, taken } = pure.step(from.snapshot, event);
    const to = { key: String(steps.length + 1), snapshot, memory: null, foundBy: null };
    steps.push({ from, event, to, landed: snapshot, effects, taken });
    from = to;
  }
  return steps;
}

function findWrong<TSnapshot, TEvent>(
  steps: readonly Step<TSnapshot, TEvent>[],
  isRight: (step: Step<TSnapshot, TEvent>) => boolean | string,
): { readonly reason: string; readonly steps: readonly Step<TSnapshot, TEvent>[] } | null {
  for (const [index, step] of steps.entries()) {
    const found = isRight(step);
    if (found === true) continue;
    return {
      reason: found === false ? 'This should be right after every step, and is not.' : found,
      steps: steps.slice(0, index + 1),
    };
  }
  return null;
}

async function loadFastCheck() {
  try {
    return await import('fast-check');
  } catch (cause) {
    throw new Error('Random walks need fast-check, which is not installed. Run "npm install --save-dev fast-check".', {
      cause,
    });
  }
}
