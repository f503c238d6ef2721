import { drawIcon, iconButton, make, nameButton, setAttribute, setText, withAttributes } from './dom.ts';
import type { History, StretchLook } from './history.ts';
import type { Store, View } from './store.ts';
import { clock, grouped, looks, type Words } from './words.ts';

/** The run from its first event to its last, its iterations in the colours of their outcomes, and where one looks. */
export interface Timeline {
  readonly element: HTMLElement;
  show(view: View, words: Words): void;
  /** The colours have changed. */
  repaint(): void;
}

export function createTimeline(store: Store): Timeline {
  const canvas = make('canvas', 'timeline-canvas');
  const head = make('div', 'playhead');
  const track = withAttributes(make('div', 'track', canvas, head), {
    role: 'slider',
    tabindex: '0',
    'aria-label': 'Place in the run',
    'aria-valuemin': '1',
  });
  const play = iconButton('play', 'Play', () => store.setPlaying(!store.view.isPlaying), 'play');
  const live = make('button', 'live-button', drawIcon('toEnd'), make('span', '', 'Live'));
  live.type = 'button';
  live.addEventListener('click', () => store.follow());
  const place = make('div', 'place');
  const legend = make('div', 'legend', ...LEGEND.map(legendEntry));
  const transport = make(
    'div',
    'transport',
    iconButton('backFar', 'Previous iteration (Up)', () => store.stepIteration(-1)),
    iconButton('back', 'Previous event (Left)', () => store.step(-1)),
    play,
    iconButton('on', 'Next event (Right)', () => store.step(1)),
    iconButton('onFar', 'Next iteration (Down)', () => store.stepIteration(1)),
    live,
    place,
    legend,
  );
  const element = withAttributes(make('footer', 'timeline', transport, track), { 'aria-label': 'Time line' });
  const paint = createPainter(canvas);
  let view: View | null = null;
  let width = 0;
  let painted = '';

  function draw() {
    if (view === null || width === 0) return;
    const { history, cursor, isLive } = view;
    const capacity = isLive ? roomFor(history.length) : Math.max(1, history.length);
    const key = `${history.length} ${history.stretches.at(-1)?.look} ${capacity} ${width}`;
    if (key !== painted) paint(history, capacity);
    painted = key;
    head.style.transform = `translateX(${Math.round(((cursor + 0.5) / capacity) * width)}px)`;
    head.hidden = cursor < 0;
  }

  function goTo(event: PointerEvent) {
    if (view === null || !track.hasPointerCapture(event.pointerId)) return;
    const { left } = track.getBoundingClientRect();
    const capacity = view.isLive ? roomFor(view.history.length) : view.history.length;
    store.moveTo(Math.floor(((event.clientX - left) / width) * capacity));
  }
  track.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    track.setPointerCapture(event.pointerId);
    goTo(event);
  });
  track.addEventListener('pointermove', goTo);
  track.addEventListener('keydown', (event) => {
    if (event.key === 'Home') store.moveTo(0);
    else if (event.key === 'PageUp') store.stepIteration(-1);
    else if (event.key === 'PageDown') store.stepIteration(1);
    else return;
    event.preventDefault();
  });
  new ResizeObserver(([entry]) => {
    width = entry?.contentRect.width ?? 0;
    draw();
  }).observe(track);

  return {
    element,
    show(seen, words) {
      view = seen;
      draw();
      const { history, cursor, hello, isFollowing, isPlaying, isLive } = seen;
      const frame = history.frame(cursor);
      const since = frame === null ? '' : clock(Date.parse(frame.time) - Date.parse(hello?.startedAt ?? ''));
      const at =
        frame === null
          ? 'nothing yet'
          : `event ${grouped(cursor + 1)} of ${grouped(history.length)} · iteration ${frame.iteration} · ${since}`;
      setText(place, at);
      setAttribute(track, 'aria-valuemax', String(Math.max(1, history.length)));
      setAttribute(track, 'aria-valuenow', String(cursor + 1));
      // Said when it has the focus only: a reader would speak without end.
      if (document.activeElement === track && frame !== null)
        setAttribute(track, 'aria-valuetext', `${at}: ${words.lineOf(frame).what}`);
      setText(live.lastElementChild ?? live, isLive ? 'Live' : 'End');
      setAttribute(live, 'aria-pressed', String(isFollowing));
      setAttribute(live, 'title', isLive ? 'Follow the run live (End)' : 'To the end of the run (End)');
      nameButton(play, isPlaying ? 'Stop playing' : 'Play from here');
      if (play.dataset['shows'] !== String(isPlaying)) {
        play.dataset['shows'] = String(isPlaying);
        play.replaceChildren(drawIcon(isPlaying ? 'pause' : 'play'));
      }
    },
    repaint() {
      painted = '';
      paint.forgetColours();
      draw();
    },
  };
}

