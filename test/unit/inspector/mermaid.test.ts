import { describe, expect, test } from 'vitest';
import { type ChartGraph, toGraph } from '../../../src/inspector/graph.ts';
import { toMermaid } from '../../../src/inspector/mermaid.ts';
import { agentMachine } from '../../../src/machine/agent.machine.ts';

describe('the mermaid text of the agent', () => {
  const graph = toGraph(agentMachine);
  const lines = toMermaid(graph).split('\n');

  test('declares every state once', () => {
    const declared = lines.flatMap((line) => /^ *state ".+" as (\w+)/.exec(line)?.[1] ?? []);
    expect(declared).toEqual(graph.nodes.slice(1).map(({ path }) => path.join('_')));
  });

  test('speaks only of states that it declares', () => {
    const declared = new Set(lines.flatMap((line) => /^ *state ".+" as (\w+)/.exec(line)?.[1] ?? []));
    const ends = lines.flatMap((line) => /^ *(\S+) --> (\S+)/.exec(line)?.slice(1) ?? []);
    expect(ends.filter((name) => name !== '[*]' && !declared.has(name))).toEqual([]);
  });

  test('closes what it opens', () => {
    const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
    expect([count(/ \{$/), count(/^ *note /)]).toEqual([count(/^ *\}$/), count(/^ *end note$/)]);
  });

  test('separates the two regions', () => {
    expect(lines.filter((line) => line.trim() === '--').length).toBe(1);
  });
});

test('a small chart is written as a person would', () => {
  expect(toMermaid(lamp).split('\n')).toEqual([
    'stateDiagram-v2',
    '  [*] --> off',
    '  state "off" as off',
    '  off : ⚙ watch',
    '  state "on" as on {',
    '    [*] --> on_dim',
    '    state "dim" as on_dim',
    '  }',
    '  note right of on',
    '    light.reset ➜ dim',
    '  end note',
    '  state "broken" as broken',
    '  broken --> [*]',
    '  off --> on : light.press#58; hard#59; now',
    '',
  ]);
});

const empty = { description: '', tags: [], initial: null, history: null, invokes: [], entry: [], exit: [] };
const external = { kind: 'external', guard: null, actions: [], description: '' } as const;
const lamp: ChartGraph = {
  id: 'm',
  nodes: [
    { ...empty, id: 'm', name: 'm', path: [], parent: null, type: 'compound', initial: 'm.off' },
    {
      ...empty,
      id: 'm.off',
      name: 'off',
      path: ['off'],
      parent: 'm',
      type: 'atomic',
      invokes: [{ id: 'w', src: 'watch' }],
    },
    { ...empty, id: 'm.on', name: 'on', path: ['on'], parent: 'm', type: 'compound', initial: 'm.on.dim' },
    { ...empty, id: 'm.on.dim', name: 'dim', path: ['on', 'dim'], parent: 'm.on', type: 'atomic' },
    { ...empty, id: 'm.broken', name: 'broken', path: ['broken'], parent: 'm', type: 'final' },
  ],
  edges: [
    {
      ...external,
      id: 'm.off|light.press: hard; now|0',
      source: 'm.off',
      targets: ['m.on'],
      event: 'light.press: hard; now',
    },
    { ...external, id: 'm.on|light.reset|0', source: 'm.on', targets: ['m.on.dim'], event: 'light.reset' },
  ],
};
