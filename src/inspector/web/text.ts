import { showUnseen } from '../../protocol/untrusted.ts';

/** Text of a model, a command or a person as it is shown: what is not seen is seen, and what is too long is cut. */
export function shown(text: string, atMost = MOST): string {
  const cut = text.length > atMost ? `${text.slice(0, atMost)}…` : text;
  return showUnseen(cut);
}

/** The same on one line. */
export function oneLine(text: string, atMost = 200): string {
  return shown(
    text
      .slice(0, 4 * atMost)
      .replace(/\s*\n\s*/g, ' ')
      .trim(),
    atMost,
  );
}

/** A command gives 32 KiB of each stream at most; a model may write more. */
const MOST = 40_000;

/** What a journal holds may be anything, once it was changed by hand. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function textField(value: unknown, name: string): string | null {
  const field = fieldOf(value, name);
  return typeof field === 'string' ? field : null;
}

export function numberField(value: unknown, name: string): number | null {
  const field = fieldOf(value, name);
  return typeof field === 'number' ? field : null;
}
