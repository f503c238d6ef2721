import { AgentError } from '../../errors.ts';
import type { ChatFormat } from './chat-format.ts';
import { listMessages, type Message, type Prompt, shorterPrompts } from './prompt.ts';
import type { Tokenizer } from './safe-tokenize.ts';
import { splitAtSkeleton } from './skeleton.ts';

export type TokenizedPrompt =
  | { readonly ok: true; readonly tokens: readonly number[] }
  /** `needed` tokens are more than there is room for, even of the shortest prompt. */
  | { readonly ok: false; readonly needed: number };

/**
 * @param room tokens that the prompt may have
 * @param opening what the model is to begin with, by default its answer. Models that do not think make no difference
 */
export type PromptTokenizer = (prompt: Prompt, room: number, opening?: 'answer' | 'thought') => TokenizedPrompt;

/**
 * Makes prompts of tokens. Without a current turn, what comes out is how the prompt begins once there is one. Only the
 * chat format's own texts may become special tokens. A prompt that has no room is made shorter, as `shorterPrompts` says,
 * until it has. Messages are tokenised once and kept for the next prompt.
 * @throws AgentError `model-unavailable` when the vocabulary lacks a mark of the format
 */
export function createPromptTokenizer(
  format: ChatFormat,
  tokenizer: Tokenizer,
  tokenizeSafely: (text: string) => readonly number[],
): PromptTokenizer {
  assertMarks(format, tokenizer);
  const { answerOpening, thinking } = format;
  const beginning = tokenizer.tokenize(format.beginning, true);
  const openers = {
    answer: tokenizer.tokenize(`${answerOpening}${thinking?.none ?? ''}`, true),
    thought: tokenizer.tokenize(`${answerOpening}${thinking?.opening ?? ''}`, true),
  };
  const tokenizeOthers = withoutPlainMarks(format, tokenizer, tokenizeSafely);
  let known = new Map<string, readonly number[]>();
  // Where the history began after the last drop. It stays there as long as there is room, so that the prompt does not
  // change at its front in every iteration.
  let begin = 0;

  const tokenizeMessage = ({ role, text }: Message): readonly number[] => [
    ...tokenizer.tokenize(format.openings[role] ?? '', true),
    ...(role === 'assistant' ? splitAtSkeleton(text) : [text]).flatMap(tokenizeOthers),
    ...tokenizer.tokenize(format.closings[role], true),
  ];

  return (prompt, room, opening = 'answer') => {
    const opener = prompt.current === null ? [] : openers[opening];
    const kept = new Map<string, readonly number[]>();
    const tokensOf = (message: Message): readonly number[] => {
      const key = `${message.role}\n${message.text}`;
      const tokens = kept.get(key) ?? known.get(key) ?? tokenizeMessage(message);
      kept.set(key, tokens);
      return tokens;
    };
    const end = prompt.historyStart + prompt.history.length;
    const start = begin > end ? prompt.historyStart : Math.max(begin, prompt.historyStart);
    let needed = 0;
    for (const shorter of shorterPrompts(prompt, start)) {
      const messages = listMessages(shorter);
      const shown = format.openings.system === null ? foldSystem(messages) : messages;
      const tokens = [...beginning, ...shown.flatMap(tokensOf), ...opener];
      if (tokens.length <= room) {
        known = kept;
        begin = shorter.historyStart;
        return { ok: true, tokens };
      }
      needed = tokens.length;
    }
    return { ok: false, needed };
  };
}

/** A mark in several tokens is a mark that the model never saw, and an answer that never ends. */
function assertMarks({ name, marks }: ChatFormat, tokenizer: Tokenizer): void {
  const missing = marks.filter((mark) => tokenizer.tokenize(mark, true).length !== 1);
  if (missing.length === 0) return;
  throw new AgentError(
    'model-unavailable',
    `The model's chat template is ${name}, and its vocabulary has no ${missing.join(', ')}.`,
    { hint: 'Run "gyre models list" to see what can be used, and name it with --model.' },
  );
}

/** Puts the system text before the first user text, for a model that knows no system role. */
function foldSystem([first, second, ...rest]: readonly Message[]): readonly Message[] {
  if (first?.role !== 'system' || second === undefined)
    return [first, second, ...rest].filter((one) => one !== undefined);
  return [{ role: second.role, text: `${first.text}\n\n${second.text}` }, ...rest];
}

/**
 * Early Mistral vocabularies read `[INST]` as the same tokens whoever wrote it. There a dot in it keeps other people's
 * text from opening a turn.
 */
function withoutPlainMarks(
  { looseMarks }: ChatFormat,
  tokenizer: Tokenizer,
  tokenizeSafely: (text: string) => readonly number[],
): (text: string) => readonly number[] {
  const plain = looseMarks.filter((mark) => tokenizer.tokenize(mark, true).length !== 1);
  if (plain.length === 0) return tokenizeSafely;
  return (text) =>
    tokenizeSafely(plain.reduce((rest, mark) => rest.replaceAll(mark, `${mark.slice(0, -1)}.${mark.slice(-1)}`), text));
}
