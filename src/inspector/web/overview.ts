import type { Rectangle } from './camera.ts';
import { make, SVG, withAttributes } from './dom.ts';

/** The whole chart, small: where the run is in it, and which part is seen. */
export interface Overview {
  readonly element: HTMLElement;
  load(drawing: SVGSVGElement, size: Rectangle): void;
  light(active: readonly string[]): void;
  /** Marks what is seen. */
  frame(seen: Rectangle): void;
}

/** @param goTo is called when a person points at a place in it */
export function createOverview(goTo: (x: number, y: number) => void): Overview {
  const element = make('div', 'overview');
  element.setAttribute('aria-hidden', 'true');
  const seen = document.createElementNS(SVG, 'rect');
  seen.setAttribute('class', 'seen');
  let boxes = new Map<string, Element>();
  let size: Rectangle = { x: 0, y: 0, width: 1, height: 1 };

  function point({ clientX, clientY, buttons }: PointerEvent) {
    if (buttons !== 1) return;
    const { left, top, width, height } = element.getBoundingClientRect();
    goTo(size.x + ((clientX - left) / width) * size.width, size.y + ((clientY - top) / height) * size.height);
  }
  element.addEventListener('pointerdown', point);
  element.addEventListener('pointermove', point);

  return {
    element,
    load(drawing, drawn) {
      size = drawn;
      const svg = document.createElementNS(SVG, 'svg');
      svg.setAttribute('viewBox', `${size.x} ${size.y} ${size.width} ${size.height}`);
      boxes = new Map();
      for (const state of drawing.querySelectorAll('.state')) {
        const shape = state.querySelector('rect')?.cloneNode() as Element | undefined;
        if (shape === undefined) continue;
        withAttributes(shape, { class: state.classList.contains('inside') ? 'outer' : 'inner', rx: '14' });
        boxes.set(state.id, shape);
        svg.append(shape);
      }
      svg.append(seen);
      element.style.aspectRatio = `${size.width} / ${size.height}`;
      element.replaceChildren(svg);
    },
    light(active) {
      const lit = new Set(active);
      for (const [id, box] of boxes) box.classList.toggle('is-active', lit.has(id));
    },
    frame({ x, y, width, height }) {
      const right = Math.min(x + width, size.x + size.width);
      const bottom = Math.min(y + height, size.y + size.height);
      const left = Math.max(x, size.x);
      const top = Math.max(y, size.y);
      withAttributes(seen, {
        x: String(left),
        y: String(top),
        width: String(Math.max(0, right - left)),
        height: String(Math.max(0, bottom - top)),
      });
    },
  };
}