const LEGEND: readonly StretchLook[] = ['ok', 'setback', 'failure', 'sleep', 'stop', 'under-way'];

function legendEntry(look: StretchLook): HTMLElement {
  const { sign, word } = looks[look];
  return make('span', 'legend-entry', make('i', `swatch ${look}`, sign), word);
}

/** While a run goes on there is room ahead, so that what is drawn moves seldom. */
function roomFor(length: number): number {
  let room = 48;
  while (room <= length) room = Math.ceil(room * 1.5);
  return room;
}

// ---- Painting ------------------------------------------------------------------------------------------------------

interface Painter {
  (history: History, capacity: number): void;
  forgetColours(): void;
}

/** What is worse hides what is better where several iterations share a pixel. */
const RANK: readonly StretchLook[] = ['none', 'ok', 'sleep', 'stop', 'under-way', 'setback', 'failure'];
const NARROWEST_SIGN = 13;

function createPainter(canvas: HTMLCanvasElement): Painter {
  let colours: Readonly<Record<string, string>> | null = null;

  function paint({ stretches }: History, capacity: number) {
    colours ??= coloursOf(canvas);
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = window.devicePixelRatio || 1;
    const isResized = canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio);
    if (isResized) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = '600 12px system-ui, sans-serif';
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    const scale = width / capacity;

    let run = { from: 0, to: -1, look: 'none' as StretchLook };
    const flush = (gap: number) => {
      if (run.to < run.from) return;
      pen.fillStyle = colours?.[run.look] ?? '';
      pen.fillRect(run.from, 0, Math.max(1, run.to - run.from - gap), height);
    };
    for (const { first, last, look, iteration } of stretches) {
      const from = first * scale;
      const to = (last + 1) * scale;
      if (to - from >= 3) {
        flush(0);
        run = { from, to, look };
        flush(1);
        run = { from: to, to: to - 1, look: 'none' };
        if (to - from >= NARROWEST_SIGN) {
          pen.fillStyle = colours[`on-${look}`] ?? '';
          const isWide = to - from > 46;
          pen.fillText(isWide ? `${iteration} ${looks[look].sign}` : looks[look].sign, (from + to) / 2, height / 2 + 1);
        }
        continue;
      }
      const pixel = Math.floor(from);
      if (run.to < run.from || (pixel > Math.floor(run.from) && look !== run.look)) {
        flush(0);
        run = { from: pixel, to, look };
      } else {
        const isWorse = RANK.indexOf(look) > RANK.indexOf(run.look);
        run = { from: run.from, to, look: isWorse ? look : run.look };
      }
    }
    flush(0);
  }

  return Object.assign(paint, {
    forgetColours() {
      colours = null;
    },
  });
}

function coloursOf(element: Element): Record<string, string> {
  const style = getComputedStyle(element);
  const named = (name: string) => style.getPropertyValue(name).trim();
  return Object.fromEntries(
    RANK.flatMap((look) => [
      [look, named(`--look-${look}`)],
      [`on-${look}`, named(look === 'none' ? '--quiet' : '--on-look')],
    ]),
  );
}
