import { describe, expect, test } from 'vitest';
import type { AgentContext, AgentInput } from '../../src/machine/types.ts';
import type { AgentConfiguration } from '../../src/testing/agent/chart-events.ts';
import { exploreAgent } from '../../src/testing/agent/explore-agent.ts';
import { isNoPause, longestRun } from '../../src/testing/agent/longest-run.ts';
import { isMove, keyOf } from '../../src/testing/explore.ts';
import { longestWays } from '../../src/testing/longest-ways.ts';
import { stateOf } from '../machine/readable.ts';
import { inputWith } from '../machine/settings.ts';

const cases = [
  ...[1, 2, 3].map((maxIterations) => inputWith({ limits: { maxIterations, maxConsecutiveFailures: 2 } })),
  inputWith({ limits: { maxIterations: 2, maxConsecutiveFailures: 1 }, hasCheck: true, checkEach: true }),
  inputWith({ limits: { maxIterations: 2, maxTotalTokens: 7 }, approve: true }),
].map((input) => ({ input, abstracted: exploreAgent({ input }), real: exploreAgent({ input, isExact: true }) }));

describe('abstracted counters', () => {
  test.each(cases)(
    '%#: every configuration of a real run is among the explored ones',
    ({ input, abstracted, real }) => {
      const explored = new Set(abstracted.configurations.map(({ key }) => key));
      const missing = real.configurations.filter((one) => !explored.has(abstractKey(one, input)));
      expect(missing.map(stateOf)).toEqual([]);
    },
  );

  test('with time for the watchdog to climb, every explored configuration is one of a real run', () => {
    const input = inputWith({ limits: { maxIterations: 6, maxConsecutiveFailures: 2 }, isPersonThere: true });
    const real = new Set(exploreAgent({ input, isExact: true }).configurations.map((one) => abstractKey(one, input)));
    const invented = exploreAgent({ input }).configurations.filter(({ key }) => !real.has(key));
    expect(invented.map(stateOf)).toEqual([]);
  });

  test.each(cases)(
    '%#: the longest run has as many events as without the abstraction',
    ({ input, abstracted, real }) => {
      const moves = real.steps.filter((step) => isMove(step) && isNoPause(step));
      const ways = longestWays(moves.map(({ from, to }) => ({ from: from.key, to: to.key })));
      expect(longestRun(abstracted, input)).toBe(ways.get(real.start.key));
    },
  );

  test('the longest run grows with the limit, as far as anybody likes', () => {
    const longest = (maxIterations: number | null) => {
      const input = inputWith({ limits: { maxIterations } });
      return longestRun(exploreAgent({ input }), input);
    };
    expect([1, 4, 1000, 1_000_000_000, null].map(longest)).toEqual([8, 29, 7001, 7_000_000_001, null]);
  });
});

/** The words of `abstractCounters`, written down once more for one real configuration. */
function abstractKey({ snapshot, memory }: AgentConfiguration, { limits }: AgentInput): string {
  const { iteration, saved, failures, tokens } = snapshot.context;
  const abstracted = below(iteration, limits.maxIterations, iteration === 0 ? 0 : 1);
  const context: AgentContext = {
    ...snapshot.context,
    iteration: abstracted,
    saved: abstracted - (iteration - saved),
    failures: below(failures, limits.maxConsecutiveFailures, 0),
    tokens: { evaluated: below(tokens.evaluated + tokens.generated, limits.maxTotalTokens, 0), generated: 0 },
  };
  return keyOf({ ...snapshot, context }, memory);
}

function below(count: number, limit: number | null, instead: number): number {
  return limit !== null && count >= limit ? limit : instead;
}
