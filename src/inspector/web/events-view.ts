import { drawIcon, make, setAttribute, setText, withAttributes } from './dom.ts';
import type { History } from './history.ts';
import { createSearch } from './search.ts';
import type { Store, View } from './store.ts';
import { clock, createWords, grouped, type Words } from './words.ts';

/** All events as a list, of which only the rows that are seen exist. Searching keeps those that match. */
export interface EventsView {
  readonly element: HTMLElement;
  show(view: View, words: Words): void;
  focusSearch(): void;
}

/** @param again asks for one more pass: a search goes on */
export function createEventsView(store: Store, again: () => void): EventsView {
  const field = withAttributes(make('input', 'search-field'), {
    type: 'search',
    placeholder: 'Search  /',
    'aria-label': 'Search the events',
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const tally = make('span', 'pane-note');
  const rowsBox = make('div', 'rows');
  const list = withAttributes(make('div', 'event-list', rowsBox), {
    role: 'listbox',
    tabindex: '0',
    'aria-label': 'Events',
  });
  const head = make(
    'div',
    'pane-head',
    make('h2', 'pane-title', 'Events'),
    tally,
    make('label', 'search', drawIcon('find'), field),
  );
  const element = withAttributes(make('section', 'pane events-pane', head, list), { 'aria-label': 'Events' });
  const search = createSearch();
  const pool: Row[] = [];
  let history: History | null = null;
  let height = 0;
  let total = -1;
  let shownCursor = -2;
  let view: View | null = null;
  let words: Words = createWords({ svg: '', states: [], edges: [] });
  let origin = 0;
  let drawnTop = -1;

  /** The frame in this row, and back: a search leaves rows out. */
  const frameAt = (row: number) => search.found?.[row] ?? (search.found === null ? row : -1);
  function rowOf(frame: number): number {
    const { found } = search;
    if (found === null) return frame;
    let low = 0;
    for (let high = found.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((found[middle] ?? 0) < frame) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function drawRows() {
    if (view === null) return;
    const needed = Math.ceil(height / ROW_HEIGHT) + 2;
    while (pool.length < needed) pool.push(createRow(rowsBox, pool.length));
    drawnTop = list.scrollTop;
    const first = Math.floor(drawnTop / ROW_HEIGHT);
    for (let row = first; row < first + pool.length; row++) {
      // A frame keeps its row element while it is seen, so that a list that moves on changes few of them.
      const slot = pool[row % pool.length];
      const frame = row < total ? view.history.frame(frameAt(row)) : null;
      slot?.show(row, total, frame, frame !== null && frame.index === view.cursor, words, origin);
    }
    const selected = pool.find(({ isSelected }) => isSelected());
    if (selected === undefined) list.removeAttribute('aria-activedescendant');
    else setAttribute(list, 'aria-activedescendant', selected.id);
  }

  list.addEventListener(
    'scroll',
    () => {
      // What the page itself has scrolled is drawn already.
      if (list.scrollTop !== drawnTop) again();
    },
    { passive: true },
  );
  list.addEventListener('click', ({ target }) => {
    const row = target instanceof Element ? target.closest<HTMLElement>('.row') : null;
    const frame = Number(row?.dataset['frame'] ?? -1);
    if (frame >= 0) store.moveTo(frame);
  });
  list.addEventListener('keydown', (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -PAGE, PageDown: PAGE }[event.key];
    if (by === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const { found } = search;
    if (found === null) return store.step(by);
    const at =
      rowOf(store.view.cursor) + (by > 0 && found[rowOf(store.view.cursor)] !== store.view.cursor ? by - 1 : by);
    const frame = found[Math.max(0, Math.min(at, found.length - 1))];
    if (frame !== undefined) store.moveTo(frame);
  });
  field.addEventListener('input', () => {
    search.start(field.value);
    again();
  });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === 'ArrowDown') {
      event.preventDefault();
      list.focus();
      const frame = frameAt(Math.min(rowOf(store.view.cursor), Math.max(0, total - 1)));
      if (frame >= 0) store.moveTo(frame);
    } else if (event.key === 'Escape') {
      field.value = '';
      search.start('');
      field.blur();
      again();
    }
  });
  new ResizeObserver(([entry]) => {
    height = entry?.contentRect.height ?? 0;
    scrollToCursor();
    drawRows();
  }).observe(list);

  function scrollToCursor() {
    if (view === null || height === 0 || view.cursor < 0) return;
    const top = rowOf(view.cursor) * ROW_HEIGHT;
    const from = list.scrollTop;
    if (view.isFollowing) list.scrollTop = total * ROW_HEIGHT - height;
    else if (top < from) list.scrollTop = top;
    else if (top + ROW_HEIGHT > from + height) list.scrollTop = top + ROW_HEIGHT - height;
  }

  return {
    element,
    focusSearch() {
      field.focus();
      field.select();
    },
    show(seen, spoken) {
      view = seen;
      words = spoken;
      if (seen.history !== history) {
        history = seen.history;
        origin = Date.parse(seen.hello?.startedAt ?? '');
        for (const row of pool) row.forget();
      }
      const isDone = search.work(seen.history, words, WORK_MS);
      if (!isDone) again();
      const { found } = search;
      const rows = found?.length ?? seen.history.length;
      const isGrown = rows !== total;
      if (isGrown) {
        total = rows;
        rowsBox.style.height = `${total * ROW_HEIGHT}px`;
      }
      if (isGrown || seen.cursor !== shownCursor) scrollToCursor();
      shownCursor = seen.cursor;
      setText(
        tally,
        found === null ? grouped(total) : `${grouped(total)} of ${grouped(seen.history.length)}${isDone ? '' : ' …'}`,
      );
      drawRows();
    },
  };
}

const ROW_HEIGHT = 26;
const PAGE = 12;
const WORK_MS = 8;

interface Row {
  readonly id: string;
  show(
    row: number,
    total: number,
    frame: ReturnType<History['frame']>,
    isSelected: boolean,
    words: Words,
    origin: number,
  ): void;
  isSelected(): boolean;
  /** The next time, everything is written anew. */
  forget(): void;
}

function createRow(box: HTMLElement, number: number): Row {
  const index = make('span', 'row-index');
  const time = make('span', 'row-time');
  const sign = make('span', 'row-sign');
  const what = make('span', 'row-what');
  const more = make('span', 'row-more');
  const element = withAttributes(make('div', 'row', index, time, sign, what, more), {
    role: 'option',
    id: `event-${number}`,
  });
  box.append(element);
  let shownFrame: unknown;
  let shownRow = -1;
  let isLit = false;

  return {
    id: element.id,
    isSelected: () => isLit,
    forget() {
      shownFrame = undefined;
    },
    show(row, total, frame, isSelected, words, origin) {
      element.hidden = frame === null;
      if (frame === null) {
        shownFrame = undefined;
        isLit = false;
        return;
      }
      if (row !== shownRow) {
        shownRow = row;
        element.style.transform = `translateY(${row * ROW_HEIGHT}px)`;
      }
      if (isSelected !== isLit || shownFrame === undefined) {
        isLit = isSelected;
        element.setAttribute('aria-selected', String(isSelected));
      }
      if (frame === shownFrame) return;
      shownFrame = frame;
      const line = words.lineOf(frame);
      element.dataset['frame'] = String(frame.index);
      element.dataset['tone'] = line.tone;
      withAttributes(element, { 'aria-posinset': String(row + 1), 'aria-setsize': String(total) });
      setText(index, String(frame.index + 1));
      setText(time, clock(Date.parse(frame.time) - origin));
      setText(sign, line.sign);
      setText(what, line.what);
      setText(more, line.more);
      element.title = line.more === '' ? line.what : `${line.what}  ${line.more}`;
    },
  };
}
