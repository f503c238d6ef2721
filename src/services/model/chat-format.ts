import type { Role } from './prompt.ts';

/** How a model was taught to read a conversation. These texts are ours: only they may become control tokens. */
export interface ChatFormat {
  readonly name: ChatFormatName;
  /** Stands before the first message: what begins a text, or nothing. */
  readonly beginning: string;
  /** Null: it knows no system role, and the system text goes before the first user text. */
  readonly openings: { readonly system: string | null; readonly user: string; readonly assistant: string };
  /** The assistant's begins with the token that ends an answer. */
  readonly closings: Readonly<Record<Role, string>>;
  /** Stands before the model's answer. */
  readonly answerOpening: string;
  /** Null: it was not taught to think before it answers. */
  readonly thinking: Thinking | null;
  /** Each must be one token of the vocabulary: else the template belongs to another one. */
  readonly marks: readonly string[];
  /** May be ordinary text to the vocabulary, as in early Mistral models. Then nobody else may say them. */
  readonly looseMarks: readonly string[];
}

/** How a model thinks before it answers. Each text stands behind the answer's opening. */
export interface Thinking {
  /** A thought that is empty: the model then answers at once. */
  readonly none: string;
  readonly opening: string;
  readonly closing: string;
}

export type ChatFormatName = 'ChatML' | 'Llama 3' | 'Gemma' | 'Mistral';

export type RecognisedFormat =
  | { readonly ok: true; readonly format: ChatFormat }
  /** Completes the sentence "gyre does not know how to talk to NAME: …". */
  | { readonly ok: false; readonly reason: string };

/**
 * Recognises a chat format by the template in a model file: ChatML, Llama 3, Gemma or Mistral. Of those only ChatML models
 * are known to think. A file without a template is refused whatever its vocabulary holds: base
 * models hold turn tokens that they were never taught to use.
 * @param beginOfText the text of the vocabulary's first token, when the file names one; asked for by ChatML templates only
 */
export function recogniseChatFormat(template: string | undefined, beginOfText: string | null = null): RecognisedFormat {
  if (template === undefined || template.trim() === '') return { ok: false, reason: 'it has no chat template' };
  const fitting = families.filter(({ isIn }) => isIn(template));
  const [family] = fitting;
  if (family === undefined) {
    return { ok: false, reason: `its chat template is none of ${familyNames} (found: ${describeTemplate(template)})` };
  }
  if (fitting.length > 1) {
    const names = fitting.map(({ name }) => name).join(' and ');
    return { ok: false, reason: `its chat template mixes ${names} (found: ${describeTemplate(template)})` };
  }
  return { ok: true, format: family.read(template, beginOfText) };
}

/** True when the text of the first token has to be known for `recogniseChatFormat`. */
export function needsBeginOfText(template: string | undefined): boolean {
  return template !== undefined && isChatMl(template) && template.includes('bos_token');
}

interface Family {
  readonly name: ChatFormatName;
  readonly isIn: (template: string) => boolean;
  readonly read: (template: string, beginOfText: string | null) => ChatFormat;
}

const families: readonly Family[] = [
  { name: 'ChatML', isIn: isChatMl, read: readChatMl },
  {
    name: 'Llama 3',
    isIn: (template) => hasAll(template, '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'),
    read: readLlama3,
  },
  { name: 'Gemma', isIn: (template) => hasAll(template, '<start_of_turn>', '<end_of_turn>'), read: readGemma },
  {
    name: 'Mistral',
    // With <<SYS>> it is Llama 2, which shares the brackets.
    isIn: (template) => hasAll(template, '[INST]', '[/INST]') && !template.includes('<<SYS>>'),
    read: readMistral,
  },
];

const familyNames = families.map(({ name }) => name).join(', ');

function isChatMl(template: string): boolean {
  // Phi-4 and Kimi have the outer tokens too, and others of their own between role and text.
  return hasAll(template, '<|im_start|>', '<|im_end|>') && !/<\|im_(?:sep|middle)\|>/.test(template);
}

