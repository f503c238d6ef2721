import { assertNever, type Decision } from '../machine/types.ts';
import { type Elements, readElements } from './elements.ts';
import { closeTag, type DecisionTag, openTag } from './tags.ts';

/** `problem` is one short sentence for the model. It quotes nothing of what the model wrote. */
export type ParsedDecision =
  | { readonly ok: true; readonly decision: Decision }
  | { readonly ok: false; readonly problem: string };

/** The longest sleep a model can ask for, in milliseconds. Longer ones are cut to it. */
export const MAX_SLEEP_MS = 600_000;

/**
 * Reads a decision out of a model's answer. Pure and total: every string gets an answer, in time linear in its length.
 *
 * Accepted around the elements: white space, prose, code fences, a `<think>` block, in any order. What stands in a
 * closed `<think>` counts only when there is no action outside of it. The action may be in any case. Command and note are taken verbatim. Of several notes or sleeps the first counts, and elements that
 * the action has no use for are ignored.
 */
export function parseDecision(text: string): ParsedDecision {
  const spoken = readElements(text);
  const elements = spoken.action.length > 0 ? spoken : readElements(text, true);
  const [action, secondAction] = elements.action;
  if (action === undefined) return malformed('There was no <action>, or it was not closed.');
  if (secondAction !== undefined) return malformed('There was more than one <action>. Decide one thing at a time.');
  const note = elements.note[0] ?? '';
  switch (toAction(action)) {
    case 'RUN':
      return parseRun(elements, note);
    case 'SLEEP':
      return parseSleep(elements, note);
    case 'STOP':
      return { ok: true, decision: { action: 'STOP', note } };
    case null:
      return malformed('The <action> was none of RUN, SLEEP and STOP.');
  }
}

/**
 * Writes a decision in the one form in which models are shown it: one element a line, the note always there, no line
 * end after it. It reads back as the same decision, provided that no text in it holds its own element's closing tag:
 * a decision that was parsed never does.
 */
export function writeDecision(decision: Decision): string {
  return elementsOf(decision)
    .map(([tag, content]) => openTag(tag) + content + closeTag(tag))
    .join('\n');
}

function malformed(problem: string): ParsedDecision {
  return { ok: false, problem };
}

function toAction(content: string): Decision['action'] | null {
  // Not toUpperCase(): it makes SLEEP of `ſleep`.
  const trimmed = content.trim();
  return (['RUN', 'SLEEP', 'STOP'] as const).find((action) => ACTION_PATTERNS[action].test(trimmed)) ?? null;
}

const ACTION_PATTERNS: Readonly<Record<Decision['action'], RegExp>> = {
  RUN: /^run$/i,
  SLEEP: /^sleep$/i,
  STOP: /^stop$/i,
};

function parseRun(elements: Elements, note: string): ParsedDecision {
  const [command, secondCommand] = elements.command;
  if (command === undefined) return malformed('RUN needs a <command>, and there was none, or it was not closed.');
  if (secondCommand !== undefined) return malformed('There was more than one <command>. Put all of it into one.');
  if (command.trim() === '') return malformed('The <command> was empty.');
  return { ok: true, decision: { action: 'RUN', command, note } };
}

function parseSleep(elements: Elements, note: string): ParsedDecision {
  const content = elements.sleepMs[0]?.trim() ?? '';
  if (content === '') return { ok: true, decision: { action: 'SLEEP', sleepMs: null, note } };
  if (!/^[0-9]+$/.test(content)) {
    return malformed('The <sleepMs> was not a whole number of milliseconds, written in digits only.');
  }
  return { ok: true, decision: { action: 'SLEEP', sleepMs: Math.min(Number(content), MAX_SLEEP_MS), note } };
}

function elementsOf(decision: Decision): readonly (readonly [DecisionTag, string])[] {
  const first = ['action', decision.action] as const;
  const last = ['note', decision.note] as const;
  switch (decision.action) {
    case 'RUN':
      return [first, ['command', decision.command], last];
    case 'SLEEP':
      return [first, ['sleepMs', decision.sleepMs === null ? '' : String(decision.sleepMs)], last];
    case 'STOP':
      return [first, last];
    default:
      return assertNever(decision);
  }
}
