import type { JournalRecord } from '../journal/format.ts';
import { agentMachine } from '../machine/agent.machine.ts';
import { createFrameMaker } from './frames.ts';
import { toGraph } from './graph.ts';
import type { Coverage } from './messages.ts';

/** Counts, run by run, what was entered and taken. */
export interface CoverageCount {
  add(records: readonly JournalRecord[]): void;
  total(): Coverage;
}

/**
 * Counts how often each state was entered and each transition taken. A state counts as entered when it is active after an
 * event and was not before, or was left and entered again by a transition to it, or when an eventless transition left it.
 */
export function createCoverageCount(): CoverageCount {
  const graph = toGraph(agentMachine);
  const ways = new Map(graph.edges.map((edge) => [edge.id, edge]));
  const states = new Map(graph.nodes.filter(({ type }) => type !== 'history').map(({ id }) => [id, 0]));
  const edges = new Map(graph.edges.map(({ id }) => [id, 0]));
  let runs = 0;

  return {
    add(records) {
      let before: ReadonlySet<string> = new Set();
      let hasMoved = false;
      for (const frame of createFrameMaker().add(records)) {
        if (frame.kind !== 'moved') continue;
        hasMoved = true;
        if (frame.event === '') before = new Set();
        const taken = frame.edges.flatMap((id) => ways.get(id) ?? []);
        const again = new Set(taken.flatMap(({ targets }) => targets));
        for (const id of frame.active) if (!before.has(id) || again.has(id)) increment(states, id);
        for (const { id, event, source } of taken) {
          increment(edges, id);
          if (event === '') increment(states, source);
        }
        before = new Set(frame.active);
      }
      if (hasMoved) runs += 1;
    },
    total: () => ({ runs, states: Object.fromEntries(states), edges: Object.fromEntries(edges) }),
  };
}

function increment(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}
