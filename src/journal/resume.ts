import type { RunBefore } from '../machine/types.ts';
import type { IterationRecord } from './format.ts';
import type { RunStory } from './read.ts';

/** From where a run goes on, or a new one begins. */
export interface Resumption {
  /** The run goes on under its id. Else a new one begins with its past. */
  readonly isSameRun: boolean;
  /** What the journal holds. */
  readonly story: RunStory;
  /** The iterations that the run begins with, the one that was cut off among them. */
  readonly saved: readonly IterationRecord[];
  /** The record of an iteration that was cut off between its command's start and its end; not yet in the journal. */
  readonly interrupted: IterationRecord | null;
  readonly before: RunBefore;
  /** What a person has said and no iteration has taken up. */
  readonly said: readonly string[];
}

/**
 * How a run goes on after its last iteration. A command that was begun and has no outcome becomes a failed iteration of
 * its own: nobody knows how far it came, so nothing runs it again.
 */
export function resumptionOf(story: RunStory): Resumption {
  const interrupted = findInterrupted(story);
  const saved = interrupted === null ? story.saved : [...story.saved, interrupted];
  return { isSameRun: true, story, saved, interrupted, before: beforeOf(saved), said: unheardOf(story, saved) };
}

/** How a new run begins that has the first iterations of another one behind it. */
export function branchOf(story: RunStory, iterations: number): Resumption {
  const saved = story.saved.slice(0, iterations);
  return { isSameRun: false, story, saved, interrupted: null, before: beforeOf(saved), said: [] };
}

/** For the model, of a command that nobody saw the end of. */
export const INTERRUPTED_ADVICE =
  'gyre was interrupted while this command ran: it may have run fully, partly or not at all. Look before you repeat it.';

function findInterrupted({ records, saved }: RunStory): IterationRecord | null {
  const intent = records.findLast((record) => record.type === 'command.intended');
  if (intent === undefined || saved.some(({ iteration }) => iteration === intent.iteration)) return null;
  const { iteration, command, workingDirectory, surroundings, note, tokens, time } = intent;
  return {
    type: 'iteration.saved',
    time,
    iteration,
    surroundings,
    decision: { action: 'RUN', command, note },
    answer: null,
    verdict: { kind: 'allow' },
    outcome: { kind: 'failure', code: 'interrupted', exitCode: null, truncated: false, durationMs: 0 },
    output: { stdout: '', stderr: '' },
    message: INTERRUPTED_ADVICE,
    changes: { added: [], changed: [], removed: [], isPartial: true },
    workingDirectory,
    tokens,
  };
}

/** Words are taken up in the order in which they were said. */
function unheardOf({ records }: RunStory, saved: readonly IterationRecord[]): readonly string[] {
  const heard = saved.reduce((sum, { surroundings }) => sum + (surroundings.said?.length ?? 0), 0);
  return records.flatMap((record) => (record.type === 'person.said' ? [record.text] : [])).slice(heard);
}

function beforeOf(saved: readonly IterationRecord[]): RunBefore {
  const last = saved.at(-1);
  return {
    iterations: last?.iteration ?? 0,
    tokens: last?.tokens ?? { evaluated: 0, generated: 0 },
    workingDirectory: last?.workingDirectory ?? '',
  };
}
