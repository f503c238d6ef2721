import { expect, test } from 'vitest';
import { describeBudget, type Spent } from '../../../src/agent-outcomes.ts';
import type { Limits } from '../../../src/machine/types.ts';

const budget = (limits: Partial<Limits>, spent: Partial<Spent>) =>
  describeBudget(
    { maxIterations: null, maxConsecutiveFailures: null, maxDurationMs: null, maxTotalTokens: null, ...limits },
    { iterations: 1, durationMs: 0, tokens: 0, ...spent },
  );

test('iterations are always told', () => {
  expect(budget({ maxIterations: 20 }, {})).toBe('20 iterations left');
  expect(budget({ maxIterations: 20 }, { iterations: 16 })).toBe('5 iterations left');
  expect(budget({}, { iterations: 99, durationMs: 1e9, tokens: 1e9 })).toBe(null);
});

test('at four fifths of a limit the end is near', () => {
  expect(budget({ maxIterations: 20 }, { iterations: 17 })).toBe('4 iterations left. Finish what matters most');
  expect(budget({ maxDurationMs: 100_000 }, { durationMs: 79_999 })).toBe(null);
  expect(budget({ maxDurationMs: 100_000 }, { durationMs: 80_000 })).toBe('20 seconds left. Finish what matters most');
  expect(budget({ maxTotalTokens: 1000 }, { tokens: 799 })).toBe(null);
  expect(budget({ maxIterations: 9, maxTotalTokens: 1000 }, { tokens: 900 })).toBe(
    '9 iterations left, 100 tokens left. Finish what matters most',
  );
});

test('nothing is ever less than nothing', () => {
  expect(budget({ maxDurationMs: 1000, maxTotalTokens: 10 }, { durationMs: 5000, tokens: 50 })).toBe(
    '0 seconds left, 0 tokens left. Finish what matters most',
  );
});
