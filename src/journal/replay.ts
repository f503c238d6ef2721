import { createHash } from 'node:crypto';
import { type EventFromLogic, initialTransition, type SnapshotFrom, transition } from 'xstate';
import { agentMachine } from '../machine/agent.machine.ts';
import type { AgentInput } from '../machine/types.ts';
import type { ChartInput, JournalRecord } from './format.ts';

export type AgentSnapshot = SnapshotFrom<typeof agentMachine>;

/** How a replay ended. Events are counted from 1, over the whole journal. */
export type Replay =
  | { readonly ok: true; readonly events: number }
  /** The first event after which the chart is not where the journal says it was. */
  | {
      readonly ok: false;
      readonly events: number;
      readonly line: number;
      readonly event: string;
      readonly iteration: number;
      readonly recorded: string;
      /** Null: the chart cannot take that event at all, because it is not of its shape. */
      readonly computed: string | null;
      /** Where the chart comes to, such as `running.loop.resting`; where it was, when it cannot take the event. */
      readonly state: string;
    };

/** One step of a replay, for whoever wants to tell a run from its journal. */
export interface ReplayStep {
  /** Of the journal, from 1. */
  readonly line: number;
  readonly time: string;
  /** Null: the chart was started, anew or for the first time. */
  readonly event: ChartInput | null;
  readonly before: AgentSnapshot | null;
  /** Null: the chart cannot take the event; it is the last step. */
  readonly after: AgentSnapshot | null;
  /** What the journal says of the state after it. */
  readonly recorded: string;
}

/**
 * Drives the chart through what the journal has of its inputs. Pure: no model, no shell, no clock.
 * @param machine the chart, or one with the same states whose guards also tell something
 */
export function* replaySteps(
  records: readonly JournalRecord[],
  machine: typeof agentMachine = agentMachine,
): Generator<ReplayStep> {
  let snapshot: AgentSnapshot | null = null;
  for (const [index, record] of records.entries()) {
    const line = index + 1;
    if (record.type !== 'run.opened' && record.type !== 'run.resumed' && record.type !== 'chart.moved') continue;
    const event = record.type === 'chart.moved' ? record.event : null;
    const before: AgentSnapshot | null = snapshot;
    snapshot =
      record.type === 'chart.moved'
        ? before && tryMove(before, record.event, machine)
        : startChart(record.input, machine);
    yield { line, time: record.time, event, before, after: snapshot, recorded: record.state };
    if (snapshot === null) return;
  }
}

/** Compares the state after every event with the journal's. */
export function replay(records: readonly JournalRecord[]): Replay {
  let events = 0;
  for (const { line, event, before, after, recorded } of replaySteps(records)) {
    if (event !== null) events += 1;
    const computed = after && hashState(after);
    if (computed === recorded) continue;
    const known = after ?? before;
    const iteration = known?.context.iteration ?? 0;
    const state = known === null ? 'no state: it was never started' : nameState(known);
    return { ok: false, events, line, event: event?.type ?? 'the start', iteration, recorded, computed, state };
  }
  return { ok: true, events };
}

/** The chart's state at its very start. */
export function startChart(input: AgentInput, machine = agentMachine): AgentSnapshot {
  const [snapshot] = initialTransition(machine, input);
  return snapshot;
}

export function moveChart(snapshot: AgentSnapshot, event: ChartInput, machine = agentMachine): AgentSnapshot {
  // Actors' answers are events of XState's own making, which the machine's type does not name.
  const [next] = transition(machine, snapshot, event as EventFromLogic<typeof agentMachine>);
  return next;
}

/** A journal may hold anything once it was changed by hand: what the chart's functions cannot read is no event of it. */
function tryMove(snapshot: AgentSnapshot, event: ChartInput, machine: typeof agentMachine): AgentSnapshot | null {
  try {
    return moveChart(snapshot, event, machine);
  } catch {
    return null;
  }
}

/** 64 bits of a SHA-256 over configuration, history and context, whatever the order of their keys. */
export function hashState({ value, context, historyValue, status }: AgentSnapshot): string {
  const history = Object.entries(historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id).sort()]);
  return createHash('sha256')
    .update(JSON.stringify([status, value, context, Object.fromEntries(history)], inOrder))
    .digest('hex')
    .slice(0, 16);
}

/** The innermost states, joined by dots; regions by ` + `. */
export function nameState({ value }: Pick<AgentSnapshot, 'value'>): string {
  return pathsOf(value).join(' + ');
}

function pathsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner).map((path) => `${key}.${path}`));
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
