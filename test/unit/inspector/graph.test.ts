import { describe, expect, test } from 'vitest';
import { createActor, fromPromise, setup } from 'xstate';
import { type ChartEdge, type ChartNode, toGraph, UNNAMED } from '../../../src/inspector/graph.ts';
import { agentMachine } from '../../../src/machine/agent.machine.ts';
import { edgeId } from '../../../src/machine/structure.ts';

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

  test('shows all that a transition says of itself, without what is computed from its event', () => {
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
});

describe('edgeId', () => {
  test('names the transitions that a running actor reports as the graph names them', () => {
    const taken: string[] = [];
    const actor = createActor(doorMachine, {
      inspect: (event) => {
        if (event.type === '@xstate.microstep') taken.push(...event._transitions.map(edgeId));
      },
    }).start();
    actor.send({ type: 'door.knock' });
    actor.send({ type: 'door.push', strength: 1 });
    actor.send({ type: 'door.push', strength: 3 });
    expect(taken).toEqual(['door.shut|door.knock|0', 'door.shut|door.push|1', 'door.shut|door.push|0']);
  });
});

const doorMachine = setup({
  types: { events: {} as { type: 'door.push'; strength: number } | { type: 'door.knock' } },
  actors: { awaitKnock: fromPromise<null>(() => new Promise(() => {})) },
  actions: { ring: (_, _params: { times: number }) => {} },
  guards: {
    isStrong: ({ event }, params: { atLeast: number }) => 'strength' in event && event.strength >= params.atLeast,
  },
}).createMachine({
  id: 'door',
  initial: 'shut',
  states: {
    shut: {
      description: 'Nobody passes.',
      tags: 'safe',
      entry: { type: 'ring', params: { times: 2 } },
      invoke: { id: 'watch', src: 'awaitKnock' },
      on: {
        'door.push': [
          {
            guard: { type: 'isStrong', params: { atLeast: 3 } },
            target: 'open',
            actions: { type: 'ring', params: () => ({ times: 1 }) },
            description: 'It gives way.',
          },
          { target: 'shut', reenter: true },
        ],
        'door.knock': { actions: () => {} },
      },
      always: { guard: () => false, target: ['#door.open.light', '#door.open.wind'] },
    },
    open: {
      type: 'parallel',
      states: { again: { type: 'history' }, light: {}, wind: { type: 'final' } },
    },
  },
});

function aNode(node: Pick<ChartNode, 'id'> & Partial<ChartNode>): ChartNode {
  const path = node.path ?? node.id.split('.').slice(1);
  const empty = { description: '', tags: [], initial: null, history: null, invokes: [], entry: [], exit: [] };
  const parent = node.id.split('.').slice(0, -1).join('.');
  return { ...empty, type: 'atomic', name: node.id.split('.').at(-1) ?? '', path, parent, ...node };
}

function anEdge(edge: Pick<ChartEdge, 'id'> & Partial<ChartEdge>): ChartEdge {
  const [source = '', event = ''] = edge.id.split('|');
  return { source, event, targets: [], kind: 'external', guard: null, actions: [], description: '', ...edge };
}

function namesOfEdge({ guard, actions }: ChartEdge): string[] {
  return [...(guard === null ? [] : [guard]), ...actions].map(({ name }) => name);
}

function namesOfNode({ invokes, entry, exit }: ChartNode): string[] {
  return [...invokes.map(({ src }) => src), ...[...entry, ...exit].map(({ name }) => name)];
}
