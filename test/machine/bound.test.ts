import { describe, expect, test } from 'vitest';
import type { AgentInput } from '../../src/machine/types.ts';
import { type AgentConfiguration, type AgentStep, isOfPerson } from '../../src/testing/agent/chart-events.ts';
import { exploreAgent } from '../../src/testing/agent/explore-agent.ts';
import { isMove } from '../../src/testing/explore.ts';
import { longestWays } from '../../src/testing/longest-ways.ts';
import { distinct, show, stateOf, stateWithWatchdog } from './readable.ts';
import { inputWith, settings, smoothAnswers } from './settings.ts';

const explorations = settings.map((setting) => ({ ...setting, ...exploreAgent({ ...setting, isExact: true }) }));
const configurations = explorations.flatMap((exploration) => exploration.configurations);
const steps = explorations.flatMap((exploration) => exploration.steps);

describe('P2: every run ends, within a bound computed from its limits', () => {
  test.each(explorations)(
    '$name: from everywhere, actors that settle and questions that are answered lead to an end',
    ({ configurations, steps }) => {
      const ways = longestWays(steps.filter(isMove).filter(isOrdinary).map(toEdge));
      const isEndless = ({ key, snapshot }: AgentConfiguration) =>
        snapshot.status === 'active' && (ways.get(key) ?? 0) === 0;
      expect(configurations.filter(isEndless).map(stateOf)).toEqual([]);
    },
  );

  test('every cycle without an event of a person passes beginIteration, whatever the limits are', () => {
    const answers = steps.filter(({ event }) => !isOfPerson(event));
    const begins = ({ from, to }: AgentStep) => to.snapshot.context.iteration > from.snapshot.context.iteration;
    const cyclic = (some: readonly AgentStep[]) => {
      const edges = some.map(({ from, to }) => ({ from: stateWithWatchdog(from), to: stateWithWatchdog(to) }));
      const ways = longestWays(edges);
      return distinct(edges.map(({ from }) => from)).filter((state) => !ways.has(state));
    };
    expect(cyclic(answers.filter((step) => !begins(step)))).toEqual([]);
    expect(cyclic(answers)).toContain('planning.reading | calm');
  });

  test.each(explorations.filter(({ input }) => input.limits.maxIterations !== null))(
    '$name: no run has more events than the bound, and some run has as many',
    ({ input, start, steps }) => {
      expect(longestWays(steps.filter(isMove).filter(isNoPause).map(toEdge)).get(start.key)).toBe(boundOf(input));
    },
  );

  test.each([1, 2, 3, 4, 8])('the bound grows with the limit: %i iterations', (maxIterations) => {
    for (const wish of [{}, { hasCheck: true, checkEach: true }, { approve: true }]) {
      const input = inputWith({ limits: { maxIterations }, ...wish });
      const { start, steps } = exploreAgent({ input, answers: smoothAnswers, isExact: true });
      expect(longestWays(steps.filter(isMove).filter(isNoPause).map(toEdge)).get(start.key)).toBe(boundOf(input));
    }
  });

  test('no count passes its limit', () => {
    const isPast = (count: number, limit: number | null) => limit !== null && count > limit;
    const wrong = configurations.filter(
      ({ snapshot: { context } }) =>
        isPast(context.iteration, context.limits.maxIterations) ||
        isPast(context.failures, context.limits.maxConsecutiveFailures),
    );
    expect(distinct(wrong.map(stateOf))).toEqual([]);
  });

  // A deviation: askingPerson goes on to waiting and not to judging, so no limit is looked at on the way.
  test('a person who says go on at the last iteration does not buy another one', () => {
    const input = inputWith({ limits: { maxIterations: 4 }, isPersonThere: true });
    const answers = { ...smoothAnswers, observe: [{ repeats: 9 }] };
    const { configurations } = exploreAgent({ input, answers, isExact: true });
    expect(Math.max(...configurations.map(({ snapshot }) => snapshot.context.iteration))).toBe(4);
  });

  test('no answer is ignored: whatever an actor that is alive says leads on', () => {
    expect(
      steps
        .filter(({ event }) => !isOfPerson(event))
        .filter((step) => !isMove(step))
        .map(show),
    ).toEqual([]);
  });

  test('no step ends in an error of the chart', () => {
    expect(distinct(configurations.map(({ snapshot }) => snapshot.status))).toEqual(['active', 'done']);
  });
});

const isNoPause = ({ event }: AgentStep) => event.type !== 'user.pause';
const toEdge = ({ from, to }: AgentStep) => ({ from: from.key, to: to.key });

/** What P2 counts on: actors settle, and a person who was asked answers. No bug, no stop, no deadline comes to help. */
function isOrdinary({ event }: AgentStep): boolean {
  if (event.type === 'xstate.done.actor.awaitDeadline') return false;
  return event.type.startsWith('xstate.done') || ['user.approve', 'user.deny', 'user.goOn'].includes(event.type);
}

/** The events of the longest run: opening, the iterations, the last of which does not rest, and closing. */
function boundOf({ limits, hasCheck, checkEach, approve, isPersonThere }: AgentInput): number {
  const iterations = limits.maxIterations ?? Number.NaN;
  const openings = hasCheck ? 2 : 1;
  const perIteration = 7 + (checkEach ? 1 : 0) + (approve ? 1 : 0);
  // The watchdog climbs one level an iteration, and somebody who says go on sends it down again.
  const questions = isPersonThere ? Math.floor(iterations / 4) : 0;
  return openings + iterations * perIteration - 1 + questions + 1;
}
