import { expect, test } from 'vitest';
import { type ChatFormat, needsBeginOfText, recogniseChatFormat } from '../../../src/services/model/chat-format.ts';
import { CHAT_ML, conversation, GEMMA, LLAMA_3, MISTRAL } from './chat-templates.ts';

const none = 'its chat template is none of ChatML, Llama 3, Gemma, Mistral';

test.each([
  ...CHAT_ML.map((one) => ['ChatML', one] as const),
  ...LLAMA_3.map((one) => ['Llama 3', one] as const),
  ...GEMMA.map((one) => ['Gemma', one] as const),
  ...MISTRAL.map((one) => ['Mistral', one] as const),
])('a %s template says what the template itself renders: $what', (name, { template, rendered }) => {
  const format = formatOf(template);
  // Where the answer begins with a space, a renderer leaves that space to the model.
  expect([format.name, say(format).replace(/ $/, '')]).toEqual([name, rendered]);
});

test.each([
  ['ChatML', CHAT_ML, ['<|im_start|>', '<|im_end|>'], '<|im_end|>'],
  ['Llama 3', LLAMA_3, ['<|begin_of_text|>', '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'], '<|eot_id|>'],
  ['Gemma', GEMMA, ['<bos>', '<start_of_turn>', '<end_of_turn>'], '<end_of_turn>'],
  ['Mistral', MISTRAL.slice(0, 4), ['<s>', '</s>'], '</s>'],
])(
  'the marks of %s are tokens of its vocabulary, and the one that ends an answer is among them',
  (_, all, marks, end) => {
    for (const { template } of all) {
      const format = formatOf(template);
      expect(format.marks).toEqual(marks);
      expect(format.closings.assistant.startsWith(end)).toBe(true);
    }
  },
);

test('a ChatML model that can think aloud is known by its template', () => {
  for (const sign of ['{% if enable_thinking is false %}', "{{ '<think>' }}"]) {
    expect(formatOf(`<|im_start|> <|im_end|> ${sign}`)).toMatchObject({
      answerOpening: '<|im_start|>assistant\n',
      thinking: { none: '<think>\n\n</think>\n\n', opening: '<think>\n', closing: '</think>\n\n' },
    });
  }
  expect(formatOf('<|im_start|> <|im_end|>').thinking).toBe(null);
});

test('the token that begins a text has to be known for a ChatML template that asks for it, and for no other', () => {
  const all = [...CHAT_ML, ...LLAMA_3, ...GEMMA, ...MISTRAL];
  expect(all.filter(({ template }) => needsBeginOfText(template)).map(({ rendered }) => rendered.slice(0, 15))).toEqual(
    ['<s><|im_start|>'],
  );
  expect(needsBeginOfText(undefined)).toBe(false);
});

test.each([
  [undefined, 'it has no chat template'],
  [' ', 'it has no chat template'],
  ["{{ '<|user|>\\n' + m + '<|end|>\\n' }}", `${none} (found: <|user|> <|end|>)`],
  ["{{ '[INST] <<SYS>>\\n' + m + '<</SYS>>' + '[/INST]' }}", `${none} (found: [INST] <<SYS>> <</SYS>> [/INST])`],
  ["{{ '<|im_start|>user<|im_sep|>' + m + '<|im_end|>' }}", `${none} (found: <|im_start|> <|im_sep|> <|im_end|>)`],
  ["{{ '<\uFF5CUser\uFF5C>' + m }}", `${none} (found: <.User.>)`],
  ["{{ '<|start_header_id|>' + m }}", `${none} (found: <|start_header_id|>)`],
  ["{{ '### Instruction:' }}\u001b[2J", `${none} (found: "{{ '### Instruction:' }}\\u001b[2J")`],
  [
    '<|im_start|><|im_end|><start_of_turn><end_of_turn>',
    'its chat template mixes ChatML and Gemma (found: <|im_start|> <|im_end|> <start_of_turn> <end_of_turn>)',
  ],
])('%j is refused with the reason', (template, reason) => {
  expect(recogniseChatFormat(template)).toEqual({ ok: false, reason });
});

function formatOf(template: string): ChatFormat {
  const recognised = recogniseChatFormat(template, '<s>');
  if (!recognised.ok) throw new Error(recognised.reason);
  return recognised.format;
}

/** The conversation of the templates, by the texts of a format. */
function say({ beginning, openings, closings, answerOpening }: ChatFormat): string {
  const { system, user, assistant, userAgain } = conversation;
  const first =
    openings.system === null
      ? `${openings.user}${system}\n\n${user}`
      : `${openings.system}${system}${closings.system}${openings.user}${user}`;
  return (
    `${beginning}${first}${closings.user}${openings.assistant}${assistant}${closings.assistant}` +
    `${openings.user}${userAgain}${closings.user}${answerOpening}`
  );
}
