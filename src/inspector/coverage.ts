import type { ChartLabel, ChartState, Coverage, Frame } from './messages.ts';

/** Counts, run by run, what was entered and taken. */
export interface CoverageCount {
  /** @param frames of one run, from its first on */
  add(frames: readonly Frame[]): void;
  total(): Coverage;
}

/**
 * Counts how often each state was entered and each transition taken. A state counts as entered when it is active after an
 * event and was not before, or was left and entered again by a transition to it, or when an eventless transition left it.
 */
export function createCoverageCount(chart: {
  readonly states: readonly Pick<ChartState, 'id'>[];
  readonly edges: readonly Pick<ChartLabel, 'id' | 'source' | 'targets' | 'isEventless'>[];
}): CoverageCount {
  const ways = new Map(chart.edges.map((edge) => [edge.id, edge]));
  const states = new Map(chart.states.map(({ id }) => [id, 0]));
  const edges = new Map(chart.edges.map(({ id }) => [id, 0]));
  let runs = 0;

  return {
    add(frames) {
      let before: ReadonlySet<string> = new Set();
      let hasMoved = false;
      for (const frame of frames) {
        if (frame.kind !== 'moved') continue;
        hasMoved = true;
        if (frame.event === '') before = new Set();
        const taken = frame.edges.flatMap((id) => ways.get(id) ?? []);
        const again = new Set(taken.flatMap(({ targets }) => targets));
        for (const id of frame.active) if (!before.has(id) || again.has(id)) increment(states, id);
        for (const { id, isEventless, source } of taken) {
          increment(edges, id);
          if (isEventless) increment(states, source);
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
