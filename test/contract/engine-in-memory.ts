import type { RunMemory } from '../../src/agent-memory.ts';
import { type Course, driveOn, type StretchEnd } from '../../src/fleet/driver.ts';
import type { Host } from '../../src/fleet/host.ts';
import type { RunSpec } from '../../src/fleet/run-spec.ts';
import type { Came, Letter, Pending, Steps } from '../../src/fleet/steps.ts';
import type { JournalRecord } from '../../src/journal/format.ts';
import type { AgentInput, AgentOutput } from '../../src/machine/types.ts';

/** What happens to a process at one moment of a run; moments are answers of the engine, counted from 1. */
export type Mishap =
  /** It dies before the work of that answer has begun. */
  | 'dies-before'
  /** It dies when the work is done and nobody has kept what came of it. */
  | 'dies-after'
  /** It loses the engine when the work is done, and is asked again by it: the same process, a new attempt. */
  | 'asked-again';

export interface FleetInMemory {
  readonly output: AgentOutput;
  readonly records: readonly JournalRecord[];
  readonly attempts: number;
}

/**
 * Drives a run as the engine does: in stretches whose state is JSON, with answers that are kept, on hosts that die.
 * @param nextHost called at first and whenever a process has died
 */
export async function runInMemory(options: {
  readonly spec: RunSpec;
  readonly input: AgentInput;
  readonly nextHost: () => Host;
  readonly mishaps?: ReadonlyMap<number, Mishap>;
  readonly maxIterations?: number;
  readonly letters?: ReadonlyMap<number, readonly Letter[]>;
}): Promise<FleetInMemory> {
  const { spec, input, nextHost, maxIterations = 2 } = options;
  const mishaps = new Map(options.mishaps);
  const letters = new Map(options.letters);
  const records: JournalRecord[] = [];
  let host = nextHost();
  let kept: { course: Course; memory: RunMemory } | null = null;
  let answers = 0;
  let attempts = 0;
  for (;;) {
    // Of this invocation: what an attempt after a crash is told again.
    const journal: unknown[] = [];
    for (;;) {
      attempts += 1;
      const told: JournalRecord[] = [];
      const crew = host.crewFor({
        home: 'home',
        runId: input.runId,
        settings: spec.settings,
        input,
        memory: kept?.memory ?? null,
      });
      const steps = openSteps(journal, {
        count: () => (answers += 1),
        mishapAt: (answer) => {
          const mishap = mishaps.get(answer);
          mishaps.delete(answer);
          return mishap;
        },
        lettersAt: (answer) => {
          const its = letters.get(answer) ?? [];
          letters.delete(answer);
          return its;
        },
      });
      try {
        const end: StretchEnd = await driveOn({
          course: kept?.course ?? null,
          input,
          steps,
          crew,
          letters: [],
          maxIterations,
          onRecords: (its) => void told.push(...its),
        });
        records.push(...json(told));
        if (end.hasEnded) return { output: end.output, records, attempts };
        kept = json({ course: end.course, memory: crew.keep() });
        if (end.goOnAtMs !== 0) await untilClock(end.goOnAtMs);
        break;
      } catch (error) {
        if (!(error instanceof Mishappened)) throw error;
        if (error.mishap !== 'asked-again') host = nextHost();
      }
    }
  }
}

class Mishappened extends Error {
  readonly mishap: Mishap;

  constructor(mishap: Mishap) {
    super(mishap);
    this.mishap = mishap;
  }
}

interface Fate {
  count(): number;
  mishapAt(answer: number): Mishap | undefined;
  lettersAt(answer: number): readonly Letter[];
}

/** @param journal what this invocation was answered, and is answered again after a crash */
function openSteps(journal: unknown[], fate: Fate): Steps {
  let asked = 0;
  const answer = async <T>(make: () => Promise<T>): Promise<T> => {
    asked += 1;
    // What was kept was kept under this place.
    if (asked <= journal.length) return journal[asked - 1] as T;
    const value = json(await make());
    journal.push(value);
    return value;
  };
  return {
    begin: <T>(name: string, work: () => Promise<T>): Pending<T> => ({ name, handle: work }),
    first: <T>(pending: Pending<T>) =>
      answer<Came<T>>(async () => {
        const number = fate.count();
        const mishap = fate.mishapAt(number);
        if (mishap === 'dies-before') throw new Mishappened(mishap);
        const letters = fate.lettersAt(number);
        // What `begin` has put there.
        const work = pending.handle as () => Promise<T>;
        if (letters.length > 0) {
          // An engine may begin late what somebody has just given up.
          setImmediate(() => void work().catch(() => {}));
          return { what: 'letters', letters };
        }
        const result = await work();
        if (mishap !== undefined) throw new Mishappened(mishap);
        return { what: 'result', result };
      }),
    now: () => answer(async () => Date.now()),
  };
}

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

async function untilClock(atMs: number | null): Promise<void> {
  if (atMs === null) throw new Error('The run waits for a letter that nobody writes.');
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - Date.now())));
}
