import type { Setting } from './assignments.ts';
import type { Term } from './words.ts';

/**
 * A word with the variables filled in that the line itself sets to fixed text: `d=..; cat $d/x` reads `../x`. Where a
 * variable has several such values, a path that leads upwards or starts at the root is taken.
 */
export function withKnownVariables(term: Term, settings: readonly Setting[]): Term {
  if (settings.length === 0 || term.computed.length === 0) return term;
  if (!term.computed.every((expansion) => VARIABLE.test(expansion))) return term;
  let isKnown = true;
  const text = term.script.replace(VARIABLES, (_, name?: string, braced?: string) => {
    const value = knownValue(name ?? braced ?? '', settings);
    isKnown &&= value !== null;
    return value ?? '';
  });
  return isKnown ? { ...term, start: text, isWhole: true } : term;
}

const VARIABLE = /^\$(?:[a-zA-Z]\w*|\{[a-zA-Z]\w*\})$/;
const VARIABLES = /\$(?:([a-zA-Z]\w*)|\{([a-zA-Z]\w*)\})/g;

function knownValue(name: string, settings: readonly Setting[]): string | null {
  const values = settings.filter((setting) => setting.name === name).map(({ value }) => value?.value ?? null);
  return values.find((value) => value !== null && /^\/|(?:^|\/)\.\.(?:\/|$)/.test(value)) ?? values[0] ?? null;
}
