import { limitsOf, type Settings } from './config.ts';
import { createJournal, type Journal, reopenJournal } from './journal/append.ts';
import { JOURNAL_SCHEMA, type JournalHeader } from './journal/format.ts';
import { markRunAlive } from './journal/lock.ts';
import { hashState, startChart } from './journal/replay.ts';
import type { Resumption } from './journal/resume.ts';
import { MACHINE_VERSION } from './machine/agent.machine.ts';
import type { AgentInput, BoxChanges } from './machine/types.ts';
import { gyreVersion } from './version.ts';

export interface OpenJournalOptions {
  readonly settings: Settings;
  readonly boxDir: string;
  /** What the chart is started with. */
  readonly input: AgentInput;
  /** Null: a run without a past. */
  readonly resumption: Resumption | null;
  /** How the box differs from what gyre saw last; null: that is not known. */
  readonly boxChanges: BoxChanges | null;
}

/**
 * Makes this process the only one that writes to the run, and opens its journal: a new one with its header, or the old
 * one behind its last whole record.
 * @returns the journal, and a function that gives the run free
 * @throws AgentError `journal-unwritable`
 */
export async function openRunJournal(options: OpenJournalOptions): Promise<{ journal: Journal; release: () => void }> {
  const release = await markRunAlive(options.input.runId);
  try {
    const { resumption } = options;
    const journal = await (resumption?.isSameRun ? goOn(options, resumption) : begin(options));
    return { journal, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** The first record of a run. */
export function headerOf({ settings, boxDir, input, resumption }: OpenJournalOptions): JournalHeader {
  const { runId, goal, startedAtMs } = input;
  return {
    type: 'run.opened',
    schema: JOURNAL_SCHEMA,
    machineVersion: MACHINE_VERSION,
    gyreVersion: gyreVersion(),
    runId,
    time: new Date(startedAtMs).toISOString(),
    goal,
    sandboxDir: boxDir,
    limits: limitsOf(settings),
    settings: { ...settings },
    input,
    state: hashState(startChart(input)),
    ...(resumption === null
      ? {}
      : { from: { runId: resumption.story.runId, iterations: resumption.before.iterations } }),
  };
}

async function begin(options: OpenJournalOptions): Promise<Journal> {
  const journal = await createJournal(options.settings.stateDir, headerOf(options));
  for (const record of options.resumption?.saved ?? []) await journal.append(record);
  return journal;
}

async function goOn(
  { settings, input, boxChanges }: OpenJournalOptions,
  { story, interrupted }: Resumption,
): Promise<Journal> {
  const journal = await reopenJournal(story.journal, { size: story.journalBytes, whole: story.wholeBytes });
  try {
    if (interrupted !== null) await journal.append(interrupted);
    await journal.append({
      type: 'run.resumed',
      time: new Date(input.startedAtMs).toISOString(),
      gyreVersion: gyreVersion(),
      machineVersion: MACHINE_VERSION,
      settings: { ...settings },
      limits: limitsOf(settings),
      input,
      state: hashState(startChart(input)),
      boxChanges,
    });
  } catch (error) {
    await journal.close();
    throw error;
  }
  return journal;
}
