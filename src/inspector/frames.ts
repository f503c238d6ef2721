import { withGuardsTold } from '../journal/explain.ts';
import type { ChartInput, IterationRecord, JournalRecord } from '../journal/format.ts';
import type { AgentSnapshot } from '../journal/replay.ts';
import { MACHINE_VERSION } from '../machine/agent.machine.ts';
import { createPureDriver, type Move, type PureDriver } from '../machine/pure-driver.ts';
import type { AgentInput, Tokens } from '../machine/types.ts';
import type { Effort, Frame, Moved } from './messages.ts';

/** Makes frames of a journal's records, as they come. */
export interface FrameMaker {
  /** The frames that these records add, which follow those given before. */
  add(records: readonly JournalRecord[]): Frame[];
}

/**
 * The chart is driven through what the journal has of its inputs, without running it. From the first event on that this
 * chart cannot take, or in a run of another version of it, there are no `moved` frames.
 */
export function createFrameMaker(): FrameMaker {
  let asked: Moved['guards'][number][] = [];
  const machine = withGuardsTold((guard) => asked.push(guard));
  let driver: PureDriver<AgentSnapshot, ChartInput> | null = null;
  let snapshot: AgentSnapshot | null = null;
  let index = 0;
  let tokens: Tokens = { evaluated: 0, generated: 0 };
  let thought: Thought = nothingThought;
  let begunAt: string | null = null;

  function start(input: AgentInput, machineVersion: number): Moved | null {
    snapshot = null;
    if (machineVersion !== MACHINE_VERSION) return null;
    driver = createPureDriver(machine, input);
    return taken(
      '',
      {},
      attempt(() => driver?.start()),
    );
  }

  function move({ type, ...payload }: ChartInput): Moved | null {
    const before = snapshot;
    if (before === null) return null;
    if (type === 'xstate.done.actor.think') thought = thoughtOf(payload['output']);
    return taken(
      type,
      payload,
      attempt(() => driver?.step(before, { ...payload, type })),
    );
  }

  function taken(event: string, payload: Moved['payload'], step: Move<AgentSnapshot> | null): Moved | null {
    const before = snapshot;
    const guards = asked;
    asked = [];
    snapshot = step?.snapshot ?? null;
    if (step === null) return null;
    return {
      kind: 'moved',
      event,
      payload,
      // The initial transition has no event of the chart.
      edges: event === '' ? [] : step.taken,
      active: step.snapshot._nodes.map(({ id }) => id),
      context: changesOf(before, step.snapshot),
      guards,
    };
  }

  function save({ surroundings, time, ...record }: IterationRecord): Frame {
    const effort: Effort = {
      tokens: {
        evaluated: Math.max(0, record.tokens.evaluated - tokens.evaluated),
        generated: Math.max(0, record.tokens.generated - tokens.generated),
      },
      ...thought,
      durationMs: begunAt === null ? 0 : Math.max(0, Date.parse(time) - Date.parse(begunAt)),
    };
    tokens = record.tokens;
    thought = nothingThought;
    begunAt = null;
    const { iteration, decision, answer, verdict, outcome, output, message, changes, workingDirectory } = record;
    const { files, filesOmitted, nudge = null } = surroundings;
    return {
      ...{ index: index++, time, iteration, kind: 'saved' },
      ...{ decision, answer, verdict, outcome, output, message, changes },
      ...{ files, filesOmitted, nudge, workingDirectory, effort },
    };
  }

  function frameOf(record: JournalRecord): Frame | null {
    const { time } = record;
    const at = () => ({ index: index++, time, iteration: snapshot?.context.iteration ?? 0 });
    switch (record.type) {
      case 'run.opened': {
        const moved = start(record.input, record.machineVersion);
        return moved && { ...at(), ...moved };
      }
      case 'run.resumed': {
        const moved = start(record.input, record.machineVersion);
        tokens = record.input.before?.tokens ?? tokens;
        begunAt = null;
        return moved && { ...at(), ...moved };
      }
      case 'chart.moved': {
        const moved = move(record.event);
        if (moved === null) return null;
        if ('iteration' in moved.context) begunAt = time;
        return { ...at(), ...moved };
      }
      case 'run.ready':
        return { ...at(), kind: 'ready', model: record.model.name, sandbox: record.sandbox };
      case 'command.intended':
        return { ...at(), kind: 'intended', command: record.command, workingDirectory: record.workingDirectory };
      case 'iteration.saved':
        return save(record);
      case 'person.said':
        return { ...at(), kind: 'said', text: record.text };
      case 'run.ended': {
        const { type: _, ...end } = record;
        return { ...at(), ...end, kind: 'ended' };
      }
    }
  }

  return {
    add(records) {
      const frames: Frame[] = [];
      for (const record of records) {
        if (record.type === 'run.resumed') {
          const iteration = record.input.before?.iterations ?? 0;
          frames.push({ index: index++, time: record.time, iteration, kind: 'resumed', boxChanges: record.boxChanges });
        }
        const frame = frameOf(record);
        if (frame !== null) frames.push(frame);
      }
      return frames;
    },
  };
}

type Thought = Pick<Effort, 'promptTokens' | 'tokensPerSecond'>;

const nothingThought: Thought = { promptTokens: null, tokensPerSecond: null };

/** A journal may hold anything once it was changed by hand. */
function thoughtOf(output: unknown): Thought {
  const effort = fieldOf(output, 'effort');
  const promptTokens = fieldOf(effort, 'promptTokens');
  const tokensPerSecond = fieldOf(effort, 'tokensPerSecond');
  return {
    promptTokens: typeof promptTokens === 'number' ? promptTokens : null,
    tokensPerSecond: typeof tokensPerSecond === 'number' ? tokensPerSecond : null,
  };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function attempt<T>(move: () => T | undefined): T | null {
  try {
    return move() ?? null;
  } catch {
    return null;
  }
}

/** An assignment leaves alone what it does not change, so what is the same object is the same. */
function changesOf(before: AgentSnapshot | null, { context }: AgentSnapshot): Record<string, unknown> {
  const earlier: Readonly<Record<string, unknown>> = before === null ? {} : { ...before.context };
  const entries = Object.entries(context).filter(([name, value]) => !(name in earlier) || earlier[name] !== value);
  return Object.fromEntries(entries);
}
