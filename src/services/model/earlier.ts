import type { TurnFacts } from '../../machine/types.ts';

/**
 * What is worth knowing of the turns that are no longer shown: files made and removed, the last commands that failed and
 * why, what the check said last. One line, bounded; null when there is nothing to tell. No model is asked.
 */
export function describeEarlier(facts: readonly TurnFacts[]): string | null {
  const made = new Set<string>();
  const removed = new Set<string>();
  for (const turn of facts) {
    for (const name of turn.made) {
      made.delete(name);
      made.add(name);
      removed.delete(name);
    }
    for (const name of turn.removed) {
      // What was made and is gone again was never there for the reader.
      if (!made.delete(name)) removed.add(name);
    }
  }
  const failed = [...new Set(facts.flatMap((turn) => turn.failed ?? []))].slice(-MAX_FAILED);
  const check = facts.findLast((turn) => turn.check !== null)?.check;
  const parts = [
    ...(made.size === 0 ? [] : [`made ${listNewest(made)}`]),
    ...(removed.size === 0 ? [] : [`removed ${listNewest(removed)}`]),
    ...failed.map((what) => `failed: ${what}`),
    ...(check === undefined ? [] : [`the check said: ${check}`]),
  ];
  return parts.length === 0 ? null : `Earlier: ${parts.join('; ')}`;
}

const MAX_NAMES = 12;
const MAX_FAILED = 4;

function listNewest(names: ReadonlySet<string>): string {
  const omitted = names.size - MAX_NAMES;
  const shown = [...names].slice(-MAX_NAMES).join(' ');
  return omitted > 0 ? `${shown} (and ${omitted} more)` : shown;
}
