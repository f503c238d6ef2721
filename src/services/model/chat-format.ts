import type { Role } from './prompt.ts';

/** How a model was taught to read a conversation. These texts are ours: only they may become control tokens. */
export interface ChatFormat {
  readonly openings: Readonly<Record<Role, string>>;
  readonly closing: string;
  /** Stands before the model's answer. */
  readonly answerOpening: string;
}

/**
 * Recognises a chat format by the template in a model file. ChatML is known, also with Qwen3's thinking, which is
 * switched off by an empty thought; anything else is refused with the reason.
 */
export function recogniseChatFormat(
  template: string | undefined,
): { readonly ok: true; readonly format: ChatFormat } | { readonly ok: false; readonly reason: string } {
  if (template === undefined || template.trim() === '') return { ok: false, reason: 'it has no chat template' };
  if (!template.includes('<|im_start|>') || !template.includes('<|im_end|>')) {
    return { ok: false, reason: 'its chat template is not ChatML (no <|im_start|> and <|im_end|> in it)' };
  }
  const isThinker = template.includes('enable_thinking') || template.includes('<think>');
  return {
    ok: true,
    format: isThinker ? { ...chatMl, answerOpening: `${chatMl.answerOpening}${emptyThought}` } : chatMl,
  };
}

const chatMl: ChatFormat = {
  openings: {
    system: '<|im_start|>system\n',
    user: '<|im_start|>user\n',
    assistant: '<|im_start|>assistant\n',
  },
  closing: '<|im_end|>\n',
  answerOpening: '<|im_start|>assistant\n',
};

const emptyThought = '<think>\n\n</think>\n\n';
