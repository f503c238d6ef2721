import { childrenOf, type Line, toDrawing } from './drawing.ts';
import type { ChartGraph, ChartNode } from './graph.ts';

/**
 * Writes a chart as a mermaid `stateDiagram-v2`, for pages that draw it themselves, such as a README on GitHub. It shows
 * what the SVG shows: the same lines, and the same rows in a state, or in a note beside one that has states inside.
 */
export function toMermaid(graph: ChartGraph): string {
  const { lines, rows } = toDrawing(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  // Mermaid cannot draw a line from a state to a state inside it: such a line is written as a row.
  const inward = lines.filter(isInward);
  const outward = lines.filter((line) => !isInward(line));
  return `${['stateDiagram-v2', ...insideOf(graph.id).map(indent), ...outward.map(writeLine).map(indent)].join('\n')}\n`;

  function isInward({ source, target }: Pick<Line, 'source' | 'target'>): boolean {
    const parent = nodes.get(target)?.parent ?? null;
    return parent !== null && (parent === source || isInward({ source, target: parent }));
  }

  function insideOf(id: string): string[] {
    const node = nodes.get(id);
    const start = node?.initial ? [`[*] --> ${nameOf(node.initial)}`] : [];
    const blocks = childrenOf(graph, id).map(writeState);
    return [...start, ...(node?.type === 'parallel' ? withRegions(node, blocks) : blocks.flat())];
  }

  /** The history of a parallel state stands in its first region: mermaid knows nothing between regions. */
  function withRegions(node: ChartNode, blocks: readonly string[][]): string[] {
    const children = childrenOf(graph, node.id);
    const firstRegion = children.findIndex(({ type }) => type !== 'history');
    return blocks.flatMap((block, at) => (at > firstRegion && isRegion(children[at]) ? ['--', ...block] : block));
  }

  function writeState(node: ChartNode): string[] {
    const name = nameOf(node.id);
    const declared = `state "${quoted(titleOf(node))}" as ${name}`;
    const inside = insideOf(node.id);
    const texts = textsOf(node);
    if (inside.length > 0) return [`${declared} {`, ...inside.map(indent), '}', ...writeNote(name, texts)];
    const end = node.type === 'final' ? [`${name} --> [*]`] : [];
    return [declared, ...texts.map((text) => `${name} : ${quoted(text)}`), ...end];
  }

  function textsOf({ id, invokes }: ChartNode): string[] {
    const actors = invokes.map(({ src }) => `⚙ ${src}`);
    const inwardLabels = inward.filter(({ source }) => source === id).flatMap(inwardTexts);
    return [...actors, ...(rows.get(id) ?? []).map(({ text }) => text), ...inwardLabels];
  }

  function inwardTexts({ labels, target }: Line): string[] {
    return labels.map(({ text }) => `${text} ➜ ${nodes.get(target)?.name ?? target}`);
  }

  function nameOf(id: string): string {
    return (nodes.get(id)?.path ?? [id]).join('_').replace(/\W/g, '_');
  }

  function writeLine({ source, target, labels }: Line): string {
    const label = labels.map(({ text }) => quoted(text)).join('<br/>');
    return `${nameOf(source)} --> ${nameOf(target)} : ${label}`;
  }
}

function isRegion(node: ChartNode | undefined): boolean {
  return node !== undefined && node.type !== 'history';
}

function writeNote(name: string, texts: readonly string[]): string[] {
  if (texts.length === 0) return [];
  return [`note right of ${name}`, ...texts.map(quoted).map(indent), 'end note'];
}

function titleOf({ name, type, history }: ChartNode): string {
  if (type !== 'history') return name;
  return history === 'deep' ? `${name} (H*)` : `${name} (H)`;
}

/** Mermaid reads `:`, `;`, `#`, quotes and brackets of other kinds as its own; a character's number is always text. */
function quoted(text: string): string {
  return text.replace(/[^\w .,()[\]/*➜⚙-]/gu, (character) => `#${character.codePointAt(0)};`);
}

function indent(line: string): string {
  return `  ${line}`;
}
