import { type Exploration, isMove, pathTo, type Step } from './explore.ts';

/** A way through a machine, from its start. */
export type Path<TSnapshot, TEvent, TMemory = null> = readonly Step<TSnapshot, TEvent, TMemory>[];

/** A shortest path to each configuration, in the order of their distance; the start has none. */
export function shortestPaths<TSnapshot, TEvent, TMemory>({
  configurations,
}: Exploration<TSnapshot, TEvent, TMemory>): readonly Path<TSnapshot, TEvent, TMemory>[] {
  return configurations.filter(({ foundBy }) => foundBy !== null).map(pathTo);
}

/**
 * Every path to an end that meets no configuration twice. There can be very many: name how many are wanted.
 * @param atMost the longest come last, because the search goes deep first: fewer paths are not the shorter ones
 */
export function simplePaths<TSnapshot, TEvent, TMemory>(
  { start, steps }: Exploration<TSnapshot, TEvent, TMemory>,
  { atMost = 1_000 }: { readonly atMost?: number } = {},
): readonly Path<TSnapshot, TEvent, TMemory>[] {
  const next = new Map<string, Step<TSnapshot, TEvent, TMemory>[]>();
  for (const step of steps.filter(isMove)) {
    const leaving = next.get(step.from.key);
    if (leaving === undefined) next.set(step.from.key, [step]);
    else leaving.push(step);
  }
  const paths: Path<TSnapshot, TEvent, TMemory>[] = [];
  const visited = new Set([start.key]);
  const way: Step<TSnapshot, TEvent, TMemory>[] = [];
  const visit = (key: string) => {
    const leaving = next.get(key);
    if (leaving === undefined) paths.push([...way]);
    for (const step of leaving ?? []) {
      if (paths.length >= atMost || visited.has(step.to.key)) continue;
      visited.add(step.to.key);
      way.push(step);
      visit(step.to.key);
      way.pop();
      visited.delete(step.to.key);
    }
  };
  visit(start.key);
  return paths;
}

/**
 * Few shortest paths that together have a step of every name that `namesOf` gives to steps. Default: each transition of
 * the machine, from each state and to each state, so that every transition is taken wherever it can be.
 */
export function coveringPaths<TSnapshot extends { readonly value: unknown }, TEvent, TMemory>(
  { steps }: Exploration<TSnapshot, TEvent, TMemory>,
  namesOf: (step: Step<TSnapshot, TEvent, TMemory>) => readonly string[] = namesOfTransitions,
): readonly Path<TSnapshot, TEvent, TMemory>[] {
  const covered = new Set<string>();
  // Steps come in the order of their distance. The far ones go first, because their paths cover most of the near ones.
  return [...steps].reverse().flatMap((step) => {
    if (namesOf(step).every((name) => covered.has(name))) return [];
    const path = [...pathTo(step.from), step];
    for (const passed of path) for (const name of namesOf(passed)) covered.add(name);
    return [path];
  });
}

function namesOfTransitions<TSnapshot extends { readonly value: unknown }, TEvent, TMemory>({
  from,
  to,
  taken,
}: Step<TSnapshot, TEvent, TMemory>): readonly string[] {
  const [before, after] = [JSON.stringify(from.snapshot.value), JSON.stringify(to.snapshot.value)];
  return taken.map((id) => `${before} ${id} ${after}`);
}
