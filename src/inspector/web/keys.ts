/** What a key does. `shift` and `alt` are part of its name: `shift+ArrowLeft`. */
export type Bindings = Readonly<Record<string, () => void>>;

/** Binds keys for the whole page. None of them fires while somebody types, or while a dialog is open. */
export function bindKeys(bindings: Bindings): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
    // Space and Enter press the button that has the focus.
    if (event.key === ' ' && event.target instanceof HTMLButtonElement) return;
    const isArrow = event.key.startsWith('Arrow');
    const action = bindings[isArrow && event.shiftKey ? `shift+${event.key}` : event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

/** What the dialog of keys says. */
export function keyHelp(hasControls: boolean): readonly (readonly [string, string])[] {
  return [
    ['Space', hasControls ? 'Pause and go on; play, when looking back' : 'Play and stop playing'],
    ['← →', 'One event back, one on'],
    ['↑ ↓', 'One iteration back, one on (also Shift with ← →)'],
    ['Home', 'To the beginning'],
    ['End L', hasControls ? 'Live: follow the run again' : 'To the end'],
    ['/', 'Search the events'],
    ['+ - 0 F', 'Chart: zoom in, zoom out, all of it, follow the active state'],
    ['U', hasControls ? 'Chart: what was used by this run, by all runs' : 'Chart: what was used by this run'],
    ['?', 'These keys'],
    ['Esc', 'Close; leave the search'],
  ];
}
