import { agentMachine } from '../machine/agent.machine.ts';
import { explain, guardLabel, labelOf } from './drawing.ts';
import { type ChartGraph, toGraph } from './graph.ts';
import { layOut } from './layout.ts';
import type { Chart, ChartLabel, ChartState } from './messages.ts';
import { toSvg } from './svg.ts';

/** The agent's chart as viewers draw it. Takes about half a second. */
export async function describeChart(): Promise<Chart> {
  const graph = toGraph(agentMachine);
  return {
    svg: toSvg(graph, await layOut(graph), { hasStyle: false }),
    states: describeStates(graph),
    edges: describeEdges(graph),
  };
}

/** Every state that can be active, in the chart's order. */
export function describeStates(graph: ChartGraph = toGraph(agentMachine)): readonly ChartState[] {
  return graph.nodes
    .filter(({ type }) => type !== 'history')
    .map(({ id, name, description, parent, type }) => ({ id, name, description, parent, isFinal: type === 'final' }));
}

/** Every transition of the chart, in its order. */
export function describeEdges(graph: ChartGraph = toGraph(agentMachine)): readonly ChartLabel[] {
  return graph.edges.map((edge) => ({
    id: edge.id,
    source: edge.source,
    targets: edge.targets,
    isEventless: edge.event === '',
    label: labelOf(edge),
    guard: guardLabel(edge),
    explanation: explain(edge),
  }));
}
