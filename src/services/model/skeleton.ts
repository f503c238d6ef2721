import { closeTag, openTag } from '../../protocol/tags.ts';

/** What limits the tokens of a field: nothing, one of the three actions, or digits up to the closing tag. */
export type FieldRule = 'free' | 'action' | 'digits';

/** A model with a prompt before it. */
export interface Sampler {
  /**
   * Evaluates the token sampled before (null: there is none, or it was thrown away) and then `forced`, and samples one
   * more. Rejects when the thought is given up.
   */
  sample(previous: number | null, forced: readonly number[], rule: FieldRule): Promise<number>;
  /** For text of ours. */
  tokenize(text: string): readonly number[];
  detokenize(tokens: readonly number[]): string;
  /** The model wants to say no more. */
  isEnd(token: number): boolean;
}

/**
 * Lets the model fill in a decision: it writes the action, the command and the note, and never has to spell a tag. The
 * pieces given to `onText` are, together, the answer. What the model has said is never repaired: a command that reached
 * its bound, or went round in circles, stays open, so that half of it is not run.
 * @param options.thought for a model whose prompt has opened a thought: it thinks before it decides
 * @param options.commandStart the action is RUN, and the command begins so; the model chooses the rest
 */
export async function writeDecisionWith(
  sampler: Sampler,
  options: {
    readonly maxTokens: number;
    readonly onText: (text: string) => void;
    readonly thought?: { readonly maxTokens: number; readonly closing: string };
    readonly commandStart?: string | null;
  },
): Promise<string> {
  const pen = createPen(sampler, options);
  if (options.thought !== undefined) {
    pen.write('<think>\n');
    const hasEnded = await pen.fill(/<\/think>/, 'free', options.thought.maxTokens);
    pen.force(`${hasEnded ? '' : '\n'}${options.thought.closing}`);
  }
  pen.force(openTag('action'));
  const commandStart = options.commandStart ?? null;
  if (commandStart !== null) pen.force('RUN');
  const action = commandStart === null ? await pen.fillAction() : 'RUN';
  if (action === 'RUN') {
    pen.force(`${closeTag('action')}\n${openTag('command')}`);
    if (commandStart) pen.force(commandStart);
    if (!(await pen.fill(closings.command, 'free', maxCommandTokens))) return pen.answer();
    pen.force(`${closeTag('command')}\n${openTag('note')}`);
  } else if (action === 'SLEEP') {
    pen.force(`${closeTag('action')}\n${openTag('sleepMs')}`);
    if (!(await pen.fill(closings.sleepMs, 'digits', maxSleepTokens))) return pen.answer();
    pen.force(`${closeTag('sleepMs')}\n${openTag('note')}`);
  } else if (action === 'STOP') {
    pen.force(`${closeTag('action')}\n${openTag('note')}`);
  } else {
    return pen.answer();
  }
  await pen.fill(closings.note, 'free', maxNoteTokens);
  pen.write(closeTag('note'));
  return pen.answer();
}

/**
 * Cuts text of the shape above where the skeleton joins it: behind opening tags and before closing ones. Text that is
 * tokenised piece by piece then has the same tokens as when it was written.
 */
export function splitAtSkeleton(decision: string): readonly string[] {
  return decision.split(/(?<=<(?:action|command|sleepMs|note)>)|(?=<\/(?:action|command|sleepMs|note)>)/);
}

const maxCommandTokens = 384;
const maxNoteTokens = 60;
const maxSleepTokens = 12;
const maxActionTokens = 6;

interface Pen {
  write(text: string): void;
  /** Writes text of ours behind what is there. It is evaluated together with the next sample. */
  force(text: string): void;
  fillAction(): Promise<string>;
  /** False when the bound came before the end, or the text went round in circles. */
  fill(closing: RegExp, rule: FieldRule, maxTokens: number): Promise<boolean>;
  answer(): string;
}

function createPen(
  sampler: Sampler,
  { maxTokens, onText }: { readonly maxTokens: number; readonly onText: (text: string) => void },
): Pen {
  let answer = '';
  let left = maxTokens;
  let previous: number | null = null;
  let forced: readonly number[] = [];
  /** What the model wrote itself of the text that is forced next. */
  let ahead = '';

  const write = (text: string): void => {
    if (text === '') return;
    answer += text;
    onText(text);
  };
  const sample = async (rule: FieldRule): Promise<number> => {
    const token = await sampler.sample(previous, forced, rule);
    left -= 1;
    previous = token;
    forced = [];
    return token;
  };

  return {
    write,
    answer: () => answer,

    force(text) {
      write(text);
      const rest = text.startsWith(ahead) ? text.slice(ahead.length) : text;
      ahead = '';
      forced = rest === '' ? forced : [...forced, ...sampler.tokenize(rest)];
    },

    async fillAction() {
      const tokens: number[] = [];
      let text = '';
      while (!isAction(text) && tokens.length < maxActionTokens && left > 0) {
        tokens.push(await sample('action'));
        text = sampler.detokenize(tokens);
      }
      write(text);
      return text;
    },

    async fill(closing, rule, bound) {
      const tokens: number[] = [];
      let text = '';
      let written = 0;
      while (tokens.length < bound && left > 0 && !endsInCircles(tokens)) {
        const token = await sample(rule);
        if (sampler.isEnd(token)) {
          previous = null;
          write(withoutHalfClosing(text).slice(written));
          return true;
        }
        tokens.push(token);
        text = sampler.detokenize(tokens);
        const end = text.search(closing);
        if (end >= 0) {
          ahead = text.slice(end);
          write(text.slice(written, end));
          return true;
        }
        const settled = settledLength(text);
        write(text.slice(written, settled));
        written = Math.max(written, settled);
      }
      write(text.slice(written));
      return false;
    },
  };
}

function isAction(text: string): boolean {
  return text === 'RUN' || text === 'SLEEP' || text === 'STOP';
}

// A command may hold `</dev/null`, so it ends at its whole tag. In the others `</` is enough, and saves two tokens.
const closings = {
  command: /<\/command\s*>/,
  sleepMs: /<\//,
  note: /<\//,
};

/**
 * True when the last tokens say the same thing over and over: at least six times, and for at least 48 tokens. No command
 * that a person would type does; longer lists of one word are made with seq or a loop.
 */
export function endsInCircles(tokens: readonly number[]): boolean {
  for (let period = 1; period <= maxPeriod; period += 1) {
    const length = Math.max(minCircling, minRounds * period);
    let same = 0;
    while (same < length && tokens[tokens.length - 1 - same] === tokens[tokens.length - 1 - same - period]) same += 1;
    if (tokens.length >= length + period && same === length) return true;
  }
  return false;
}

const maxPeriod = 24;
const minRounds = 6;
const minCircling = 48;

/** How much of the text can no longer turn out to be the start of a closing tag or of a character. */
function settledLength(text: string): number {
  const open = /(?:<(?:\/[A-Za-z]*\s*)?|\uFFFD+)$/.exec(text);
  return open === null ? text.length : open.index;
}

/** A model that stopped inside of the command's closing tag meant to close. A bare `</` is left: it is a shell's redirection too. */
function withoutHalfClosing(text: string): string {
  const start = text.lastIndexOf('</');
  if (start < 0 || text.length - start <= 2) return text;
  return closeTag('command').startsWith(text.slice(start)) ? text.slice(0, start) : text;
}
