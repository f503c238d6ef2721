import { cleanText } from '../../protocol/untrusted.ts';

const MAX_LENGTH = 160;

/** A file's name as it may be shown to a person or a model: on one line, without controls, cut in the middle. */
export function cleanName(name: string): string {
  // A name that is nothing but an escape sequence is still a name.
  const clean = cleanText(name).replace(/[\n\t]/g, '·') || '·';
  if (clean.length <= MAX_LENGTH) return clean;
  const cut = `${clean.slice(0, MAX_LENGTH / 2)}…${clean.slice(-MAX_LENGTH / 2)}`;
  return cut.replace(/\p{Surrogate}/gu, '\uFFFD');
}
