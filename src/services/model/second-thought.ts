import type { LastResult } from '../../machine/types.ts';
import { parseDecision } from '../../protocol/decision.ts';
import type { Demonstration } from './demonstrations.ts';
import { findMissingFiles } from './missing-files.ts';
import type { ThoughtRequest } from './model.ts';

/**
 * Why a decision is not worth carrying out, when the model could as well be asked once more:
 * - `unreadable`: it is no well-formed decision, or its command was cut
 * - `copied`: the command of a demonstration, with names of files that exist in the demonstration only
 * - `failed-before`: a command that has failed twice already in what the model is shown
 * - `not-begun`: a STOP before anything was done
 * - `gave-up`: a STOP right after the first thing that went wrong
 * - `not-made`: a STOP after two successes at most, while a file that the goal names was never there, or was made by a
 *   command that went wrong, and by none since
 * - `not-looked`: a STOP after the first command that succeeded, and printed nothing
 *
 * The last four are what small models do where they are shown that work ends with STOP: they take a goal for its being
 * reached, an error for the end, and a command for its success.
 */
export type Flaw = 'unreadable' | 'copied' | 'failed-before' | 'not-begun' | 'gave-up' | 'not-made' | 'not-looked';

export interface SecondThought {
  readonly flaw: Flaw;
  /** How the command begins that has to come now; '' for any. Null: the model chooses its action again. */
  readonly commandStart: string | null;
  /** What the model is told before it decides again, where it has missed a fact. */
  readonly warning?: string;
}

/** What to ask a model for when its answer is not good enough. Pure; null when the answer stands. */
export function reconsider(
  answer: string,
  request: Pick<ThoughtRequest, 'goal' | 'turns' | 'surroundings'>,
  demonstrations: readonly Demonstration[],
): SecondThought | null {
  const parsed = parseDecision(answer);
  if (!parsed.ok) return { flaw: 'unreadable', commandStart: null };
  switch (parsed.decision.action) {
    case 'STOP':
      return reconsiderStop(request);
    case 'SLEEP':
      return null;
    case 'RUN': {
      const { command } = parsed.decision;
      if (countFailures(command, request) >= 2) return { flaw: 'failed-before', commandStart: null };
      return isCopiedUnfitting(command, request, demonstrations) ? { flaw: 'copied', commandStart: null } : null;
    }
  }
}

/** True for a RUN of a command that the run has made before. One that failed is new again when another has succeeded since. */
export function repeatsCommand(answer: string, request: Pick<ThoughtRequest, 'turns' | 'surroundings'>): boolean {
  const parsed = parseDecision(answer);
  if (!parsed.ok || parsed.decision.action !== 'RUN') return false;
  const command = normalise(parsed.decision.command);
  const made = resultsOf(request).filter(({ decision }) => decision?.action === 'RUN');
  const latest = made.findLastIndex(
    ({ decision }) => decision?.action === 'RUN' && normalise(decision.command) === command,
  );
  if (latest === -1) return false;
  const [result, ...since] = made.slice(latest);
  return result === undefined || !hasFailed(result) || since.every(hasFailed);
}

/** True when the last two iterations both failed, or exited with anything but 0: a mind that can think has reason to. */
export function hasFailedTwice(request: Pick<ThoughtRequest, 'turns' | 'surroundings'>): boolean {
  return countLastFailures(request) >= 2;
}

/** True for a demonstration's command that names a file of the demonstration that nothing of the run has ever named. */
export function isCopiedUnfitting(
  command: string,
  { goal, turns, surroundings }: Pick<ThoughtRequest, 'goal' | 'turns' | 'surroundings'>,
  demonstrations: readonly Demonstration[],
): boolean {
  const original = demonstrations.find(
    ({ decision }) => decision.action === 'RUN' && normalise(decision.command) === normalise(command),
  );
  if (original === undefined) return false;
  const known = wordsOf(
    [goal, ...turns.map((turn) => turn.surroundings), surroundings]
      .map((part) => (typeof part === 'string' ? part : describe(part.files, part.last)))
      .join(' '),
  );
  const named = wordsOf(command);
  return original.surroundings.files
    .map((file) => file.replace(/\/$/, ''))
    .some((file) => named.has(file) && !known.has(file));
}

