import { createHash } from 'node:crypto';
import type { Decision, Outcome, Output, WatchdogLevel } from './machine/types.ts';

/** What an iteration was, as far as it says whether the run gets anywhere. */
export interface ProgressStep {
  /** Null: the answer was no decision, or there was none. */
  readonly decision: Decision | null;
  readonly outcome: Outcome;
  readonly output: Output;
  /** What the model is told of it: what a check printed, for one. */
  readonly message: string | null;
  /** Files or the working directory are not what they were before it. */
  readonly hasMoved: boolean;
  /** The watchdog's, before this iteration. */
  readonly level: WatchdogLevel;
}

export interface Progress {
  /** 0: it brought something new. Else how often in a row nothing new has come, the first time included: 2 or more. */
  readonly repeats: number;
  /** What repeats, and how often, as a sentence for the model; null when nothing does. */
  readonly nudge: string | null;
}

/**
 * Sees whether a run goes in circles. An iteration brings nothing new
 * - when the same was decided before and the same came of it, in whatever order (A A, and A B A B); answers that could
 *   not be read are all the same, and so are sleeps
 * - when another command changed no file and printed what was printed before, or nothing, once again.
 *
 * A command that was run before and now gives something else is movement, because something is being waited for or worked
 * off; so is a repetition after a sleep where the goal asks to wait. Both count up to `maxPolls` for one command, and
 * repeat after that.
 */
export function createProgressWatch(
  goal: string,
  maxPolls: number | null,
  past?: ProgressMemory,
): { judge(step: ProgressStep): Progress; keep(): ProgressMemory } {
  const mayWait = WAITING.test(goal);
  const limit = maxPolls ?? Number.POSITIVE_INFINITY;
  let seen = createSeen(past);
  let repeats = past?.repeats ?? 0;

  return {
    keep: () => ({
      repeats,
      results: [...seen.results],
      outputs: [...seen.outputs],
      times: [...seen.times],
      polls: [...seen.polls],
      hasSlept: seen.hasSlept,
    }),
    judge(step) {
      // A person said to go on: what was before is forgiven.
      if (step.level === 'calm' && repeats > 0) {
        seen = createSeen();
        repeats = 0;
      }
      const what = nameOf(step.decision, step.outcome);
      const hasWoken = step.decision?.action === 'SLEEP' && step.hasMoved;
      const isRepeated = seen.results.has(resultOf(what, step)) && !hasWoken;
      const isIdle = wasCommandRun(step) && !step.hasMoved && seen.outputs.has(hashOf(textOf(step)));
      const isPoll = isRepeated ? mayWait && (what === 'SLEEP' || seen.hasSlept) : seen.times.has(what);
      const polls = (seen.polls.get(what) ?? 0) + (isPoll ? 1 : 0);
      const isNothingNew = isPoll ? polls > limit : isRepeated || isIdle;
      note(seen, what, polls, step);
      seen.hasSlept = step.decision?.action === 'SLEEP';
      repeats = isNothingNew ? Math.max(2, repeats + 1) : 0;
      return { repeats, nudge: isNothingNew ? describe(what, repeats, seen, step) : null };
    },
  };
}

/** A goal that asks to wait, to look again, or to do something over and over. */
const WAITING =
  /\b(wait|until|sleep|pause|poll|monitor|watch|meanwhile|again and again|as soon as|once .* (is|has|are)|when(ever)? .* (is|has|are|appears?|arrives?|comes?)|every (\d+ )?(few )?(second|minute|hour|day|time|now)s?|each (second|minute|hour|day))\b/i;

interface Seen {
  readonly results: Set<string>;
  readonly outputs: Set<string>;
  readonly times: Map<string, number>;
  readonly polls: Map<string, number>;
  /** In the iteration before. */
  hasSlept: boolean;
}

/** What was seen as plain JSON: another process goes on with it. */
export interface ProgressMemory {
  readonly repeats: number;
  readonly results: readonly string[];
  readonly outputs: readonly string[];
  readonly times: readonly (readonly [what: string, times: number])[];
  readonly polls: readonly (readonly [what: string, polls: number])[];
  readonly hasSlept: boolean;
}

function createSeen(past?: ProgressMemory): Seen {
  return {
    results: new Set(past?.results),
    outputs: new Set(past?.outputs),
    times: new Map(past?.times),
    polls: new Map(past?.polls),
    hasSlept: past?.hasSlept ?? false,
  };
}

function note(seen: Seen, what: string, polls: number, step: ProgressStep): void {
  seen.results.add(resultOf(what, step));
  if (wasCommandRun(step)) seen.outputs.add(hashOf(textOf(step)));
  seen.times.set(what, (seen.times.get(what) ?? 0) + 1);
  seen.polls.set(what, polls);
}

/** What was decided, whatever the blanks. */
function nameOf(decision: Decision | null, { code }: Outcome): string {
  if (decision === null) return code ?? 'nothing';
  return decision.action === 'RUN' ? `RUN ${decision.command.trim().replace(/\s+/g, ' ')}` : decision.action;
}

function resultOf(what: string, { decision, outcome, output, message }: ProgressStep): string {
  // What a malformed answer or a model's error says differs each time, and is not what a goal is made of.
  if (decision === null || decision.action === 'SLEEP') return what;
  const { kind, code, exitCode } = outcome;
  return hashOf(JSON.stringify([what, kind, code, exitCode, output.stdout, output.stderr, message]));
}

function wasCommandRun({ decision, outcome }: ProgressStep): boolean {
  return decision?.action === 'RUN' && outcome.exitCode !== null;
}

function textOf({ output }: ProgressStep): string {
  return `${output.stdout.trim()}\0${output.stderr.trim()}`;
}

function describe(what: string, repeats: number, { times }: Seen, { decision }: ProgressStep): string {
  const often = times.get(what) ?? 0;
  if (decision === null) return `Your last ${repeats} answers could not be used. Write one decision, and nothing else.`;
  switch (decision.action) {
    case 'SLEEP':
      return `You have slept ${often} times, and nothing has changed. Do something, or stop.`;
    case 'STOP':
      return `You have stopped ${often} times, and the check still says that the goal is not reached. Do something else first.`;
    case 'RUN': {
      if (often < 2) return `The last ${repeats} commands changed nothing and showed nothing new. Do something else.`;
      return `You have decided ${JSON.stringify(shorten(decision.command))} ${often} times, and nothing new comes of it. Do something else.`;
    }
  }
}

function shorten(command: string): string {
  const line = command.trim().replace(/\s+/g, ' ');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
