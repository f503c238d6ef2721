import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { toConfig } from '../../../src/inspector/config.ts';
import { exportChart } from '../../../src/inspector/export-chart.ts';
import { toGraph } from '../../../src/inspector/graph.ts';
import { agentMachine } from '../../../src/machine/agent.machine.ts';

test('the exported config, read by XState as it is, is the same chart', async () => {
  const rebuilt = createMachine(JSON.parse(await exportChart('json')));
  expect(toGraph(rebuilt)).toEqual(toGraph(agentMachine));
});

test('what is not in our chart is kept too: entry, exit, shallow history, targets in several regions', () => {
  const machine = createMachine({
    id: 'shop',
    initial: 'open',
    states: {
      open: {
        type: 'parallel',
        entry: 'ring',
        exit: { type: 'lock', params: { times: 2 } },
        states: {
          door: { initial: 'shut', states: { shut: {}, ajar: {} } },
          light: {
            initial: 'off',
            states: { off: { on: { 'switch.pressed': { target: 'on', guard: 'isPaid' } } }, on: {} },
          },
          before: { type: 'history', history: 'shallow' },
        },
        on: { close: 'closed', 'party.began': { target: ['.door.ajar', '.light.on'], actions: ['sing'] } },
      },
      closed: { type: 'final', description: 'Come back tomorrow.', tags: ['quiet'] },
    },
  });
  const graph = toGraph(machine);
  expect(toGraph(createMachine(JSON.parse(JSON.stringify(toConfig(graph)))))).toEqual(graph);
});