function readChatMl(template: string, beginOfText: string | null): ChatFormat {
  const isThinker = template.includes('enable_thinking') || template.includes('<think>');
  const closing = '<|im_end|>\n';
  return {
    name: 'ChatML',
    beginning: template.includes('bos_token') ? (beginOfText ?? '') : '',
    openings: {
      system: '<|im_start|>system\n',
      user: '<|im_start|>user\n',
      assistant: '<|im_start|>assistant\n',
    },
    closings: { system: closing, user: closing, assistant: closing },
    answerOpening: '<|im_start|>assistant\n',
    thinking: isThinker ? { none: '<think>\n\n</think>\n\n', opening: '<think>\n', closing: '</think>\n\n' } : null,
    marks: ['<|im_start|>', '<|im_end|>'],
    looseMarks: [],
  };
}

function readLlama3(template: string): ChatFormat {
  const open = (role: string): string => `<|start_header_id|>${role}<|end_header_id|>\n\n`;
  // From 3.1 on each system text begins with these dates; they are the template's own defaults.
  const date = /date_string = "([0-9A-Za-z ]{1,20})"/.exec(template)?.[1] ?? '26 Jul 2024';
  const dates = template.includes('Cutting Knowledge Date: December 2023')
    ? `Cutting Knowledge Date: December 2023\nToday Date: ${date}\n\n`
    : '';
  return {
    name: 'Llama 3',
    beginning: '<|begin_of_text|>',
    openings: { system: `${open('system')}${dates}`, user: open('user'), assistant: open('assistant') },
    closings: { system: '<|eot_id|>', user: '<|eot_id|>', assistant: '<|eot_id|>' },
    answerOpening: open('assistant'),
    thinking: null,
    marks: ['<|begin_of_text|>', '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'],
    looseMarks: [],
  };
}

function readGemma(): ChatFormat {
  const closing = '<end_of_turn>\n';
  return {
    name: 'Gemma',
    beginning: '<bos>',
    openings: { system: null, user: '<start_of_turn>user\n', assistant: '<start_of_turn>model\n' },
    closings: { system: '', user: closing, assistant: closing },
    answerOpening: '<start_of_turn>model\n',
    thinking: null,
    marks: ['<bos>', '<start_of_turn>', '<end_of_turn>'],
    looseMarks: [],
  };
}

/** Its versions differ in spaces and in the system role; each template shows which it has. */
function readMistral(template: string): ChatFormat {
  const before = /['"] \[INST\]/.test(template) ? ' ' : '';
  const inside = template.includes('[INST] ') ? ' ' : '';
  const answerSpace = /(['"]) \1\s*[+~]\s*(?:message|content|assistant)/.test(template) ? ' ' : '';
  const hasSystem = template.includes('[SYSTEM_PROMPT]');
  return {
    name: 'Mistral',
    beginning: '<s>',
    openings: {
      system: hasSystem ? `[SYSTEM_PROMPT]${template.includes('[SYSTEM_PROMPT] ') ? ' ' : ''}` : null,
      user: `${before}[INST]${inside}`,
      assistant: answerSpace,
    },
    closings: {
      system: hasSystem ? '[/SYSTEM_PROMPT]' : '',
      user: `${template.includes(' [/INST]') ? ' ' : ''}[/INST]`,
      assistant: '</s>',
    },
    answerOpening: answerSpace,
    thinking: null,
    marks: ['<s>', '</s>', ...(hasSystem ? ['[SYSTEM_PROMPT]', '[/SYSTEM_PROMPT]'] : [])],
    looseMarks: ['[INST]', '[/INST]'],
  };
}

/** The first marks of a template, else its first characters. Whoever made the file chose them. */
function describeTemplate(template: string): string {
  const marks = new Set(
    template.match(/<[|\uFF5C][^<>|\uFF5C\n]{1,24}[|\uFF5C]>|<{1,2}[A-Za-z_/]{1,24}>{1,2}|\[\/?[A-Z_]{2,20}\]/g),
  );
  const shown = marks.size > 0 ? [...marks].slice(0, 5).join(' ') : JSON.stringify(template.trim().slice(0, 40));
  return shown.replaceAll(/[^\x20-\x7e]/g, '.');
}

function hasAll(template: string, ...texts: readonly string[]): boolean {
  return texts.every((text) => template.includes(text));
}
