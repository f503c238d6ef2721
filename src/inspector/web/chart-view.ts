import type { Chart, Coverage } from '../messages.ts';
import { type Camera, createCamera, type Rectangle } from './camera.ts';
import { make, SVG, setText, withAttributes } from './dom.ts';
import type { MovedFrame } from './history.ts';
import { createOverview } from './overview.ts';
import type { View } from './store.ts';
import { oneLine } from './text.ts';
import type { Words } from './words.ts';

/** The statechart: active states are lit, and so is the transition that was just taken, with what decided it. */
export interface ChartView extends Pick<Camera, 'zoomIn' | 'zoomOut' | 'showWhole' | 'follow'> {
  readonly element: HTMLElement;
  load(chart: Chart): void;
  show(view: View, words: Words): void;
  /** Draws what was used often thick, and what never was faint; null draws all alike. */
  showUsage(coverage: Coverage | null): void;
}

/** @param usage its button stands beside the chart's own ones, its note over the drawing */
export function createChartView(usage: { readonly button: HTMLElement; readonly note: HTMLElement }): ChartView {
  const camera = createCamera();
  const overview = createOverview(camera.goTo);
  camera.onMove(overview.frame);
  camera.element.append(overview.element, usage.note);
  const caption = createCaption(usage.button, camera.buttons);
  const element = withAttributes(make('section', 'chart', camera.element, caption.element), { 'aria-label': 'Chart' });
  let drawing: Drawing | null = null;
  let shown: MovedFrame | null = null;

  const { zoomIn, zoomOut, showWhole, follow } = camera;
  return {
    ...{ element, zoomIn, zoomOut, showWhole, follow },
    load(chart) {
      drawing = readDrawing(chart);
      shown = null;
      camera.load(drawing.svg, drawing.size);
      overview.load(drawing.svg, drawing.size);
    },
    show({ history, cursor }, words) {
      const moved = history.moveAt(cursor);
      if (drawing === null || moved === shown) return;
      const before = moved === null ? null : history.moveAt(moved.index - 1);
      shown = moved;
      light(drawing, moved, before, camera);
      overview.light(moved?.active ?? []);
      caption.show(moved, words);
    },
    showUsage(coverage) {
      if (drawing !== null) drawUsage(drawing, coverage);
    },
  };
}

// ---- The drawing ---------------------------------------------------------------------------------------------------

interface Drawing {
  readonly svg: SVGSVGElement;
  readonly size: Rectangle;
  readonly states: ReadonlyMap<string, Element>;
  readonly leaves: ReadonlySet<string>;
  readonly parents: ReadonlyMap<string, string | null>;
  readonly texts: ReadonlyMap<string, readonly Element[]>;
  readonly lines: ReadonlyMap<string, Element>;
  /** Lines that are taken are drawn once more, above the others. */
  readonly taken: readonly SVGPathElement[];
  lit: Element[];
}

/** How many transitions may be lit at once: more are never taken on one event. */
const MOST_TAKEN = 6;

function readDrawing({ svg: text, states }: Chart): Drawing {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  const svg = document.importNode(parsed, true) as Element as SVGSVGElement;
  const { x, y, width, height } = svg.viewBox.baseVal;
  svg.querySelector('rect.page')?.remove();
  const parents = new Map(states.map(({ id, parent }) => [id, parent]));
  const inner = new Set(parents.values());

  const texts = new Map<string, Element[]>();
  for (const label of svg.querySelectorAll('[data-edge]')) {
    const id = label.getAttribute('data-edge') ?? '';
    texts.set(id, [...(texts.get(id) ?? []), label]);
  }
  const lines = new Map<string, Element>();
  for (const line of svg.querySelectorAll('[data-edges]'))
    for (const id of (line.getAttribute('data-edges') ?? '').split(' ')) lines.set(id, line);

  const marker = svg.querySelector('#arrow')?.cloneNode(true) as Element | undefined;
  if (marker !== undefined) {
    marker.id = 'arrow-taken';
    svg.querySelector('defs')?.append(marker);
  }
  const taken = Array.from({ length: MOST_TAKEN }, () => {
    const path = document.createElementNS(SVG, 'path');
    return withAttributes(path, { class: 'taken', pathLength: '1', 'marker-end': 'url(#arrow-taken)' });
  });
  const firstLabel = svg.querySelector('.label');
  for (const path of taken) svg.insertBefore(path, firstLabel);
  for (const name of svg.querySelectorAll<SVGTextElement>('.state > .name')) fitFar(name);

  return {
    svg,
    size: { x, y, width, height },
    states: new Map([...svg.querySelectorAll('.state')].map((state) => [state.id, state])),
    leaves: new Set(states.filter(({ id }) => !inner.has(id)).map(({ id }) => id)),
    parents,
    texts,
    lines,
    taken,
    lit: [],
  };
}

