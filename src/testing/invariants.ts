import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import { type Configuration, type Exploration, isMove, pathTo, type Step } from './explore.ts';
import { longestWays } from './longest-ways.ts';
import { describeTrace } from './trace.ts';

/** Whether something is true of every way that a machine can go; if not, the shortest way that shows it. */
export type Finding<TSnapshot = unknown, TEvent = unknown, TMemory = unknown> =
  | { readonly holds: true }
  | {
      readonly holds: false;
      /** One sentence: what is wrong where the trace ends. */
      readonly reason: string;
      readonly trace: readonly Step<TSnapshot, TEvent, TMemory>[];
    };

export const HOLDS: Finding<never, never, never> = { holds: true };

/** Is this true wherever the machine can be? */
export function always<TSnapshot, TEvent, TMemory>(
  { configurations }: Exploration<TSnapshot, TEvent, TMemory>,
  isTrue: (configuration: Configuration<TSnapshot, TEvent, TMemory>) => boolean,
  reason = 'This should be true everywhere, and is not here.',
): Finding<TSnapshot, TEvent, TMemory> {
  const wrong = configurations.find((configuration) => !isTrue(configuration));
  return wrong === undefined ? HOLDS : { holds: false, reason, trace: pathTo(wrong) };
}

/**
 * Does no step ever do this? A step knows where it begins and ends, its event, what it starts and stops, and which
 * transitions it takes. The predicate answers true, or the sentence that says what is wrong.
 */
export function never<TSnapshot, TEvent, TMemory>(
  { steps }: Exploration<TSnapshot, TEvent, TMemory>,
  isWrong: (step: Step<TSnapshot, TEvent, TMemory>) => boolean | string | null,
  reason = 'This should never happen, and does.',
): Finding<TSnapshot, TEvent, TMemory> {
  for (const step of steps) {
    const found = isWrong(step);
    if (found === false || found === null) continue;
    return { holds: false, reason: found === true ? reason : found, trace: [...pathTo(step.from), step] };
  }
  return HOLDS;
}

/**
 * Does every way lead there in the end, from wherever the machine can be? Only steps that pass `along` count: name what
 * can be relied on, such as that actors settle. Refuted by a way into a circle or a dead end; of a circle the trace shows
 * one turn.
 */
export function eventually<TSnapshot, TEvent, TMemory>(
  exploration: Exploration<TSnapshot, TEvent, TMemory>,
  isThere: (configuration: Configuration<TSnapshot, TEvent, TMemory>) => boolean,
  along: (step: Step<TSnapshot, TEvent, TMemory>) => boolean = () => true,
): Finding<TSnapshot, TEvent, TMemory> {
  const open = (step: Step<TSnapshot, TEvent, TMemory>) => !isThere(step.from) && isMove(step) && along(step);
  const left = new Set(exploration.steps.filter(open).map(({ from }) => from));
  const dead = exploration.configurations.find((one) => !isThere(one) && !left.has(one));
  if (dead !== undefined) {
    return { holds: false, reason: 'Nothing that can be relied on leads on from here.', trace: pathTo(dead) };
  }
  return noCircle(exploration, open);
}

/** Does every way along these steps come to an end? If not, the trace leads into a circle and once around. */
export function noCircle<TSnapshot, TEvent, TMemory>(
  { configurations, steps }: Exploration<TSnapshot, TEvent, TMemory>,
  along: (step: Step<TSnapshot, TEvent, TMemory>) => boolean,
): Finding<TSnapshot, TEvent, TMemory> {
  const open = steps.filter((step) => isMove(step) && along(step));
  const ending = longestWays(open.map(({ from, to }) => ({ from: from.key, to: to.key })));
  const next = new Map<string, Step<TSnapshot, TEvent, TMemory>>();
  for (const step of open) {
    if (!ending.has(step.from.key) && !ending.has(step.to.key))
      next.set(step.from.key, next.get(step.from.key) ?? step);
  }
  const first = configurations.find(({ key }) => next.has(key));
  if (first === undefined) return HOLDS;
  const seen = new Set<string>();
  const circle: Step<TSnapshot, TEvent, TMemory>[] = [];
  for (let step = next.get(first.key); step && !seen.has(step.from.key); step = next.get(step.to.key)) {
    seen.add(step.from.key);
    circle.push(step);
  }
  const reason = 'From here the way can go in a circle for ever.';
  return { holds: false, reason, trace: [...pathTo(first), ...circle] };
}

/** @throws when something does not hold: with the reason, and the way that shows it, a line for each event */
export function assertHolds<TSnapshot extends AnyMachineSnapshot, TEvent extends AnyEventObject, TMemory>(
  finding: Finding<TSnapshot, TEvent, TMemory>,
): void {
  if (finding.holds) return;
  const lines = describeTrace(finding.trace).map(({ event, state }, index) => `  ${index + 1}  ${event} → ${state}`);
  throw new Error([finding.reason, ...lines].join('\n'));
}
