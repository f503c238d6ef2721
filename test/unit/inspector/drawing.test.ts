import { describe, expect, test } from 'vitest';
import { explain, labelOf, toDrawing } from '../../../src/inspector/drawing.ts';
import type { ChartEdge, ChartGraph, ChartNode } from '../../../src/inspector/graph.ts';
import { toGraph } from '../../../src/inspector/graph.ts';
import { agentMachine } from '../../../src/machine/agent.machine.ts';

describe('toDrawing', () => {
  test('shows each transition of the agent once, as a line or as a row', () => {
    const graph = toGraph(agentMachine);
    const { lines, rows } = toDrawing(graph);
    const shown = [...lines.flatMap(({ labels }) => labels), ...[...rows.values()].flat()].map(({ edge }) => edge.id);
    expect(shown.sort()).toEqual(graph.edges.map(({ id }) => id).sort());
  });

  test('draws one line for all transitions between two states, and names an event once', () => {
    const edges = [
      anEdge('m.a|go|0', 'm.b', { guard: { name: 'isNear' } }),
      anEdge('m.a|go|1', 'm.b'),
      anEdge('m.a|xstate.error.actor.walk|0', 'm.b'),
    ];
    const { lines } = toDrawing(aGraph(['a', 'b'], edges));
    expect(lines.map(({ source, target, labels }) => [source, target, labels.map(({ text }) => text)])).toEqual([
      ['m.a', 'm.b', ['go [isNear]', '[else]', 'error(walk)']],
    ]);
  });

  test('writes what only an actor that failed can do, and what changes no state, as rows', () => {
    const edges = [
      anEdge('m.a|xstate.error.actor.walk|0', 'm.b'),
      anEdge('m.a|wait|0', null, { actions: [{ name: 'count' }] }),
      anEdge('m.a|stop|0', null),
      anEdge('m.a|again|0', 'm.a', { kind: 'self' }),
    ];
    const { lines, rows } = toDrawing(aGraph(['a', 'b'], edges));
    expect(lines).toEqual([]);
    expect(rows.get('m.a')?.map(({ kind, text }) => [kind, text])).toEqual([
      ['bug', 'error(walk) ➜ b'],
      ['stay', 'wait / count'],
      ['stay', 'stop / ignored'],
      ['leave', 'again ➜ a'],
    ]);
  });

  test('keeps only the busiest of more than three lines from elsewhere to one state', () => {
    const edges = [
      anEdge('m.a|end|0', 'm.end'),
      anEdge('m.b|end|0', 'm.end'),
      anEdge('m.c|end|0', 'm.end'),
      anEdge('m.c|leave|0', 'm.end'),
    ];
    const names = ['a', 'b', 'c', 'd', 'end'];
    expect(linesOf(aGraph(names, edges))).toEqual(['m.a m.end', 'm.b m.end', 'm.c m.end']);
    expect(linesOf(aGraph(names, [...edges, anEdge('m.d|end|0', 'm.end')]))).toEqual(['m.c m.end']);
  });

  test('draws a transition into several regions once, and names them all', () => {
    const { lines } = toDrawing(aGraph(['a', 'b', 'c'], [anEdge('m.a|go|0', 'm.b', { targets: ['m.b', 'm.c'] })]));
    expect(lines.map(({ target, labels }) => [target, labels[0]?.text])).toEqual([['m.b', 'go ➜ b, c']]);
  });
});

test('an eventless transition is labelled by its guard, or as always', () => {
  expect(labelOf(anEdge('m.a||0', 'm.b', { guard: { name: 'isNear' } }))).toBe('[isNear]');
  expect(labelOf(anEdge('m.a||0', 'm.b'))).toBe('always');
});

test('an explanation has the label, the actions with what the chart fixes of them, and the description', () => {
  const actions = [{ name: 'count' }, { name: 'end', params: { status: 'failed', cause: 'internal' } }];
  const edge = anEdge('m.a|xstate.done.actor.walk|0', 'm.b', { actions, description: 'It arrives.' });
  expect(explain(edge)).toBe('done(walk) / count, end failed internal\nIt arrives.');
});

function linesOf(graph: ChartGraph): string[] {
  return toDrawing(graph).lines.map(({ source, target }) => `${source} ${target}`);
}

function aGraph(names: readonly string[], edges: readonly ChartEdge[]): ChartGraph {
  return { id: 'm', nodes: names.map(aNode), edges };
}

function aNode(name: string): ChartNode {
  const empty = { description: '', tags: [], initial: null, history: null, invokes: [], entry: [], exit: [] };
  return { ...empty, id: `m.${name}`, name, path: [name], parent: 'm', type: 'atomic' };
}

function anEdge(id: string, target: string | null, change: Partial<ChartEdge> = {}): ChartEdge {
  const [source = '', event = ''] = id.split('|');
  const kind = target === null ? 'internal' : 'external';
  const targets = target === null ? [] : [target];
  return { id, source, event, targets, kind, guard: null, actions: [], description: '', ...change };
}
