import type { Call } from './reader.ts';

/**
 * The first character of a text that hides what it says: one that turns the direction of writing, has no width, or
 * breaks lines only for the eye. The joiners that emoji and many scripts need are fine between characters of theirs.
 */
export function findHidden(text: string): string | null {
  return HIDDEN.exec(text)?.[0] ?? null;
}

const HIDDEN =
  /(?![\u200c\u200d])\p{Cf}|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])|[\u034f\u115f\u1160\u17b4\u17b5\u2028\u2029\u3164\uffa0]|[\u{e0000}-\u{e0fff}]/u;

/**
 * The first word of a call that is not what it looks like: a program or an option in letters that look like others, a
 * dash that is none, or white space that bash takes for a letter. Text in quotes is data and may be in any script.
 */
export function findLookAlike({ name, args }: Call): string | null {
  if (isLookAlike(name.start)) return name.text;
  const word = [name, ...args].find(
    ({ bare, start }) =>
      SPACE.test(bare) || FALSE_DASH.test(bare) || (/^-/.test(start) && isLookAlike(optionOf(start))),
  );
  return word?.text ?? null;
}

/** As Unicode writes it. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

const SPACE = /(?! )[\p{Zs}]/u;
const FALSE_DASH = /^[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]+\p{L}/u;

function optionOf(word: string): string {
  return word.split('=', 1)[0] ?? '';
}

/** Cyrillic and Greek letters that fonts draw like Latin ones. A name of these alone is read as another name. */
const DRAWN = 'аеорсухіјѕԁһӏԛԝορυχνικα';

function isLookAlike(word: string): boolean {
  if (/^[\x00-\x7f]*$/.test(word)) return false;
  if (word.normalize('NFKC') !== word.normalize('NFC') || SPACE.test(word)) return true;
  const runs = word.match(/[\p{L}\p{M}]+/gu) ?? [];
  return runs.some((run) => {
    if (
      /[a-z]/i.test(run) &&
      /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(run)
    ) {
      return true;
    }
    return [...run.toLowerCase()].every((letter) => DRAWN.includes(letter)) && /[^\x00-\x7f]/.test(run);
  });
}
