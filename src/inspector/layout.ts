import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import { childrenOf, type Label, type Line, type Row, toDrawing } from './drawing.ts';
import type { ChartGraph, ChartNode } from './graph.ts';
import { LINE_HEIGHT, textWidth } from './text-size.ts';

/** Where everything of a chart is drawn: pixels from the top left corner, whole numbers. */
export interface ChartLayout {
  readonly width: number;
  readonly height: number;
  /** Parents before their children. The root has none. */
  readonly boxes: readonly Box[];
  /** The dots that point at initial states. */
  readonly dots: readonly Rectangle[];
  readonly lines: readonly DrawnLine[];
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Box extends Rectangle {
  readonly node: ChartNode;
  /** A region of a parallel state. */
  readonly isRegion: boolean;
  /** Written below the state's name, `LINE_HEIGHT` each. */
  readonly rows: readonly Row[];
}

export interface DrawnLine {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Null for the line from a dot. */
  readonly line: Line | null;
  /** Where the line's labels are written, one under the other. */
  readonly label: Rectangle | null;
}

/** From the border of a box to its text, and the room its title takes. */
export const BOX_PADDING = 8;
export const TITLE_HEIGHT = 18;

const DOT_SIZE = 10;

/**
 * Places a chart. Deterministic: the same graph gives the same numbers in every process. Takes about half a second.
 */
export async function layOut(graph: ChartGraph): Promise<ChartLayout> {
  const { lines, rows } = toDrawing(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const dotted = graph.nodes.filter(({ initial }) => initial !== null);
  const states = graph.nodes.filter(({ id }) => id !== graph.id);

  const edges = [...lines.map(toElkEdge), ...dotted.map(toDotEdge)];

  // Loading ELK costs a quarter of a second, and most commands never draw.
  const { default: elk } = await import('elkjs/lib/elk.bundled.js');
  const root: ElkNode = { id: graph.id, layoutOptions: options, children: insideOf(graph.id), edges };
  const placed = await new elk.default().layout(root);
  const shapes = new Map(withDescendants(placed).map((shape) => [shape.id, toRectangle(shape)]));
  const routes = new Map((placed.edges ?? []).map((route) => [route.id, route]));

  return {
    width: Math.ceil(placed.width ?? 0),
    height: Math.ceil(placed.height ?? 0),
    boxes: states.map((node) => ({
      ...shapeOf(node.id),
      node,
      isRegion: isRegion(node),
      rows: rows.get(node.id) ?? [],
    })),
    dots: dotted.map(({ id }) => shapeOf(dotId(id))),
    lines: [
      ...lines.map((line, at) => toDrawnLine(line, routes.get(lineId(at)))),
      ...dotted.map(({ id }) => toDrawnLine(null, routes.get(dotId(id)))),
    ],
  };

  function insideOf(id: string): ElkNode[] {
    const dots = dotted.filter((node) => node.id === id);
    return [
      ...dots.map(() => ({ id: dotId(id), width: DOT_SIZE, height: DOT_SIZE })),
      ...childrenOf(graph, id).map(toElkNode),
    ];
  }

  function toElkNode(node: ChartNode): ElkNode {
    const size = sizeOf(node, rows.get(node.id) ?? []);
    const children = insideOf(node.id);
    const place = isRegion(node) ? { 'elk.alignment': 'TOP' } : {};
    if (children.length === 0) return { id: node.id, ...size, layoutOptions: { ...options, ...place } };
    return { id: node.id, children, layoutOptions: { ...options, ...place, ...roomFor(size) } };
  }

  function isRegion({ type, parent }: ChartNode): boolean {
    return type !== 'history' && parent !== null && nodes.get(parent)?.type === 'parallel';
  }

  function shapeOf(id: string): Rectangle {
    return shapes.get(id) ?? toRectangle({});
  }
}

// ELK hands no option down: each compound needs them all, or its inside is laid out with the defaults.
const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  // Any other value crashes elkjs 0.12.1 on compounds.
  'elk.layered.considerModelOrder.strategy': 'NONE',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  // ELK orders what it may order at random. Of the first forty seeds this one draws our chart with the fewest detours.
  'elk.randomSeed': '12',
  'elk.layered.spacing.nodeNodeBetweenLayers': '10',
  'elk.layered.spacing.edgeNodeBetweenLayers': '8',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '6',
  'elk.spacing.nodeNode': '16',
  'elk.spacing.edgeNode': '10',
  'elk.spacing.edgeEdge': '8',
  'elk.spacing.edgeLabel': '3',
};

function roomFor({ width, height }: { width: number; height: number }) {
  return {
    'elk.padding': `[top=${height + 4},left=12,bottom=12,right=12]`,
    'elk.nodeSize.constraints': 'MINIMUM_SIZE',
    'elk.nodeSize.minimum': `(${width}, ${height})`,
  };
}

function toElkEdge({ source, target, labels }: Line, at: number): ElkExtendedEdge {
  const label = { text: ' ', ...labelSize(labels), layoutOptions: { 'elk.edgeLabels.inline': 'true' } };
  return { id: lineId(at), sources: [source], targets: [target], labels: [label] };
}

function toDotEdge({ id, initial }: ChartNode): ElkExtendedEdge {
  return { id: dotId(id), sources: [dotId(id)], targets: [initial ?? id] };
}

function dotId(id: string): string {
  return `dot ${id}`;
}

function lineId(at: number): string {
  return `line ${at}`;
}

function sizeOf(node: ChartNode, rows: readonly Row[]): { width: number; height: number } {
  if (node.type === 'history') return { width: 24, height: 24 };
  const texts = [...node.invokes.map(({ src }) => `⚙ ${src}`), ...rows.map(({ text }) => text)];
  const width = Math.max(textWidth(node.name, 'title'), ...texts.map((text) => textWidth(text, 'row')));
  return { width: width + 2 * BOX_PADDING, height: BOX_PADDING + TITLE_HEIGHT + texts.length * LINE_HEIGHT + 4 };
}

function labelSize(labels: readonly Label[]): { width: number; height: number } {
  const width = Math.max(...labels.map(({ text }) => textWidth(text, 'row')));
  return { width: width + 8, height: labels.length * LINE_HEIGHT + 2 };
}

function withDescendants(shape: ElkNode): ElkNode[] {
  return [shape, ...(shape.children ?? []).flatMap(withDescendants)];
}

function toRectangle({ x = 0, y = 0, width = 0, height = 0 }: Partial<Rectangle>): Rectangle {
  return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
}

function toDrawnLine(line: Line | null, route: ElkExtendedEdge | undefined): DrawnLine {
  const [section] = route?.sections ?? [];
  const [label] = route?.labels ?? [];
  const points = section === undefined ? [] : [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
  return {
    points: points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) })),
    line,
    label: label === undefined ? null : toRectangle(label),
  };
}
