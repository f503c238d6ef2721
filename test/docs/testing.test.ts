import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { orderMachine } from '../../examples/order/order.machine.ts';
import { edgesOf, statesOf } from '../../src/machine/structure.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the example in docs/testing.md is the one that runs', () => {
  expect(read('docs/testing.md')).toContain(`\`\`\`ts\n${read('examples/order/order.test.ts')}\`\`\``);
});

test('the machine of the example is what the page says: three actors, two timers, and not ours', () => {
  const states = statesOf(orderMachine);
  expect(states.flatMap(({ invoke }) => invoke.map(({ id }) => id))).toEqual(['charge', 'ship', 'refund']);
  expect(edgesOf(orderMachine).filter((id) => id.includes('xstate.after'))).toHaveLength(2);
});
