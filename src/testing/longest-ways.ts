export interface Edge {
  readonly from: string;
  readonly to: string;
  /** How long it is. [1] */
  readonly length?: number;
}

/**
 * The longest way from each node to an end. An end is a node that no edge leaves: 0. A node from which some way never
 * ends, because it runs into a cycle, is missing.
 */
export function longestWays(edges: readonly Edge[]): ReadonlyMap<string, number> {
  const before = new Map<string, Edge[]>();
  const left = new Map<string, number>();
  for (const edge of edges) {
    const { from, to } = edge;
    const entering = before.get(to);
    if (entering === undefined) before.set(to, [edge]);
    else entering.push(edge);
    left.set(from, (left.get(from) ?? 0) + 1);
    left.set(to, left.get(to) ?? 0);
  }
  // Backwards from the ends: a node is done when everything behind it is.
  const longest = new Map<string, number>();
  for (const [node, count] of left) if (count === 0) longest.set(node, 0);
  const best = new Map<string, number>();
  for (const [node, way] of longest) {
    for (const { from, length = 1 } of before.get(node) ?? []) {
      const rest = (left.get(from) ?? 0) - 1;
      left.set(from, rest);
      best.set(from, Math.max(best.get(from) ?? 0, way + length));
      if (rest === 0) longest.set(from, best.get(from) ?? 0);
    }
  }
  return longest;
}
