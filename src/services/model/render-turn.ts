import type { Decision, FailureCode, LastResult, Outcome, Surroundings } from '../../machine/types.ts';
import { writeDecision } from '../../protocol/decision.ts';

/** `brief` is for a window that has no room for more. */
export type TurnSize = 'usual' | 'brief';

/**
 * One turn as the model reads it: goal, directory, files, last result, each on lines of its own. (An exit code beside
 * the command would be copied into the next command.)
 */
export function renderSurroundings(goal: string, surroundings: Surroundings, size: TurnSize = 'usual'): string {
  const bounds = sizes[size];
  return [
    `Goal: ${goal}`,
    ...(surroundings.said ?? []).map((text) => `A person says: ${cutLine(text, maxSaid)}`),
    ...(surroundings.workingDirectory === '' ? [] : [`Directory: ${cutLine(surroundings.workingDirectory, maxName)}`]),
    `Files: ${renderFiles(surroundings, bounds)}`,
    ...renderLast(surroundings.last, bounds),
    ...(surroundings.nudge === undefined ? [] : [`Warning: ${cutLine(surroundings.nudge, maxMessage)}`]),
  ].join('\n');
}

/** A decision as the model is shown it again, in the shape in which it writes one. */
export function renderDecision(decision: Decision): string {
  const note = cutMiddle(decision.note, maxNote);
  return writeDecision(
    decision.action === 'RUN'
      ? { ...decision, command: cutMiddle(decision.command, maxCommand), note }
      : { ...decision, note },
  );
}

/** A goal as each turn repeats it: one line, up to 400 characters. */
export function shortenGoal(goal: string): string {
  return cutLine(goal, maxGoal);
}

/** Keeps two thirds of `max` characters from the head and one third from the tail, and says how many it left out. */
export function cutMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const headEnd = withoutHalfPair(text, Math.ceil((max * 2) / 3));
  const tailStart = withoutHalfPair(text, text.length - Math.floor(max / 3));
  return `${text.slice(0, headEnd)}\n[… ${tailStart - headEnd} characters left out …]\n${text.slice(tailStart)}`;
}

const maxGoal = 400;
const maxSaid = 2000;
const maxName = 120;
const maxCommand = 1000;
const maxNote = 300;
const maxMessage = 600;

interface TurnBounds {
  readonly files: number;
  readonly filesText: number;
  readonly command: number;
  readonly message: number;
  readonly output: number;
}

const sizes: Readonly<Record<TurnSize, TurnBounds>> = {
  usual: { files: 40, filesText: 800, command: maxCommand, message: maxMessage, output: 1500 },
  brief: { files: 10, filesText: 150, command: 150, message: 150, output: 240 },
};

function renderFiles({ files, filesOmitted }: Surroundings, bounds: TurnBounds): string {
  const shown: string[] = [];
  let length = 0;
  for (const file of files.slice(0, bounds.files)) {
    const name = quoteName(cutLine(file, maxName));
    length += name.length + 1;
    if (length > bounds.filesText) break;
    shown.push(name);
  }
  const omitted = files.length - shown.length + filesOmitted;
  if (shown.length === 0) return omitted === 0 ? 'none' : `(${omitted} not shown)`;
  return omitted === 0 ? shown.join(' ') : `${shown.join(' ')} (and ${omitted} more)`;
}

/** As a person would type it, so that the model can copy it into a command. */
function quoteName(name: string): string {
  return /^[\p{L}\p{N}._/@%+=:,~-]+$/u.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

function renderLast(last: LastResult | null, bounds: TurnBounds): string[] {
  if (last === null) return ['Last result: none'];
  return [
    nameLast(last.decision, bounds),
    ...renderOutcome(last.outcome),
    ...(last.message === null || last.message === '' ? [] : [`Reason: ${cutMiddle(last.message, bounds.message)}`]),
    ...renderOutput(last, bounds.output),
  ];
}

function nameLast(decision: Decision | null, bounds: TurnBounds): string {
  if (decision === null) return 'Last answer: not a decision';
  return decision.action === 'RUN'
    ? `Last command: ${cutMiddle(decision.command, bounds.command)}`
    : `Last decision: ${decision.action}`;
}

function renderOutcome(outcome: Outcome): string[] {
  if (outcome.byPerson) return ['Failed: a person said no'];
  if (outcome.kind === 'failure' && outcome.code !== undefined) return [`Failed: ${failureWords[outcome.code]}`];
  return outcome.exitCode === null ? [] : [`Exit code: ${outcome.exitCode}`];
}

const failureWords: Readonly<Record<FailureCode, string>> = {
  'malformed-decision': 'the answer could not be read',
  'command-denied': 'refused, it was not run',
  timeout: 'it ran too long and was killed',
  limit: 'it went over a limit and was killed',
  'model-error': 'there was no answer',
  'check-failed': 'the goal is not reached yet',
  interrupted: 'it was interrupted',
};

function renderOutput({ decision, outcome, output }: LastResult, maxOutput: number): string[] {
  const stdout = output.stdout.trimEnd();
  const stderr = output.stderr.trimEnd();
  // Both share one allowance: a command that fails at length must not push its error out of the window.
  const stderrShown = cutMiddle(stderr, stdout === '' ? maxOutput : maxOutput / 2);
  const stdoutShown = cutMiddle(stdout, maxOutput - Math.min(stderr.length, maxOutput / 2));
  const lines = [
    ...(stdout === '' ? [] : [`Output:\n${stdoutShown}`]),
    ...(stderr === '' ? [] : [`Errors:\n${stderrShown}`]),
  ];
  return lines.length === 0 && decision?.action === 'RUN' && outcome.exitCode !== null ? ['Output: none'] : lines;
}

function cutLine(text: string, max: number): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  return line.length <= max ? line : `${line.slice(0, withoutHalfPair(line, max - 2))} …`;
}

/** The index, or the one before it when it lies inside of a surrogate pair. */
function withoutHalfPair(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff ? index - 1 : index;
}
