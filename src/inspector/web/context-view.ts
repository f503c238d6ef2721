import { make, setText, withAttributes } from './dom.ts';
import type { MovedFrame } from './history.ts';
import type { View } from './store.ts';
import { oneLine, shown } from './text.ts';

/** The chart's own data after the last move, with what that move has changed, and what it was before. */
export interface ContextView {
  readonly element: HTMLElement;
  show(view: View): void;
}

export function createContextView(): ContextView {
  const changes = make('span', 'pane-note');
  const moving = make('dl', 'context');
  const given = make('dl', 'context');
  const body = make('div', 'pane-body', moving, given);
  withAttributes(body, { tabindex: '0', role: 'group', 'aria-label': 'Values of the context' });
  const head = make('div', 'pane-head', make('h2', 'pane-title', 'Context'), changes);
  const element = withAttributes(make('section', 'pane context-pane', head, body), { 'aria-label': 'Context' });
  const rows = new Map<string, ReturnType<typeof createRow>>();
  let last: MovedFrame | null = null;

  function makeRow(name: string) {
    if (rows.has(name)) return;
    const row = createRow(name);
    rows.set(name, row);
    (GIVEN.has(name) ? given : moving).append(row.element);
  }

  return {
    element,
    show({ history, cursor }) {
      const moved = history.moveAt(cursor);
      if (moved === last) return;
      last = moved;
      const context = moved === null ? {} : history.contextAt(moved.index);
      const before = moved === null || moved.event === '' ? null : history.contextAt(moved.index - 1);
      const changed = new Set(before === null ? [] : Object.keys(moved?.context ?? {}));
      const names = Object.keys(context);
      for (const name of [...NARROW, ...names]) if (name in context) makeRow(name);
      for (const [name, row] of rows) row.show(name in context, context[name], changed.has(name), before?.[name]);
      const what = [...changed].map((name) => shown(name, 60)).join(', ');
      setText(changes, changed.size === 0 ? 'nothing has changed' : `changed: ${what}`);
    },
  };
}

/** Short ones: two of them share a line. */
const NARROW: ReadonlySet<string> = new Set([
  'iteration',
  'saved',
  'failures',
  'pauseAsked',
  'watchdogLevel',
  'workingDirectory',
  'loopIntervalMs',
  'hasCheck',
  'checkEach',
  'approve',
  'isPersonThere',
  'startedAtMs',
]);

/** What a run is told at its start and never changes: it stands below the rest. */
const GIVEN: ReadonlySet<string> = new Set([
  'runId',
  'goal',
  'limits',
  'patience',
  'loopIntervalMs',
  'hasCheck',
  'checkEach',
  'approve',
  'isPersonThere',
  'startedAtMs',
  'before',
]);

function createRow(name: string) {
  const was = make('del', 'context-was');
  const arrow = make('span', 'context-arrow', ' → ');
  const value = make('span', 'context-value');
  const both = make('dd', '', was, arrow, value);
  const element = make('div', 'context-row', make('dt', 'context-name', shown(name, 60)), both);
  element.classList.toggle('is-wide', !NARROW.has(name));
  return {
    element,
    show(isThere: boolean, now: unknown, isChanged: boolean, before: unknown) {
      element.hidden = !isThere;
      element.classList.toggle('is-changed', isChanged);
      const text = textOf(now);
      const earlier = textOf(before);
      // A long one would hide what has come in its place.
      const hasEarlier = isChanged && earlier.length <= LONGEST_BEFORE;
      was.hidden = !hasEarlier;
      arrow.hidden = !hasEarlier;
      setText(was, hasEarlier ? earlier : '');
      setText(value, text);
      element.title = isChanged ? `${earlier} → ${text}` : text;
    },
  };
}

const LONGEST_BEFORE = 32;

/** On one line, and without the quotes of JSON, which tell nothing here. */
function textOf(value: unknown): string {
  if (value === undefined) return 'none';
  return oneLine(typeof value === 'object' && value !== null ? partsOf(value) : plain(value), 600);
}

function partsOf(value: object): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  return Object.entries(value)
    .map(([name, part]) => `${name}: ${typeof part === 'object' && part !== null ? `{${partsOf(part)}}` : plain(part)}`)
    .join(', ');
}

function plain(value: unknown): string {
  return value === '' ? '""' : String(value);
}
