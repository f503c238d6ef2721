import type { Setting } from './assignments.ts';
import type { Term } from './words.ts';

/** Shell text that a command line hands to a shell. */
export interface HandedScript {
  readonly term: Term;
  /** It is a handler: what is computed in it is mostly the name of a temporary file. */
  readonly isHandler: boolean;
}

/**
 * Tells whether a shell could find more in a script than stands in it. An expansion is harmless when it can only give
 * plain words: a number, a variable that the line never sets, or one that it sets to plain words alone.
 */
export function hidesCode({ term, isHandler }: HandedScript, settings: readonly Setting[]): boolean {
  const judged = new Set<string>();
  return term.computed.some((expansion) => !isPlainExpansion(expansion, settings, isHandler, judged));
}

const PLAIN = /^[\w\s.,:/+@%=~^-]*$/;
const PLAIN_PROGRAMS =
  /^(?:\$\(|`)\s*(?:basename|date|dirname|expr|hostname|id|mktemp|nproc|pwd|seq|uname|wc|whoami)\b/;

/** `judged`: the variables whose values were looked at, so that each is looked at once. */
function isPlainExpansion(
  expansion: string,
  settings: readonly Setting[],
  isHandler: boolean,
  judged: Set<string>,
): boolean {
  if (/^(?:\$\(\(|\$\[|\$[?#!$]$|\$\{#|\{[\w.,-]*\}$|<\()/.test(expansion)) return true;
  if (/^(?:\$\(|`)/.test(expansion)) return isHandler || (PLAIN_PROGRAMS.test(expansion) && !/[;&|\n]/.test(expansion));
  const name = /^\$\{?([a-zA-Z_]\w*)/.exec(expansion)?.[1];
  if (name === undefined) return isHandler;
  if (judged.has(name)) return true;
  judged.add(name);
  return settings
    .filter((setting) => setting.name === name)
    .every(({ value }) => {
      if (value === null) return isHandler;
      return (
        (value.value === null || PLAIN.test(value.value)) &&
        value.computed.every((inner) => isPlainExpansion(inner, settings, isHandler, judged))
      );
    });
}