function reconsiderStop(request: Pick<ThoughtRequest, 'goal' | 'turns' | 'surroundings'>): SecondThought | null {
  const { last } = request.surroundings;
  if (last === null) return { flaw: 'not-begun', commandStart: '' };
  if (last.decision?.action !== 'RUN') return null;
  if (wentWrong(last)) return countLastFailures(request) < 2 ? { flaw: 'gave-up', commandStart: '' } : null;
  const done = resultsOf(request).filter((result) => result.decision?.action === 'RUN' && !hasFailed(result)).length;
  const notMade = done <= 2 ? findNotMade(request) : [];
  if (notMade.length > 0) {
    const warning = `The goal is not reached: ${notMade.join(', ')} ${notMade.length === 1 ? 'is' : 'are'} not made yet.`;
    return { flaw: 'not-made', commandStart: '', warning };
  }
  if (done > 1 || last.output.stdout.trim() !== '') return null;
  return { flaw: 'not-looked', commandStart: writesFile(last.decision.command) ? 'cat' : 'ls' };
}

/** Files that the goal names and no command has made well. */
function findNotMade(request: Pick<ThoughtRequest, 'goal' | 'turns' | 'surroundings'>): readonly string[] {
  const { goal, turns, surroundings } = request;
  const missing = findMissingFiles(goal, surroundings);
  const before = turns.map((turn) => findMissingFiles(goal, turn.surroundings));
  const toMake = before[0] ?? missing;
  return toMake.filter((name) =>
    // What was there once may be missing because the goal wants it so.
    missing.includes(name) ? before.every((names) => names.includes(name)) : hasFailedToMake(name, request),
  );
}

/** The last command that names the file went wrong: whatever is in it now is half of it, or nothing. */
function hasFailedToMake(name: string, request: Pick<ThoughtRequest, 'turns' | 'surroundings'>): boolean {
  const last = resultsOf(request).findLast(
    ({ decision }) => decision?.action === 'RUN' && wordsOf(decision.command).has(name),
  );
  return last !== undefined && wentWrong(last);
}

/** Then its contents are worth a look, and otherwise the names that are there now. */
function writesFile(command: string): boolean {
  return />|\bsed\b.* -i|\btee\b/.test(command);
}

/** How many of the last iterations failed, one after the other. */
function countLastFailures(request: Pick<ThoughtRequest, 'turns' | 'surroundings'>): number {
  const results = resultsOf(request);
  return results.length - 1 - results.findLastIndex((result) => !hasFailed(result));
}

/** What came of the iterations that are known, oldest first. */
function resultsOf({ turns, surroundings }: Pick<ThoughtRequest, 'turns' | 'surroundings'>): readonly LastResult[] {
  return [...turns.map((turn) => turn.surroundings.last), surroundings.last].filter((last) => last !== null);
}

/** Some exit codes are answers: grep and diff end with 1, and say nothing. */
function wentWrong(last: LastResult): boolean {
  return last.outcome.kind === 'failure' || (last.outcome.kind === 'setback' && last.output.stderr.trim() !== '');
}

function countFailures(command: string, request: Pick<ThoughtRequest, 'turns' | 'surroundings'>): number {
  return resultsOf(request).filter(
    (last) =>
      hasFailed(last) && last.decision?.action === 'RUN' && normalise(last.decision.command) === normalise(command),
  ).length;
}

function hasFailed({ outcome }: LastResult): boolean {
  return outcome.kind !== 'ok';
}

function normalise(command: string): string {
  return command.trim().replace(/\s+/g, ' ');
}

function describe(files: readonly string[], last: LastResult | null): string {
  const command = last?.decision?.action === 'RUN' ? last.decision.command : '';
  return [...files, command, last?.output.stdout ?? '', last?.output.stderr ?? ''].join(' ');
}

/** Whole paths and their parts: `logs/app.log` names `logs` and `app.log` too. */
function wordsOf(text: string): ReadonlySet<string> {
  const paths = (text.match(/[\p{L}\p{N}._+@%/-]+/gu) ?? []).map((path) => path.replace(/[./]+$/, ''));
  return new Set(paths.flatMap((path) => [path, ...path.split('/')]));
}
