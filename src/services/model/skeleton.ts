import { closeTag, type DecisionTag, openTag } from '../../protocol/tags.ts';

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
 * pieces given to `onText` are, together, the answer. What the model has said is never repaired: a command that
 * reached its bound stays open, so that half of it is not run.
 */
export async function writeDecisionWith(
  sampler: Sampler,
  options: { readonly maxTokens: number; readonly onText: (text: string) => void },
): Promise<string> {
  const pen = createPen(sampler, options);
  pen.force(openTag('action'));
  const action = await pen.fillAction();
  if (action === 'RUN') {
    pen.force(`${closeTag('action')}\n${openTag('command')}`);
    if (!(await pen.fill('command', 'free', maxCommandTokens))) return pen.answer();
    pen.force(`${closeTag('command')}\n${openTag('note')}`);
  } else if (action === 'SLEEP') {
    pen.force(`${closeTag('action')}\n${openTag('sleepMs')}`);
    if (!(await pen.fill('sleepMs', 'digits', maxSleepTokens))) return pen.answer();
    pen.force(`${closeTag('sleepMs')}\n${openTag('note')}`);
  } else if (action === 'STOP') {
    pen.force(`${closeTag('action')}\n${openTag('note')}`);
  } else {
    return pen.answer();
  }
  await pen.fill('note', 'free', maxNoteTokens);
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
  /** False when the bound came before the end. */
  fill(tag: DecisionTag, rule: FieldRule, maxTokens: number): Promise<boolean>;
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
      forced = rest === '' ? [] : sampler.tokenize(rest);
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

    async fill(tag, rule, bound) {
      const closing = closings[tag];
      const tokens: number[] = [];
      let text = '';
      let written = 0;
      while (tokens.length < bound && left > 0) {
        const token = await sample(rule);
        if (sampler.isEnd(token)) {
          previous = null;
          write(withoutHalfClosing(text, tag).slice(written));
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
const closings: Readonly<Record<DecisionTag, RegExp>> = {
  action: /<\//,
  command: /<\/command\s*>/,
  sleepMs: /<\//,
  note: /<\//,
};

/** How much of the text can no longer turn out to be the start of a closing tag or of a character. */
function settledLength(text: string): number {
  const open = /(?:<(?:\/[A-Za-z]*\s*)?|\uFFFD+)$/.exec(text);
  return open === null ? text.length : open.index;
}

/** A model that stopped inside of the closing tag meant to close. A bare `</` is left: it is a shell's redirection too. */
function withoutHalfClosing(text: string, tag: DecisionTag): string {
  const start = text.lastIndexOf('</');
  if (start < 0 || text.length - start <= 2) return text;
  return closeTag(tag).startsWith(text.slice(start)) ? text.slice(0, start) : text;
}
