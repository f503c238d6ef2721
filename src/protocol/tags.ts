/** The elements of a decision, in the order in which they are written. */
export const DECISION_TAGS = ['action', 'command', 'sleepMs', 'note'] as const;

export type DecisionTag = (typeof DECISION_TAGS)[number];

/** Some models think aloud in this element before they answer. What it holds is never read as a decision. */
export const THINK_TAG = 'think';

export function openTag(tag: DecisionTag): string {
  return `<${tag}>`;
}

export function closeTag(tag: DecisionTag): string {
  return `</${tag}>`;
}
