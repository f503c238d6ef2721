import { iconButton, make, setAttribute, withAttributes } from './dom.ts';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Shows a part of a drawing. It follows what it is told to look at until a person takes hold of it. */
export interface Camera {
  readonly element: HTMLElement;
  readonly buttons: HTMLElement;
  /** Puts in another drawing of this size. */
  load(drawing: Element, size: Rectangle): void;
  /** What is of interest now, and after it what it is in, from the inside out: as much is shown as there is room for. */
  lookAt(interest: readonly Rectangle[]): void;
  /** A person wants to see this place. */
  goTo(x: number, y: number): void;
  zoomIn(): void;
  zoomOut(): void;
  showWhole(): void;
  follow(): void;
  /** What is seen of the drawing, in its own numbers. */
  onMove(listener: (seen: Rectangle) => void): void;
}

type Mode = 'follow' | 'whole' | 'free';

export function createCamera(): Camera {
  const stage = make('div', 'stage');
  const pane = withAttributes(make('div', 'camera', stage), { tabindex: '0', role: 'group' });
  pane.setAttribute('aria-label', 'Statechart');
  const follow = iconButton('follow', 'Follow the active state (F)', () => choose('follow'));
  const whole = iconButton('whole', 'Show the whole chart (0)', () => choose('whole'));
  const more = iconButton('more', 'Zoom in (+)', () => zoom(STEP));
  const less = iconButton('less', 'Zoom out (-)', () => zoom(1 / STEP));
  const buttons = make('div', 'camera-buttons', follow, whole, less, more);
  const element = make('div', 'camera-frame', pane);

  let size: Rectangle = { x: 0, y: 0, width: 1, height: 1 };
  let interest: readonly Rectangle[] = [];
  let mode: Mode = 'follow';
  let scale = 1;
  // Where the drawing's left upper corner is, in pixels of the pane.
  let left = 0;
  let top = 0;
  let room = { width: 0, height: 0 };
  let listener: (seen: Rectangle) => void = () => {};

  function place(isSmooth: boolean) {
    stage.classList.toggle('is-smooth', isSmooth);
    stage.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px) scale(${scale})`;
    element.classList.toggle('is-far', scale < FAR);
    listener({
      x: size.x - left / scale,
      y: size.y - top / scale,
      width: room.width / scale,
      height: room.height / scale,
    });
  }

  function choose(chosen: Mode) {
    mode = chosen;
    setAttribute(follow, 'aria-pressed', String(mode === 'follow'));
    setAttribute(whole, 'aria-pressed', String(mode === 'whole'));
    if (mode === 'whole') showWhole();
    if (mode === 'follow') {
      scale = readableScale(room.width);
      settle(true);
    }
  }

  function showWhole() {
    scale = Math.min(room.width / size.width, room.height / size.height);
    left = (room.width - size.width * scale) / 2;
    top = (room.height - size.height * scale) / 2;
    place(true);
  }

  /** Moves as little as is needed, and not at all while what is of interest is well inside. */
  function settle(isForced: boolean) {
    if (interest.length === 0 || mode !== 'follow' || room.width === 0) return;
    const across = interest.map(({ x, width }) => ({ from: (x - size.x) * scale, length: width * scale }));
    const down = interest.map(({ y, height }) => ({ from: (y - size.y) * scale, length: height * scale }));
    const horizontal = settled(left, room.width, across, size.width * scale);
    const vertical = settled(top, room.height, down, size.height * scale);
    if (!isForced && horizontal === left && vertical === top) return;
    left = horizontal;
    top = vertical;
    place(true);
  }

  function zoom(by: number, x = room.width / 2, y = room.height / 2, isSmooth = true) {
    const zoomed = Math.min(Math.max(scale * by, LEAST), MOST);
    left = x - ((x - left) * zoomed) / scale;
    top = y - ((y - top) * zoomed) / scale;
    scale = zoomed;
    choose('free');
    place(isSmooth);
  }

  pane.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const { left: x, top: y } = pane.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / 400), event.clientX - x, event.clientY - y, false);
    },
    { passive: false },
  );
  pane.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    pane.setPointerCapture(event.pointerId);
  });
  pane.addEventListener('pointermove', (event) => {
    if (!pane.hasPointerCapture(event.pointerId)) return;
    left += event.movementX;
    top += event.movementY;
    choose('free');
    place(false);
  });
  new ResizeObserver(([entry]) => {
    if (entry === undefined) return;
    const { width, height } = entry.contentRect;
    room = { width, height };
    choose(mode);
    if (mode === 'free') place(false);
  }).observe(pane);
  choose('follow');

  return {
    element,
    buttons,
    load(drawing, drawn) {
      size = drawn;
      stage.replaceChildren(drawing);
      choose(mode);
    },
    lookAt(looked) {
      interest = looked;
      settle(false);
    },
    goTo(x, y) {
      left = room.width / 2 - (x - size.x) * scale;
      top = room.height / 2 - (y - size.y) * scale;
      choose('free');
      place(true);
    },
    zoomIn: () => zoom(STEP),
    zoomOut: () => zoom(1 / STEP),
    showWhole: () => choose('whole'),
    follow: () => choose('follow'),
    onMove(told) {
      listener = told;
    },
  };
}

const STEP = 1.25;
const LEAST = 0.15;
const MOST = 3;
/** Below this the small print of a chart cannot be read, and is left out. */
const FAR = 0.55;

/** The loop of the chart is about this wide. */
function readableScale(width: number): number {
  return Math.min(Math.max(width / 1150, 0.78), 0.95);
}

interface Span {
  readonly from: number;
  readonly length: number;
}

/** Where the drawing begins, so that the widest of the spans that has room is seen, and the drawing fills the room. */
function settled(start: number, room: number, spans: readonly Span[], whole: number): number {
  if (whole <= room) return Math.round((room - whole) / 2);
  const { from, length } = spans.findLast((span) => span.length <= room - 2 * MARGIN) ??
    spans[0] ?? { from: 0, length: 0 };
  const begin = start + from;
  const isInside = begin >= MARGIN && begin + length <= room - MARGIN;
  const wanted = isInside ? start : (room - length) / 2 - from;
  return Math.round(Math.min(Math.max(wanted, room - whole), 0));
}

const MARGIN = 24;
