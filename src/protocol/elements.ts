import { XMLParser } from 'fast-xml-parser';
import { closeTag, DECISION_TAGS, type DecisionTag, openTag, THINK_TAG } from './tags.ts';

/** The contents of a decision's elements in the order they stood; no more than the first two of each. */
export type Elements = Readonly<Record<DecisionTag, readonly string[]>>;

/**
 * Finds the elements of a decision in whatever a model wrote. Total, and linear in the length of the text.
 *
 * An element runs from its opening tag to its first closing tag, and what stands between is taken as it is. A tag may
 * have white space before its `>`, and nothing else. Outside of elements everything is prose: stray `<`, tags that are
 * never closed, fences. A `<think>` that is closed is skipped with all that it holds; with `isInThoughts` it is prose
 * too.
 */
export function readElements(text: string, isInThoughts = false): Elements {
  const isolated = isolateElements(text, isInThoughts ? DECISION_TAGS : [...DECISION_TAGS, THINK_TAG]);
  if (isolated.length === 0) return { action: [], command: [], sleepMs: [], note: [] };
  const document = isolated.map(({ tag, content }) => openTag(tag) + escapeContent(content) + closeTag(tag)).join('\n');
  // The parser's answer has no type; this is the shape of the document above.
  const { answer } = xml.parse(`<answer>${document}</answer>`) as { answer: Partial<Record<DecisionTag, string[]>> };
  const contents = (tag: DecisionTag): string[] => (answer[tag] ?? []).map(unescapeContent);
  return {
    action: contents('action'),
    command: contents('command'),
    sleepMs: contents('sleepMs'),
    note: contents('note'),
  };
}

interface Isolated {
  readonly tag: DecisionTag;
  readonly content: string;
}

// fast-xml-parser reads documents, and an answer is none: it takes `<b and c` for a tag, swallows the closing tag that
// follows, and throws, also inside a stop node. So the elements are cut out of the prose before it sees them.
function isolateElements(text: string, tags: readonly string[]): Isolated[] {
  const isolated: Isolated[] = [];
  const seen = new Map<string, number>();
  const unclosed = new Set<string>();
  const opening = new RegExp(`<(${tags.join('|')})\\s*>`, 'g');
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const name = match[1] ?? '';
    if (unclosed.has(name)) continue;
    const contentStart = opening.lastIndex;
    const closing = new RegExp(`</${name}\\s*>`, 'g');
    closing.lastIndex = contentStart;
    const end = closing.exec(text);
    if (end === null) {
      // Remembered, because searching to the end of the text once for each opening tag would take quadratic time.
      unclosed.add(name);
      continue;
    }
    opening.lastIndex = closing.lastIndex;
    const tag = DECISION_TAGS.find((known) => known === name);
    const count = seen.get(name) ?? 0;
    if (tag === undefined || count === 2) continue;
    seen.set(name, count + 1);
    isolated.push({ tag, content: text.slice(contentStart, end.index) });
  }
  return isolated;
}

const xml = new XMLParser({
  stopNodes: DECISION_TAGS.map((tag) => `answer.${tag}`),
  processEntities: false,
  parseTagValue: false,
  trimValues: false,
  ignoreAttributes: true,
  isArray: (name) => name !== 'answer',
});

// `<` would begin a tag even in a stop node. The parser turns a CR into a LF, and the policy must see a CR.
function escapeContent(content: string): string {
  return content.replaceAll('%', '%25').replaceAll('<', '%3C').replaceAll('\r', '%0D');
}

function unescapeContent(content: string): string {
  return content.replaceAll('%0D', '\r').replaceAll('%3C', '<').replaceAll('%25', '%');
}
