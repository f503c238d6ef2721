import { beforeAll, describe, expect, test } from 'vitest';
import { toGraph } from '../../../src/inspector/graph.ts';
import {
  BOX_PADDING,
  type Box,
  type ChartLayout,
  layOut,
  type Rectangle,
  TITLE_HEIGHT,
} from '../../../src/inspector/layout.ts';
import { LINE_HEIGHT, textWidth } from '../../../src/inspector/text-size.ts';
import { agentMachine } from '../../../src/machine/agent.machine.ts';

const graph = toGraph(agentMachine);
let layout: ChartLayout;

beforeAll(async () => {
  layout = await layOut(graph);
}, 30_000);

describe('the layout of the agent', () => {
  test('is the same the second time', async () => {
    expect(await layOut(graph)).toEqual(layout);
  }, 30_000);

  test('has a box for every state but the root, and a dot for every initial state', () => {
    expect(layout.boxes.map(({ node }) => node.id)).toEqual(graph.nodes.slice(1).map(({ id }) => id));
    expect(layout.dots.length).toBe(graph.nodes.filter(({ initial }) => initial !== null).length);
  });

  test('keeps every box inside its parent, and apart from the other boxes there', () => {
    const outside = layout.boxes.filter((box) => !contains(parentOf(box), box)).map(nameOf);
    const clashing = pairs(layout.boxes)
      .filter(([one, other]) => one.node.parent === other.node.parent && overlap(one, other))
      .map(([one, other]) => [nameOf(one), nameOf(other)]);
    expect({ outside, clashing }).toEqual({ outside: [], clashing: [] });
  });

  test('leaves room for every text in its box', () => {
    expect(layout.boxes.filter((box) => !contains(box, textOf(box))).map(nameOf)).toEqual([]);
  });

  test('writes no label over another, over the text of a state, or over a state without states', () => {
    const labels = layout.lines.flatMap(({ label }) => (label === null ? [] : [label]));
    const texts = layout.boxes.map((box) => (isCompound(box) ? textOf(box) : box));
    expect(pairs(labels).filter(([one, other]) => overlap(one, other))).toEqual([]);
    expect(labels.filter((label) => texts.some((text) => overlap(label, text)))).toEqual([]);
  });

  // When a change of the chart breaks this one, another `elk.randomSeed` in layout.ts cures it.
  test('draws no line through a text, or through a state without states', () => {
    const strips = layout.lines.flatMap((line) => stripsOf(line.points).map((strip) => ({ strip, line })));
    const texts = layout.boxes.map((box) => (isCompound(box) ? textOf(box) : box));
    const labels = layout.lines.flatMap(({ label, line }) => (label === null ? [] : [{ label, line }]));
    expect(strips.filter(({ strip }) => texts.some((text) => overlap(strip, text)))).toEqual([]);
    expect(
      strips.filter(({ strip, line }) =>
        labels.some((written) => written.line !== line.line && overlap(strip, written.label)),
      ),
    ).toEqual([]);
  });

  test('reads from top to bottom: starting, one iteration, stopping, and the final states last', () => {
    const tops = [
      'agent.starting',
      'agent.running.loop.planning.reading',
      'agent.running.loop.planning.thinking',
      'agent.running.loop.planning.validating',
      'agent.running.loop.acting.executing',
      'agent.running.loop.observing',
      'agent.running.loop.storing',
      'agent.running.loop.resting.judging',
      'agent.stopping',
    ].map((id) => boxOf(id).y);
    const finals = layout.boxes.filter(({ node }) => node.type === 'final').map(({ y }) => y);
    expect(tops).toEqual([...tops].sort((a, b) => a - b));
    expect(new Set(finals)).toEqual(new Set([Math.max(...layout.boxes.map(({ y }) => y))]));
  });

  test('marks the two regions', () => {
    expect(layout.boxes.filter(({ isRegion }) => isRegion).map(nameOf)).toEqual(['loop', 'watchdog']);
  });
});

function boxOf(id: string): Box {
  const box = layout.boxes.find(({ node }) => node.id === id);
  if (box === undefined) throw new Error(`There is no box for ${id}.`);
  return box;
}

function parentOf({ node }: Box): Rectangle {
  const isTop = node.parent === null || node.parent === graph.id;
  return isTop ? { x: 0, y: 0, width: layout.width, height: layout.height } : boxOf(node.parent);
}

/** Where a state's name, actors and rows are written. */
function textOf({ x, y, node, rows }: Box): Rectangle {
  if (node.type === 'history') return { x, y, width: textWidth('H*', 'row'), height: LINE_HEIGHT };
  const texts = [...node.invokes.map(({ src }) => `⚙ ${src}`), ...rows.map(({ text }) => text)];
  const widths = [textWidth(node.name, 'title'), ...texts.map((text) => textWidth(text, 'row'))];
  const height = TITLE_HEIGHT + texts.length * LINE_HEIGHT;
  return { x: x + BOX_PADDING, y: y + BOX_PADDING, width: Math.max(...widths), height };
}

function isCompound({ node }: Box): boolean {
  return node.type === 'compound' || node.type === 'parallel';
}

function stripsOf(points: readonly { x: number; y: number }[]): Rectangle[] {
  return points.slice(1).map((to, at) => {
    const from = points[at] ?? to;
    const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
    return { x, y, width: Math.abs(from.x - to.x), height: Math.abs(from.y - to.y) };
  });
}

function contains(outer: Rectangle, inner: Rectangle): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** Rectangles that only touch do not overlap; numbers are rounded, so a pixel is a touch. */
function overlap(one: Rectangle, other: Rectangle): boolean {
  return (
    one.x + 1 < other.x + other.width &&
    other.x + 1 < one.x + one.width &&
    one.y + 1 < other.y + other.height &&
    other.y + 1 < one.y + one.height
  );
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((one, at) => items.slice(at + 1).map((other): [T, T] => [one, other]));
}

function nameOf({ node }: Box): string {
  return node.name;
}
