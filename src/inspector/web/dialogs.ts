import { make, textButton, withAttributes } from './dom.ts';

export interface Dialog {
  readonly element: HTMLDialogElement;
  open(): void;
}

/** Asks before something that cannot be taken back. */
export function createConfirm(options: {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly no: string;
  readonly onYes: () => void;
}): Dialog {
  const no = textButton(options.no, () => element.close());
  const yes = textButton(
    options.yes,
    () => {
      element.close();
      options.onYes();
    },
    'danger',
  );
  const element = frame(options.title, make('p', '', options.text), make('div', 'dialog-buttons', no, yes));
  return { element, open: () => open(element, no) };
}

/** Asks for a text. An empty one is not sent. */
export function createAsk(options: {
  readonly title: string;
  readonly text: string;
  readonly label: string;
  readonly send: string;
  readonly onText: (text: string) => void;
}): Dialog {
  const field = withAttributes(make('textarea', 'say-field'), {
    'aria-label': options.label,
    rows: '4',
    maxlength: String(MOST_SAID),
  });
  const send = () => {
    const text = field.value.trim();
    if (text === '') return field.focus();
    field.value = '';
    element.close();
    options.onText(text);
  };
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    send();
  });
  const buttons = make(
    'div',
    'dialog-buttons',
    textButton('Cancel', () => element.close()),
    textButton(options.send, send, 'primary'),
  );
  const element = frame(options.title, make('p', '', options.text), field, buttons);
  return { element, open: () => open(element, field) };
}

/** Says something, as a list of terms. */
export function createHelp(title: string, entries: readonly (readonly [string, string])[]): Dialog {
  const rows = entries.map(([keys, what]) =>
    make(
      'div',
      'help-row',
      make('dt', '', ...keys.split(' ').map((key) => make('kbd', '', key))),
      make('dd', '', what),
    ),
  );
  const close = textButton('Close', () => element.close());
  const element = frame(title, make('dl', 'help', ...rows), make('div', 'dialog-buttons', close));
  return { element, open: () => open(element, close) };
}

const MOST_SAID = 2000;

function frame(title: string, ...children: readonly Node[]): HTMLDialogElement {
  const element = make('dialog', 'dialog', make('h2', 'dialog-title', title), ...children);
  element.setAttribute('aria-label', title);
  // A click beside it closes it, as Escape does.
  element.addEventListener('click', ({ target }) => {
    if (target === element) element.close();
  });
  return element;
}

function open(element: HTMLDialogElement, first: HTMLElement): void {
  if (element.open) return;
  element.showModal();
  first.focus();
}
