import type { BoxChanges } from '../machine/types.ts';

/** What has changed in the box, in one line; of each kind up to eight names. `nothing` is said when nothing has. */
export function describeChanges({ added, changed, removed, isPartial }: BoxChanges, nothing: string): string {
  const groups = [
    ['added', added],
    ['changed', changed],
    ['removed', removed],
  ] as const;
  const parts = groups.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what} ${shorten(names)}`]));
  return `${parts.join('; ') || nothing}${isPartial ? ' (not everything could be looked at)' : ''}`;
}

const MAX_NAMES = 8;

function shorten(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return `${names.slice(0, MAX_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
