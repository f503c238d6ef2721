import type { ChartEdge, ChartGraph, ChartNode, Named } from './graph.ts';

/** What a picture shows of a chart: lines between states, and rows written inside a state. Each transition is in one of them. */
export interface Drawing {
  readonly lines: readonly Line[];
  /** By the state's id, in the chart's order. */
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

/** All transitions from one state to another. */
export interface Line {
  readonly source: string;
  readonly target: string;
  readonly labels: readonly Label[];
}

export interface Label {
  readonly edge: ChartEdge;
  readonly text: string;
}

export interface Row extends Label {
  /** `stay` changes no state, `leave` is a way out, `bug` a way out that only a defect of an actor takes. */
  readonly kind: 'stay' | 'leave' | 'bug';
}

/**
 * Decides how each transition is shown. A line is drawn unless it would bury the chart: an actor's error is a row, and
 * where many lines would come to one state from other parts of the chart, only the busiest of them is drawn. A
 * transition into several regions has its line to the first of its targets, and its label names them all.
 */
export function toDrawing(graph: ChartGraph): Drawing {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const groups = groupByEnds(graph.edges.filter((edge) => edge.kind === 'external'));
  const drawn = [...groups.values()].filter(({ edges }) => !edges.every(isBug));
  const lines = drawn.filter((group) => isDrawn(group));
  const inLines = new Set(lines.flatMap(({ edges }) => edges));
  const rows = graph.edges.filter((edge) => !inLines.has(edge)).map(toRow);
  return {
    lines: lines.map(toLine),
    rows: new Map(graph.nodes.map(({ id }) => [id, rows.filter(({ edge }) => edge.source === id)])),
  };

  function isDrawn(group: Group): boolean {
    const rivals = drawn.filter((rival) => rival.target === group.target && isFar(rival));
    return !isFar(group) || rivals.length <= MAX_FAR_LINES || group === busiestOf(rivals);
  }

  function isFar({ source, target }: Group): boolean {
    return topOf(source) !== topOf(target);
  }

  /** The state right below the root that holds the given one. */
  function topOf(id: string): string | undefined {
    return nodes.get(id)?.path[0];
  }

  function toLine({ source, target, edges }: Group): Line {
    return { source, target, labels: edges.map((edge, at) => ({ edge, text: lineLabel(edge, edges[at - 1]) })) };
  }

  /** The second of two transitions on the same event does not name it again. */
  function lineLabel(edge: ChartEdge, before: ChartEdge | undefined): string {
    const isSame = before !== undefined && before.event === edge.event;
    const label = (isSame && guardLabel(edge)) || labelOf(edge);
    return edge.targets.length > 1 ? `${label}${goalOf(edge)}` : label;
  }

  function toRow(edge: ChartEdge): Row {
    if (edge.kind === 'internal')
      return { edge, text: `${labelOf(edge)} / ${actionsLabel(edge) || 'ignored'}`, kind: 'stay' };
    return { edge, text: `${labelOf(edge)}${goalOf(edge)}`, kind: isBug(edge) ? 'bug' : 'leave' };
  }

  function goalOf({ targets }: ChartEdge): string {
    return ` ➜ ${targets.map((id) => nodes.get(id)?.name ?? id).join(', ')}`;
  }
}

/** What a person reads on a transition: `done(think) [isSuccess]`. */
export function labelOf(edge: ChartEdge): string {
  return [eventLabel(edge.event), guardLabel(edge)].filter((part) => part !== '').join(' ') || 'always';
}

/** What a person reads when pointing at a transition: its label, its actions, its description. */
export function explain(edge: ChartEdge): string {
  const actions = actionsLabel(edge);
  return [labelOf(edge) + (actions === '' ? '' : ` / ${actions}`), edge.description]
    .filter((line) => line !== '')
    .join('\n');
}

/** The states right below the given one, in the chart's order. */
export function childrenOf(graph: ChartGraph, id: string): ChartNode[] {
  return graph.nodes.filter(({ parent }) => parent === id);
}

/** More lines than this from other parts of the chart to one state hide the chart behind them. */
const MAX_FAR_LINES = 3;

interface Group {
  readonly source: string;
  readonly target: string;
  readonly edges: readonly ChartEdge[];
}

function groupByEnds(edges: readonly ChartEdge[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const edge of edges) {
    const [target] = edge.targets;
    if (target === undefined) continue;
    const ends = `${edge.source} ${target}`;
    groups.set(ends, { source: edge.source, target, edges: [...(groups.get(ends)?.edges ?? []), edge] });
  }
  return groups;
}

function busiestOf(groups: readonly Group[]): Group | undefined {
  const most = Math.max(...groups.map(({ edges }) => edges.length));
  return groups.find(({ edges }) => edges.length === most);
}

function eventLabel(event: string): string {
  const [, outcome, actor] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event) ?? [];
  return outcome === undefined ? event : `${outcome}(${actor})`;
}

export function guardLabel(edge: ChartEdge): string {
  if (edge.guard !== null) return `[${namedLabel(edge.guard)}]`;
  return edge.id.endsWith('|0') ? '' : '[else]';
}

function actionsLabel({ actions }: ChartEdge): string {
  return actions.map(namedLabel).join(', ');
}

function namedLabel({ name, params }: Named): string {
  if (params === undefined) return name;
  const values = typeof params === 'object' && params !== null ? Object.values(params) : [params];
  return [name, ...values.map(String)].join(' ');
}

function isBug(edge: ChartEdge): boolean {
  return edge.event.startsWith('xstate.error.');
}
