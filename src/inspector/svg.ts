import { explain, type Label, type Row } from './drawing.ts';
import type { ChartGraph } from './graph.ts';
import { BOX_PADDING, type Box, type ChartLayout, type DrawnLine, type Rectangle, TITLE_HEIGHT } from './layout.ts';
import { FONT_SIZE, LINE_HEIGHT } from './text-size.ts';

/**
 * Draws a placed chart as one SVG file that needs nothing else. It follows the reader's light or dark setting.
 *
 * A state is a group whose `id` is the state's id. A transition's text has `data-edge` with the transition's id; its
 * line, if it has one, lists the ids of all its transitions in `data-edges`, separated by spaces.
 * @param options.hasStyle false leaves its style out, for a page that brings it
 */
export function toSvg(
  graph: ChartGraph,
  layout: ChartLayout,
  { hasStyle = true }: { hasStyle?: boolean } = {},
): string {
  const width = layout.width + 2 * MARGIN;
  const height = layout.height + 2 * MARGIN;
  const about = graph.nodes.find(({ id }) => id === graph.id)?.description ?? '';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(graph.id)}</title>`,
    `<desc>${escaped(about)}</desc>`,
    ...(hasStyle ? [`<style>${CHART_STYLE}</style>`] : []),
    `<defs>${ARROW}</defs>`,
    `<rect class="page" x="${-MARGIN}" y="${-MARGIN}" width="${width}" height="${height}"/>`,
    // Boxes lie below lines, and lines below labels: a label hides its own line and every line that passes behind it.
    ...layout.boxes.map(drawBox),
    ...layout.dots.map(drawDot),
    ...layout.lines.map(drawLine),
    ...layout.lines.map((line) => drawLabels(line, layout.boxes)),
    '</svg>',
    '',
  ].join('\n');
}

const MARGIN = 16;
const CORNER = 6;

/** The style of every drawn chart. Its colours are custom properties of `svg`. */
export const CHART_STYLE = [
  'svg{--page:#fff;--box:#fff;--inside:#f4f6f8;--border:#8b96a5;--text:#1c2733;--quiet:#5b6775;--line:#5b6775;--bug:#b3372c;--leave:#7a5200;color-scheme:light dark}',
  '@media(prefers-color-scheme:dark){svg{--page:#12171d;--box:#1f2832;--inside:#182028;--border:#66727f;--text:#e8edf2;--quiet:#a3afbb;--line:#9aa6b3;--bug:#ff8f84;--leave:#e5bd6a}}',
  `text{font:${FONT_SIZE.row}px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--text)}`,
  `.name{font-size:${FONT_SIZE.title}px;font-weight:600}`,
  '.page{fill:var(--page)}',
  '.state>rect,.state>circle{fill:var(--box);stroke:var(--border)}',
  '.inside>rect{fill:var(--inside)}',
  '.region>rect{stroke-dasharray:6 4}',
  '.actor,.stay{fill:var(--quiet)}',
  '.leave{fill:var(--leave)}',
  '.bug{fill:var(--bug)}',
  // The stroke is a halo in the colour behind the text: a line stops short of its label.
  '.label text{text-anchor:middle;paint-order:stroke;stroke:var(--page);stroke-width:5px;stroke-linejoin:round}',
  '.label.inside text{stroke:var(--inside)}',
  '.dot,.arrow{fill:var(--line)}',
  '.line{fill:none;stroke:var(--line)}',
].join('\n');

const ARROW =
  '<marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="arrow" d="M0 0.5 8 4 0 7.5z"/></marker>';

function drawBox(box: Box): string {
  const { node } = box;
  const isCompound = node.type === 'compound' || node.type === 'parallel';
  const classes = ['state', node.type, ...(isCompound ? ['inside'] : []), ...(box.isRegion ? ['region'] : [])];
  const shape = node.type === 'history' ? drawHistory(box, node.history) : drawState(box);
  return `<g class="${classes.join(' ')}" id="${escaped(node.id)}"><title>${escaped(node.description)}</title>${shape}</g>`;
}

function drawHistory({ x, y, width, height }: Box, history: 'deep' | 'shallow' | null): string {
  const centre = { x: x + width / 2, y: y + height / 2 };
  const letter = history === 'deep' ? 'H*' : 'H';
  return `<circle cx="${centre.x}" cy="${centre.y}" r="${width / 2}"/><text x="${centre.x}" y="${centre.y + 4}" text-anchor="middle">${letter}</text>`;
}

function drawState(box: Box): string {
  const { x, y, node } = box;
  const left = x + BOX_PADDING;
  const top = y + BOX_PADDING;
  const actors = node.invokes.map(({ src }, at) => write('actor', left, top + TITLE_HEIGHT, at, `⚙ ${src}`));
  const rows = box.rows.map((row, at) => drawRow(row, left, top + TITLE_HEIGHT, at + node.invokes.length));
  return [
    drawRectangle(box),
    ...(node.type === 'final' ? [drawRectangle(shrink(box))] : []),
    `<text class="name" x="${left}" y="${top + FONT_SIZE.title - 1}">${escaped(node.name)}</text>`,
    ...actors,
    ...rows,
  ].join('');
}

function drawRow(row: Row, x: number, y: number, at: number): string {
  return write(row.kind, x, y, at, row.text, row);
}

/** Writes the `at`-th of several texts that stand under each other from `y` on. */
function write(className: string, x: number, y: number, at: number, text: string, label?: Label): string {
  const edge = label === undefined ? '' : ` data-edge="${escaped(label.edge.id)}"`;
  const title = label === undefined ? '' : `<title>${escaped(explain(label.edge))}</title>`;
  const baseline = y + at * LINE_HEIGHT + FONT_SIZE.row - 1;
  return `<text class="${className}" x="${x}" y="${baseline}"${edge}>${title}${escaped(text)}</text>`;
}

function drawRectangle({ x, y, width, height }: Rectangle): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${CORNER}"/>`;
}

function shrink({ x, y, width, height }: Rectangle): Rectangle {
  return { x: x + 3, y: y + 3, width: width - 6, height: height - 6 };
}

function drawDot({ x, y, width, height }: Rectangle): string {
  return `<circle class="dot" cx="${x + width / 2}" cy="${y + height / 2}" r="${width / 2}"/>`;
}

function drawLine({ points, line }: DrawnLine): string {
  const edges = line === null ? '' : ` data-edges="${escaped(line.labels.map(({ edge }) => edge.id).join(' '))}"`;
  return `<path class="line" d="${pathThrough(points)}" marker-end="url(#arrow)"${edges}/>`;
}

function pathThrough(points: DrawnLine['points']): string {
  return points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x} ${y}`).join('');
}

function drawLabels({ line, label }: DrawnLine, boxes: readonly Box[]): string {
  if (line === null || label === null) return '';
  const centre = label.x + label.width / 2;
  const texts = line.labels.map((written, at) => write('event', centre, label.y + 1, at, written.text, written));
  const isInside = boxes.some((box) => contains(box, label));
  return `<g class="label${isInside ? ' inside' : ''}">${texts.join('')}</g>`;
}

function contains(outer: Rectangle, inner: Rectangle): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
