import { make, setText, withAttributes } from './dom.ts';
import type { MovedFrame } from './history.ts';
import type { View } from './store.ts';
import { shown } from './text.ts';

/** The chart's own data after the last move, with what that move has changed, and what it was before. */
export interface ContextView {
  readonly element: HTMLElement;
  show(view: View): void;
}

export function createContextView(): ContextView {
  const changes = make('span', 'pane-note');
  const table = make('dl', 'context');
  const body = withAttributes(make('div', 'pane-body', table), {
    tabindex: '0',
    role: 'group',
    'aria-label': 'Context',
  });
  const element = withAttributes(
    make('section', 'pane context-pane', make('div', 'pane-head', make('h2', 'pane-title', 'Context'), changes), body),
    { 'aria-label': 'Context' },
  );
  const rows = new Map<string, ReturnType<typeof createRow>>();
  let last: MovedFrame | null = null;

  function rowOf(name: string) {
    const known = rows.get(name);
    if (known !== undefined) return known;
    const row = createRow(name);
    rows.set(name, row);
    table.append(row.element);
    return row;
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
      for (const name of Object.keys(context)) rowOf(name);
      for (const [name, row] of rows) row.show(name in context, context[name], changed.has(name), before?.[name]);
      setText(
        changes,
        changed.size === 0 ? 'unchanged' : `changed: ${[...changed].map((name) => shown(name, 60)).join(', ')}`,
      );
    },
  };
}

function createRow(name: string) {
  const value = make('span', 'context-value');
  const was = make('del', 'context-was');
  const element = make('div', 'context-row', make('dt', 'context-name', shown(name, 60)), make('dd', '', was, value));
  return {
    element,
    show(isThere: boolean, now: unknown, isChanged: boolean, before: unknown) {
      element.hidden = !isThere;
      element.classList.toggle('is-changed', isChanged);
      setText(value, textOf(now));
      was.hidden = !isChanged;
      setText(was, isChanged ? textOf(before) : '');
    },
  };
}

function textOf(value: unknown): string {
  return shown(typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? 'undefined'), 600);
}