/** From afar only names are seen, and they are as big as their boxes let them be. */
function fitFar(name: SVGTextElement) {
  const box = rectangleOf(name.parentElement);
  const isLeaf = name.parentElement?.classList.contains('inside') === false;
  const size = Math.min(
    (box.width - 10) / ((name.textContent?.length ?? 1) * 0.68),
    isLeaf ? 30 : 26,
    box.height * 0.7,
  );
  name.style.setProperty('--far-size', `${Math.round(size)}px`);
  name.style.setProperty(
    '--far-down',
    isLeaf ? `${Math.round(box.height / 2 + size * 0.35 - 20)}px` : `${Math.round(size - 13)}px`,
  );
}

function drawUsage({ svg, states, texts, lines }: Drawing, coverage: Coverage | null) {
  svg.classList.toggle('shows-usage', coverage !== null);
  const counts = new Map<Element, number>();
  const add = (element: Element, times: number) => counts.set(element, (counts.get(element) ?? 0) + times);
  for (const [id, state] of states) add(state, coverage?.states[id] ?? 0);
  for (const [id, labels] of texts) for (const label of labels) add(label, coverage?.edges[id] ?? 0);
  for (const [id, line] of lines) add(line, coverage?.edges[id] ?? 0);
  for (const [element, times] of counts) {
    element.classList.toggle('is-unused', coverage !== null && times === 0);
    // Ten times as often is two pixels more.
    if (element instanceof SVGElement)
      element.style.setProperty('--used', `${1 + 2 * Math.log10(Math.max(1, times))}px`);
  }
}

function light(drawing: Drawing, moved: MovedFrame | null, before: MovedFrame | null, camera: Camera) {
  const active = new Set(moved?.active);
  for (const [id, state] of drawing.states) {
    const isActive = active.has(id);
    state.classList.toggle('is-active', isActive);
    state.classList.toggle('is-here', isActive && drawing.leaves.has(id));
  }
  for (const element of drawing.lit) element.classList.remove('is-taken');
  drawing.lit = (moved?.edges ?? []).flatMap((id) => drawing.texts.get(id) ?? []);
  for (const element of drawing.lit) element.classList.add('is-taken');

  const lines = [...new Set((moved?.edges ?? []).flatMap((id) => drawing.lines.get(id) ?? []))];
  drawing.taken.forEach((path, at) => {
    const line = lines[at];
    path.setAttribute('d', line?.getAttribute('d') ?? '');
    // A new animation of another name begins anew; the same one would go on.
    path.classList.toggle('is-even', line !== undefined && (moved?.index ?? 0) % 2 === 0);
    path.classList.toggle('is-odd', line !== undefined && (moved?.index ?? 0) % 2 === 1);
  });

  if (moved === null) return;
  const entered = moved.active.filter((id) => drawing.leaves.has(id) && !before?.active.includes(id));
  const here = entered[0] ?? moved.active.find((id) => drawing.leaves.has(id));
  if (here !== undefined)
    camera.lookAt(withParents(drawing, here).map((id) => rectangleOf(drawing.states.get(id) ?? null)));
}

/** From the inside out; the chart itself is not drawn. */
function withParents({ states, parents }: Drawing, id: string): string[] {
  const chain: string[] = [];
  for (let at: string | null = id; at !== null && states.has(at); at = parents.get(at) ?? null) chain.push(at);
  return chain;
}

/** Read from the drawing, which costs the browser no layout. */
function rectangleOf(state: Element | null): Rectangle {
  const box = state?.querySelector('rect');
  const number = (name: string) => Number(box?.getAttribute(name) ?? 0);
  return { x: number('x'), y: number('y'), width: number('width'), height: number('height') };
}

// ---- What is said below it -----------------------------------------------------------------------------------------

function createCaption(...tools: readonly HTMLElement[]) {
  const label = make('span', 'caption-label');
  const target = make('span', 'caption-target');
  const guards = make('span', 'caption-guards');
  const place = make('div', 'caption-place');
  const line = make('div', 'caption-line', label, target, guards);
  const element = withAttributes(make('div', 'caption', place, line, make('div', 'caption-tools', ...tools)), {
    'aria-label': 'Where the chart is, and the transition just taken',
    role: 'group',
  });

  return {
    element,
    show(moved: MovedFrame | null, words: Words) {
      setText(place, moved === null ? '' : words.placeOf(moved.active));
      setText(label, moved === null ? '' : oneLine(words.labelOf(moved)));
      const targets = moved === null ? '' : words.targetsOf(moved);
      setText(target, targets === '' ? '' : `→ ${targets}`);
      line.title = (moved?.edges ?? []).map((id) => words.edgeOf(id)?.explanation ?? '').join('\n\n');
      const asked = (moved?.guards ?? []).map(({ name, holds }) => {
        const guard = make('span', `guard ${holds ? 'holds' : ''}`, `${holds ? '✓' : '✗'} ${oneLine(name, 60)}`);
        guard.title = holds ? 'This guard holds' : 'This guard does not hold';
        return guard;
      });
      // The one that decided is the last that holds: it is read first.
      guards.replaceChildren(...asked.reverse());
    },
  };
}
