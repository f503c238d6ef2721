import type { AgentInput } from '../../machine/types.ts';
import { isMove } from '../explore.ts';
import { longestWays } from '../longest-ways.ts';
import { isAtLastIteration } from './abstraction.ts';
import type { AgentConfiguration, AgentExploration, AgentStep } from './chart-events.ts';

/** A step that begins an iteration: the only kind that a circle may, and must, pass. */
export function isBegin({ from, landed }: AgentStep): boolean {
  return landed.context.iteration > from.snapshot.context.iteration;
}

export function isNoPause({ event }: AgentStep): boolean {
  return event.type !== 'user.pause';
}

/**
 * The most events that a run can have which nobody pauses; those that change nothing are not counted. Computed from
 * the longest way within one iteration, from each place where one can begin, and from the limit. Null without a limit of
 * iterations: then there is no such number.
 *
 * Relies on P2: without it there may be no longest way.
 */
export function longestRun(exploration: AgentExploration, { limits }: AgentInput): number | null {
  if (limits.maxIterations === null) return null;
  const moves = exploration.steps.filter((step) => isMove(step) && isNoPause(step));
  const within = moves.filter((step) => !isBegin(step));
  const begins = moves.filter(isBegin);
  const toTheEnd = longestWays(within.map(toEdge));
  const places = [...new Set([exploration.start, ...begins.map(({ to }) => to)])];
  const order = inOrder(within, toTheEnd);
  // Row and column 0 stand for the end; a run that has come there stays.
  const size = places.length + 1;
  const table = (isWanted: (place: AgentConfiguration) => boolean): Table => {
    const rows = places.map((place) => {
      const ways = waysFrom(place, order);
      const row = new Array<number>(size).fill(Number.NEGATIVE_INFINITY);
      row[0] = toTheEnd.get(place.key) ?? 0;
      for (const { from, to } of begins) {
        const way = ways.get(from.key);
        const column = places.indexOf(to) + 1;
        if (way !== undefined && isWanted(to)) row[column] = Math.max(row[column] ?? 0, way + 1);
      }
      return row;
    });
    return [[0, ...new Array<number>(size - 1).fill(Number.NEGATIVE_INFINITY)], ...rows];
  };
  const isLast = ({ snapshot }: AgentConfiguration) => isAtLastIteration(snapshot.context);
  // All iterations but the last one begin below the limit, and the last one at it.
  const all = multiply(
    power(
      table((place) => !isLast(place)),
      limits.maxIterations - 1,
    ),
    table(isLast),
  );
  const closed = multiply(
    all,
    table(() => false),
  );
  return closed[places.indexOf(exploration.start) + 1]?.[0] ?? 0;
}

/** Row: from where. Column: to where. Value: the most events on the way, or -Infinity when there is none. */
type Table = readonly (readonly number[])[];

/** The most events on two ways, one after the other. */
function multiply(left: Table, right: Table): Table {
  return left.map((row) =>
    row.map((_, column) => Math.max(...row.map((way, between) => way + (right[between]?.[column] ?? 0)))),
  );
}

function power(table: Table, exponent: number): Table {
  if (exponent === 0) {
    return table.map((row, from) => row.map((_, to) => (from === to ? 0 : Number.NEGATIVE_INFINITY)));
  }
  const half = power(table, Math.floor(exponent / 2));
  const even = multiply(half, half);
  return exponent % 2 === 0 ? even : multiply(even, table);
}

/** Edges such that each comes before those that follow it on a way. */
function inOrder(steps: readonly AgentStep[], toTheEnd: ReadonlyMap<string, number>): readonly AgentStep[] {
  const left = (step: AgentStep) => toTheEnd.get(step.from.key) ?? 0;
  return [...steps].sort((a, b) => left(b) - left(a));
}

/** The longest way from one place to each other within an iteration. */
function waysFrom(place: AgentConfiguration, order: readonly AgentStep[]): ReadonlyMap<string, number> {
  const ways = new Map([[place.key, 0]]);
  for (const { from, to } of order) {
    const way = ways.get(from.key);
    if (way !== undefined) ways.set(to.key, Math.max(ways.get(to.key) ?? 0, way + 1));
  }
  return ways;
}

function toEdge({ from, to }: AgentStep) {
  return { from: from.key, to: to.key };
}
