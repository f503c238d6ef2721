import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { edgeId, edgesOf, statesOf, transitionsOf } from '../machine/structure.ts';
import type { Exploration } from './explore.ts';

/** What of a machine tests have met. */
export interface Coverage {
  /** Takes note of where a machine is, and of the transitions that led there. */
  note(snapshot: AnyMachineSnapshot, taken: readonly string[]): void;
  /** States and transitions (by `edgeId`) that were not met, in the order of the source. */
  missing(): { readonly states: readonly string[]; readonly transitions: readonly string[] };
  /**
   * @param except what cannot be met, and why
   * @throws unless all states and transitions were met, and none of the exceptions
   */
  assertFull(except?: Readonly<Record<string, string>>): void;
}

/** A state counts as met when a machine was in it, or passed through it: a history state, or one that is left at once. */
export function createCoverage(machine: AnyStateMachine): Coverage {
  const states = statesOf(machine);
  const edges = new Map(states.flatMap(transitionsOf).map((transition) => [edgeId(transition), transition]));
  const metStates = new Set<string>();
  const metEdges = new Set<string>();
  const missing = () => ({
    states: states.map(({ id }) => id).filter((id) => !metStates.has(id)),
    transitions: edgesOf(machine).filter((id) => !metEdges.has(id)),
  });
  return {
    note({ _nodes }, taken) {
      for (const { id } of _nodes) metStates.add(id);
      for (const id of taken) {
        metEdges.add(id);
        const edge = edges.get(id);
        for (const { id } of edge === undefined ? [] : [edge.source, ...(edge.target ?? [])]) metStates.add(id);
      }
    },
    missing,
    assertFull(except = {}) {
      const all = [...missing().states, ...missing().transitions];
      const unmet = all.filter((id) => !(id in except));
      const met = Object.keys(except).filter((id) => !all.includes(id));
      if (unmet.length > 0) throw new Error(`Never met: ${unmet.join(', ')}.`);
      if (met.length > 0) throw new Error(`Excepted, and met all the same: ${met.join(', ')}. Take it off the list.`);
    },
  };
}

/** Takes note of everything that an exploration has met. */
export function noteExploration<TSnapshot extends AnyMachineSnapshot, TEvent, TMemory>(
  coverage: Coverage,
  { start, steps }: Exploration<TSnapshot, TEvent, TMemory>,
): void {
  coverage.note(start.snapshot, []);
  for (const { landed, taken } of steps) coverage.note(landed, taken);
}
