import { expect, test } from 'vitest';
import type { TurnFacts } from '../../../src/machine/types.ts';
import { describeEarlier } from '../../../src/services/model/earlier.ts';

test('files made and removed, what failed, and what the check said last', () => {
  expect(
    describeEarlier([
      facts({ made: ['a.txt', 'b.txt'] }),
      facts({ failed: 'curl x (command-denied: curl is denied)' }),
      facts({ made: ['a.txt'], removed: ['b.txt', 'old.txt'], check: '3 tests fail' }),
      facts({ check: '1 test fails' }),
    ]),
  ).toBe(
    'Earlier: made a.txt; removed old.txt; failed: curl x (command-denied: curl is denied); the check said: 1 test fails',
  );
});

test('nothing to tell is nothing', () => {
  expect(describeEarlier([])).toBe(null);
  expect(describeEarlier([facts({ made: ['x'] }), facts({ removed: ['x'] })])).toBe(null);
});

test('it stays short, and the newest is kept', () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    facts({ made: [`file-${index}`], failed: `command ${index}` }),
  );
  const text = describeEarlier(many) ?? '';
  expect(text.length).toBeLessThan(400);
  expect(text).toContain('file-299 (and 288 more)');
  expect(text).toContain('failed: command 299');
});

function facts(changes: Partial<TurnFacts>): TurnFacts {
  return { turn: 0, made: [], removed: [], failed: null, check: null, ...changes };
}
