/** Makes an element. A string among the children becomes text, never markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = '',
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

export function withAttributes<Type extends Element>(
  element: Type,
  attributes: Readonly<Record<string, string>>,
): Type {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Leaves the page alone when it says so already. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** A button with a sign. `name` is what a screen reader says, and what is shown when pointing at it. */
export function iconButton(icon: IconName, name: string, onClick: () => void, className = ''): HTMLButtonElement {
  const button = make('button', `icon-button ${className}`.trim(), drawIcon(icon));
  button.type = 'button';
  nameButton(button, name);
  button.addEventListener('click', onClick);
  return button;
}

export function textButton(text: string, onClick: () => void, className = ''): HTMLButtonElement {
  const button = make('button', `text-button ${className}`.trim(), text);
  button.type = 'button';
  button.addEventListener('click', onClick);
  return button;
}

export function nameButton(button: HTMLButtonElement, name: string): void {
  setAttribute(button, 'aria-label', name);
  setAttribute(button, 'title', name);
}

export type IconName = keyof typeof icons;

export function drawIcon(name: IconName): SVGSVGElement {
  const drawing = document.createElementNS(SVG, 'svg');
  withAttributes(drawing, { viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true', focusable: 'false' });
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', icons[name]);
  drawing.append(path);
  return drawing;
}

export const SVG = 'http://www.w3.org/2000/svg';

// Lines on a grid of 16: the style strokes them.
const icons = {
  pause: 'M5.5 3v10M10.5 3v10',
  play: 'M5 3.2v9.6L12.5 8z',
  stop: 'M4 4h8v8H4z',
  say: 'M2.5 3.5h11v7H8l-3 2.7v-2.7H2.5z',
  back: 'M10 3.5 5.5 8l4.5 4.5',
  on: 'M6 3.5 10.5 8 6 12.5',
  backFar: 'M8.5 3.5 4 8l4.5 4.5M13 3.5 8.5 8l4.5 4.5',
  onFar: 'M3 3.5 7.5 8 3 12.5M7.5 3.5 12 8l-4.5 4.5',
  toEnd: 'M4 3.5 8.5 8 4 12.5M12 3.5v9',
  more: 'M8 3.5v9M3.5 8h9',
  less: 'M3.5 8h9',
  whole: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  follow: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2',
  light:
    'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M3.2 12.8l1.1-1.1M11.7 4.3l1.1-1.1',
  dark: 'M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6z',
  system: 'M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3',
  keys: 'M1.5 4h13v8h-13zM4 6.7h.6M6.6 6.7h.6M9.2 6.7h.6M11.8 6.7h.6M5 9.5h6',
  find: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.3 10.3l3.4 3.4',
} as const;
