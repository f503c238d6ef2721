import type { ChatFormat } from './chat-format.ts';
import { listMessages, type Message, type Prompt } from './prompt.ts';
import type { Tokenizer } from './safe-tokenize.ts';
import { splitAtSkeleton } from './skeleton.ts';

export type TokenizedPrompt =
  | { readonly ok: true; readonly tokens: readonly number[] }
  /** `needed` tokens are more than there is room for, even without the run's past. */
  | { readonly ok: false; readonly needed: number };

/**
 * Makes prompts of tokens. Only the chat format's own texts may become special tokens. When a prompt has no room, its
 * history is dropped from the front, block by block; the rest is never cut. Messages are tokenised once and kept for
 * the next prompt.
 */
export function createPromptTokenizer(
  format: ChatFormat,
  tokenizer: Tokenizer,
  tokenizeSafely: (text: string) => readonly number[],
): (prompt: Prompt, room: number) => TokenizedPrompt {
  const opener = tokenizer.tokenize(format.answerOpening, true);
  const closing = tokenizer.tokenize(format.closing, true);
  let known = new Map<string, readonly number[]>();

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
    let needed = 0;
    for (let dropped = 0; dropped <= prompt.history.length; dropped += 1) {
      const messages = listMessages({ ...prompt, history: prompt.history.slice(dropped) });
      const tokens = [...messages.flatMap(tokensOf), ...opener];
      needed = tokens.length;
      if (needed <= room) {
        known = kept;
        return { ok: true, tokens };
      }
    }
    return { ok: false, needed };
  };
}
