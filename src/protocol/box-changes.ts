import type { BoxChanges } from '../machine/types.ts';

/** What has changed in the box, in one line. `nothing` is said when nothing has. */
export function describeChanges(changes: BoxChanges, nothing: string): string {
  return `${listBoxChanges(changes) || nothing}${changes.isPartial ? ' (not everything could be looked at)' : ''}`;
}

/** What has happened to the box while nobody of gyre looked, for person and model; null when nothing has. */
export function describeBoxChanges(changes: BoxChanges): string | null {
  const told = listBoxChanges(changes);
  if (told === '') return null;
  return `Since then the directory has changed: ${told}.${changes.isPartial ? ' Only a part of it could be compared.' : ''}`;
}

/** Up to ten names of each kind; empty when nothing has changed. */
function listBoxChanges({ added, changed, removed }: BoxChanges): string {
  const groups = [
    ['added', added],
    ['changed', changed],
    ['removed', removed],
  ] as const;
  return groups.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what} ${listSome(names)}`])).join('; ');
}

function listSome(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

const MAX_NAMES = 10;
