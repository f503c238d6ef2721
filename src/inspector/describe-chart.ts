import { agentMachine } from '../machine/agent.machine.ts';
import { explain, guardLabel, labelOf } from './drawing.ts';
import { type ChartGraph, toGraph } from './graph.ts';
import { layOut } from './layout.ts';
import type { Chart, ChartLabel } from './messages.ts';
import { toSvg } from './svg.ts';

/** The agent's chart as viewers draw it. Takes about half a second. */
export async function describeChart(): Promise<Chart> {
  const graph = toGraph(agentMachine);
  return {
    svg: toSvg(graph, await layOut(graph), { hasStyle: false }),
    states: graph.nodes.map(({ id, name, description, parent, type }) => ({
      id,
      name,
      description,
      parent,
      isFinal: type === 'final',
    })),
    edges: describeEdges(graph),
  };
}

/** Every transition of the chart, in its order. */
export function describeEdges(graph: ChartGraph = toGraph(agentMachine)): readonly ChartLabel[] {
  return graph.edges.map((edge) => ({
    id: edge.id,
    source: edge.source,
    targets: edge.targets,
    label: labelOf(edge),
    guard: guardLabel(edge),
    explanation: explain(edge),
  }));
}
