import type { ChatFormat } from './chat-format.ts';
import { listMessages, type Message, type Prompt } from './prompt.ts';
import type { Tokenizer } from './safe-tokenize.ts';
import { splitAtSkeleton } from './skeleton.ts';

export type TokenizedPrompt =
  | { readonly ok: true; readonly tokens: readonly number[] }
  /** `needed` tokens are more than there is room for, even without the run's past. */
  | { readonly ok: false; readonly needed: number };

/**
 * Makes prompts of tokens. Only the chat format's own texts may become special tokens. When a prompt has no room, the
 * older half of its history is dropped, and again, until it has; the rest is never cut. Messages are tokenised once and
 * kept for the next prompt.
 */
export function createPromptTokenizer(
  format: ChatFormat,
  tokenizer: Tokenizer,
  tokenizeSafely: (text: string) => readonly number[],
): (prompt: Prompt, room: number) => TokenizedPrompt {
  const opener = tokenizer.tokenize(format.answerOpening, true);
  const closing = tokenizer.tokenize(format.closing, true);
  let known = new Map<string, readonly number[]>();
  // Where the history began after the last drop. It stays there as long as there is room, so that the prompt does not
  // change at its front in every iteration.
  let begin = 0;

  const tokenizeMessage = ({ role, text }: Message): readonly number[] => [
    ...tokenizer.tokenize(format.openings[role], true),
    ...(role === 'assistant' ? splitAtSkeleton(text) : [text]).flatMap(tokenizeSafely),
    ...closing,
  ];

  return (prompt, room) => {
    const kept = new Map<string, readonly number[]>();
    const tokensOf = (message: Message): readonly number[] => {
      const key = `${message.role}\n${message.text}`;
      const tokens = kept.get(key) ?? known.get(key) ?? tokenizeMessage(message);
      kept.set(key, tokens);
      return tokens;
    };
    const end = prompt.historyStart + prompt.history.length;
    let start = begin > end ? prompt.historyStart : Math.max(begin, prompt.historyStart);
    for (;;) {
      const messages = listMessages({ ...prompt, history: prompt.history.slice(start - prompt.historyStart) });
      const tokens = [...messages.flatMap(tokensOf), ...opener];
      if (tokens.length <= room) {
        known = kept;
        begin = start;
        return { ok: true, tokens };
      }
      if (start === end) return { ok: false, needed: tokens.length };
      start += Math.ceil((end - start) / 2);
    }
  };
}
