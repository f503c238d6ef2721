import { expect, test } from 'vitest';
import { recogniseChatFormat } from '../../../src/services/model/chat-format.ts';

test('a ChatML template is recognised', () => {
  expect(recogniseChatFormat("{{'<|im_start|>' + role + '\n' + content + '<|im_end|>'}}")).toEqual({
    ok: true,
    format: {
      openings: {
        system: '<|im_start|>system\n',
        user: '<|im_start|>user\n',
        assistant: '<|im_start|>assistant\n',
      },
      closing: '<|im_end|>\n',
      answerOpening: '<|im_start|>assistant\n',
    },
  });
});

test('a model that can think aloud gets an empty thought before its answer', () => {
  for (const sign of ['{% if enable_thinking is false %}', "{{ '<think>' }}"]) {
    expect(recogniseChatFormat(`<|im_start|> <|im_end|> ${sign}`)).toMatchObject({
      ok: true,
      format: { answerOpening: '<|im_start|>assistant\n<think>\n\n</think>\n\n' },
    });
  }
});

test('anything else is refused with the reason', () => {
  expect([undefined, '', '[INST] {{ prompt }} [/INST]'].map(recogniseChatFormat)).toEqual([
    { ok: false, reason: 'it has no chat template' },
    { ok: false, reason: 'it has no chat template' },
    { ok: false, reason: 'its chat template is not ChatML (no <|im_start|> and <|im_end|> in it)' },
  ]);
});
