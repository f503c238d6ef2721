import { agentMachine } from '../machine/agent.machine.ts';
import { assertNever } from '../machine/types.ts';
import { toConfig } from './config.ts';
import { toGraph } from './graph.ts';
import { layOut } from './layout.ts';
import { toMermaid } from './mermaid.ts';
import { toSvg } from './svg.ts';

export const chartFormats = ['json', 'mermaid', 'svg'] as const;
export type ChartFormat = (typeof chartFormats)[number];

/**
 * The agent's statechart as text that ends with a newline: the same text every time, until the chart changes.
 * As JSON it is a config that `createMachine` of XState takes as it is.
 */
export async function exportChart(format: ChartFormat): Promise<string> {
  const graph = toGraph(agentMachine);
  switch (format) {
    case 'json':
      return `${JSON.stringify(toConfig(graph), null, 2)}\n`;
    case 'mermaid':
      return toMermaid(graph);
    case 'svg':
      return toSvg(graph, await layOut(graph));
    default:
      return assertNever(format);
  }
}
