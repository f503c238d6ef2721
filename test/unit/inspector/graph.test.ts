import { describe, expect, test } from 'vitest';
import { assign, initialTransition, setup, transition } from 'xstate';
import { type ChartEdge, type ChartNode, edgeId, toGraph, UNNAMED } from '../../../src/inspector/graph.ts';
import { agentMachine } from '../../../src/machine/agent.machine.ts';

const graph = toGraph(agentMachine);

describe('the graph of the agent', () => {
  test('describes every state in a sentence', () => {
    expect(graph.nodes.filter(({ description }) => !/^\S.*[.?]$/.test(description))).toEqual([]);
  });

  test('has a name for every guard, action and actor', () => {
    expect([...graph.edges.flatMap(namesOfEdge), ...graph.nodes.flatMap(namesOfNode)]).not.toContain(UNNAMED);
  });

  test('leads every transition to a state of the chart', () => {
    const ids = new Set(graph.nodes.map(({ id }) => id));
    expect(graph.edges.flatMap(({ source, targets }) => [source, ...targets]).filter((id) => !ids.has(id))).toEqual([]);
  });

  test('gives every state and every transition an id of its own', () => {
    const ids = [...graph.nodes, ...graph.edges].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('survives JSON unchanged', () => {
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
  });

  test('ends in the five final states, in the order of the source', () => {
    expect(graph.nodes.filter(({ type }) => type === 'final').map(({ name }) => name)).toEqual([
      'completed',
      'stopped',
      'exhausted',
      'stuck',
      'failed',
    ]);
  });
});

describe('toGraph', () => {
  test('shows all that a state says of itself', () => {
    expect(toGraph(doorMachine).nodes).toEqual([
      aNode({ id: 'door', type: 'compound', parent: null, path: [], initial: 'door.shut' }),
      aNode({
        id: 'door.shut',
        description: 'Nobody passes.',
        tags: ['safe'],
        invokes: [{ id: 'watch', src: 'awaitKnock' }],
        entry: [{ name: 'ring', params: { times: 2 } }],
      }),
      aNode({ id: 'door.open', type: 'parallel' }),
      aNode({ id: 'door.open.again', type: 'history', history: 'shallow' }),
      aNode({ id: 'door.open.light' }),
      aNode({ id: 'door.open.wind', type: 'final' }),
    ]);
  });

  test('shows all that a transition says of itself', () => {
    expect(toGraph(doorMachine).edges).toEqual([
      anEdge({
        id: 'door.shut|door.push|0',
        targets: ['door.open'],
        guard: { name: 'isStrong', params: { atLeast: 3 } },
        actions: [{ name: 'ring' }],
        description: 'It gives way.',
      }),
      anEdge({ id: 'door.shut|door.push|1', targets: ['door.shut'], kind: 'self' }),
      anEdge({ id: 'door.shut|door.knock|0', kind: 'internal', actions: [{ name: UNNAMED }] }),
      anEdge({ id: 'door.shut||0', targets: ['door.open.light', 'door.open.wind'], guard: { name: UNNAMED } }),
    ]);
  });

  test('leaves out parameters that are computed from the event', () => {
    const [push] = toGraph(doorMachine).edges;
    expect(push?.actions).toEqual([{ name: 'ring' }]);
  });
});

describe('edgeId', () => {
  test('names a transition that ran as the graph names it', () => {
    const taken: string[] = [];
    const [first] = initialTransition(doorMachine);
    for (const { source, transitions } of Object.values(doorMachine.root.states).map((source) => ({
      source,
      transitions: [...source.transitions.values(), source.always ?? []].flat(),
    }))) {
      for (const one of transitions) if (one.source === source) taken.push(edgeId(one));
    }
    expect(transition(doorMachine, first, { type: 'door.push' })[0].value).toEqual({ open: { light: {}, wind: {} } });
    expect(taken).toEqual(toGraph(doorMachine).edges.map(({ id }) => id));
  });
});
