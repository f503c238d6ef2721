import type { LastResult } from '../../machine/types.ts';
import { parseDecision } from '../../protocol/decision.ts';
import type { Demonstration } from './demonstrations.ts';
import type { ThoughtRequest } from './model.ts';

/**
 * Why a decision is not worth carrying out, when the model could as well be asked once more:
 * - `unreadable`: it is no well-formed decision, or its command was cut
 * - `copied`: the command of a demonstration, with names of files that exist in the demonstration only
 * - `failed-before`: a command that has failed twice already in what the model is shown
 * - `stopped-early`: a STOP before anything was done, right after the first or second thing that went wrong, or after one command
 *   whose result nobody has looked at. Small models take a goal for its being reached, and an error for the end
 */
export type Flaw = 'unreadable' | 'copied' | 'failed-before' | 'stopped-early';

/** Finds what is wrong with an answer. Pure; null when nothing is. */
export function findFlaw(
  answer: string,
  request: Pick<ThoughtRequest, 'goal' | 'turns' | 'surroundings'>,
  demonstrations: readonly Demonstration[],
): Flaw | null {
  const parsed = parseDecision(answer);
  if (!parsed.ok) return 'unreadable';
  if (parsed.decision.action === 'STOP') {
    return isEarly(request) ? 'stopped-early' : null;
  }
  if (parsed.decision.action !== 'RUN') return null;
  const { command } = parsed.decision;
  if (countFailures(command, request) >= 2) return 'failed-before';
  return isCopiedUnfitting(command, request, demonstrations) ? 'copied' : null;
}

/** True for a RUN of a command that the run has made before. */
export function repeatsCommand(answer: string, { turns }: Pick<ThoughtRequest, 'turns'>): boolean {
  const parsed = parseDecision(answer);
  if (!parsed.ok || parsed.decision.action !== 'RUN') return false;
  const command = normalise(parsed.decision.command);
  return turns.some(({ decision }) => decision.action === 'RUN' && normalise(decision.command) === command);
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

function isEarly(request: Pick<ThoughtRequest, 'turns' | 'surroundings'>): boolean {
  const { last } = request.surroundings;
  if (last === null) return true;
  if (wentWrong(last)) return countLastFailures(request) < 3;
  const commands = request.turns.filter(({ decision }) => decision.action === 'RUN').length;
  return last.decision?.action === 'RUN' && commands === 1 && last.output.stdout.trim() === '';
}

/** How many of the last iterations failed, one after the other. */
function countLastFailures({ turns, surroundings }: Pick<ThoughtRequest, 'turns' | 'surroundings'>): number {
  const results = [surroundings.last, ...turns.map((turn) => turn.surroundings.last).reverse()];
  const firstGood = results.findIndex((last) => !hasFailed(last));
  return firstGood < 0 ? results.length : firstGood;
}

/** Some exit codes are answers: grep and diff end with 1, and say nothing. */
function wentWrong(last: LastResult): boolean {
  if (last.decision?.action !== 'RUN') return false;
  return last.outcome.kind === 'failure' || (last.outcome.kind === 'setback' && last.output.stderr.trim() !== '');
}

function countFailures(
  command: string,
  { turns, surroundings }: Pick<ThoughtRequest, 'turns' | 'surroundings'>,
): number {
  return [...turns.map((turn) => turn.surroundings.last), surroundings.last].filter(
    (last) =>
      hasFailed(last) && last?.decision?.action === 'RUN' && normalise(last.decision.command) === normalise(command),
  ).length;
}

function hasFailed(last: LastResult | null): boolean {
  return last !== null && last.outcome.kind !== 'ok';
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
