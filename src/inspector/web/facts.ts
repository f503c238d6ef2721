import type { Decision, Outcome, Verdict } from '../../machine/types.ts';
import type { Frame } from '../messages.ts';
import type { History } from './history.ts';
import { fieldOf, numberField, textField } from './text.ts';

/** What is known of an iteration at a moment in it: each is null until it has happened. */
export interface Facts {
  readonly iteration: number;
  /** What the model wrote. */
  readonly answer: string | null;
  readonly decision: Decision | null;
  readonly verdict: Verdict | null;
  /** What was wrong with an answer that is no decision. */
  readonly problem: string | null;
  readonly outcome: Outcome | null;
  readonly workingDirectory: string | null;
  readonly effort: KnownEffort;
  readonly saved: Extract<Frame, { kind: 'saved' }> | null;
  readonly said: readonly string[];
  readonly ready: Extract<Frame, { kind: 'ready' }> | null;
  readonly resumed: Extract<Frame, { kind: 'resumed' }> | null;
  readonly ended: Extract<Frame, { kind: 'ended' }> | null;
}

export interface KnownEffort {
  readonly promptTokens: number | null;
  readonly evaluated: number | null;
  readonly generated: number | null;
  readonly tokensPerSecond: number | null;
  readonly durationMs: number | null;
}

/** Reads the frames of the iteration that the cursor is in, up to the cursor. */
export function factsAt(history: History, cursor: number): Facts {
  const stretch = history.stretches[history.stretchAt(cursor)];
  const facts: { -readonly [Name in keyof Facts]: Facts[Name] } = { ...nothing, iteration: stretch?.iteration ?? 0 };
  const said: string[] = [];
  // A stretch is short; a strange one must not cost a second.
  const first = Math.max(stretch?.first ?? 0, cursor - 500);
  for (let at = first; at <= cursor; at++) {
    const frame = history.frame(at);
    if (frame === null) continue;
    if (frame.kind === 'moved') Object.assign(facts, factsOfMove(frame.event, fieldOf(frame.payload, 'output')));
    else if (frame.kind === 'intended') facts.workingDirectory = frame.workingDirectory;
    else if (frame.kind === 'saved') Object.assign(facts, factsOfSaved(frame));
    else if (frame.kind === 'said') said.push(frame.text);
    else if (frame.kind === 'ready') facts.ready = frame;
    else if (frame.kind === 'resumed') facts.resumed = frame;
    else facts.ended = frame;
  }
  return { ...facts, said };
}

const unknownEffort: KnownEffort = {
  promptTokens: null,
  evaluated: null,
  generated: null,
  tokensPerSecond: null,
  durationMs: null,
};

const nothing: Facts = {
  iteration: 0,
  answer: null,
  decision: null,
  verdict: null,
  problem: null,
  outcome: null,
  workingDirectory: null,
  effort: unknownEffort,
  saved: null,
  said: [],
  ready: null,
  resumed: null,
  ended: null,
};

function factsOfMove(event: string, output: unknown): Partial<Facts> {
  switch (event) {
    case 'xstate.done.actor.think': {
      const effort = fieldOf(output, 'effort');
      const tokens = fieldOf(output, 'tokens');
      return {
        answer: textField(output, 'answer'),
        problem: textField(output, 'message'),
        effort: {
          promptTokens: numberField(effort, 'promptTokens'),
          evaluated: numberField(tokens, 'evaluated'),
          generated: numberField(tokens, 'generated'),
          tokensPerSecond: numberField(effort, 'tokensPerSecond'),
          durationMs: null,
        },
      };
    }
    case 'xstate.done.actor.validate':
      // The chart would not have moved on anything of another shape.
      return {
        decision: (fieldOf(output, 'decision') ?? null) as Decision | null,
        verdict: (fieldOf(output, 'verdict') ?? null) as Verdict | null,
        problem: textField(output, 'problem'),
      };
    case 'xstate.done.actor.runCommand':
      return { outcome: (fieldOf(output, 'outcome') ?? null) as Outcome | null };
    default:
      return {};
  }
}

function factsOfSaved(saved: Extract<Frame, { kind: 'saved' }>): Partial<Facts> {
  const { decision, verdict, outcome, workingDirectory, effort } = saved;
  const { tokens, promptTokens, tokensPerSecond, durationMs } = effort;
  return {
    saved,
    decision,
    verdict,
    outcome,
    workingDirectory,
    effort: { ...tokens, promptTokens, tokensPerSecond, durationMs },
    ...(saved.answer === null ? {} : { answer: saved.answer }),
    ...(decision === null && saved.message !== null ? { problem: saved.message } : {}),
  };
}
