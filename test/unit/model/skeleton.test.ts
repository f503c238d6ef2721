import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '../../../src/machine/types.ts';
import { parseDecision, writeDecision } from '../../../src/protocol/decision.ts';
import {
  endsInCircles,
  type Sampler,
  splitAtSkeleton,
  writeDecisionWith,
} from '../../../src/services/model/skeleton.ts';

test('the model fills in the fields and never spells a tag before it is forced', async () => {
  const { answer, forced, sampled } = await write([
    'RUN',
    'ls',
    ' -la',
    '</',
    'command',
    '>\n',
    'look',
    ' around',
    '</',
  ]);
  expect(answer).toBe('<action>RUN</action>\n<command>ls -la</command>\n<note>look around</note>');
  expect(forced).toEqual(['<action>', '</action>\n<command>', '<note>']);
  expect(sampled).toBe(9);
});

test('each action has its own fields', async () => {
  expect((await write(['SL', 'EEP', '5', '00', '</', 'wait', '</'])).answer).toBe(
    '<action>SLEEP</action>\n<sleepMs>500</sleepMs>\n<note>wait</note>',
  );
  expect((await write(['STOP', 'done', END])).answer).toBe('<action>STOP</action>\n<note>done</note>');
});

test('a model that ends inside of a field has the field closed for it', async () => {
  expect((await write(['RUN', 'ls', END, 'look', END])).answer).toBe(
    '<action>RUN</action>\n<command>ls</command>\n<note>look</note>',
  );
});

test('a model that ends inside of a closing tag meant the tag', async () => {
  expect((await write(['RUN', 'ls', '</', 'comm', END, END])).answer).toBe(
    '<action>RUN</action>\n<command>ls</command>\n<note></note>',
  );
});

test('a command may redirect from a path', async () => {
  for (const command of ['cat </dev/null', 'wc -l </commands.txt', 'cat </command', 'a </']) {
    const { answer } = await write(['RUN', ...command, '</command>', END]);
    expect(parseDecision(answer)).toEqual({ ok: true, decision: { action: 'RUN', command, note: '' } });
  }
});

test('a model that writes nothing gives an empty command, which is no decision', async () => {
  const { answer } = await write(['RUN', END, END]);
  expect(answer).toBe('<action>RUN</action>\n<command></command>\n<note></note>');
  expect(parseDecision(answer).ok).toBe(false);
});

test('a command that reaches its bound stays open, so that half of it is never run', async () => {
  const { answer, sampled } = await write(['RUN', ...Array.from({ length: 1000 }, (_, index) => `x${index} `)]);
  expect(sampled).toBe(1 + 384);
  expect(parseDecision(answer).ok).toBe(false);
});

test('a command that reaches the bound of the whole answer stays open too', async () => {
  const { answer, sampled } = await write(['RUN', 'l', 's', ' -l', 'a'], 4);
  expect([answer, sampled]).toEqual(['<action>RUN</action>\n<command>ls -l', 4]);
});

test('a command that goes round in circles is left at once, and stays open', async () => {
  const { answer, sampled } = await write([
    'RUN',
    ...Array.from({ length: 1000 }, (_, n) => ['a ', 'b ', 'c '][n % 3] ?? ''),
  ]);
  expect(sampled).toBe(1 + 3 + 48);
  expect(parseDecision(answer).ok).toBe(false);
});

test('no list, table or script that people write goes round in circles', () => {
  const codes = (text: string) => [...text].map((character) => character.charCodeAt(0));
  const innocent = [
    'touch a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 b8 b9 c1 c2 c3',
    'printf "%s\\n" one one one one one one one one',
    'echo ----------------------------------------',
    'for i in 1 2 3 4 5; do echo $i; done; for i in 1 2 3 4 5; do echo $i; done',
  ];
  expect(innocent.map((text) => endsInCircles(codes(text)))).toEqual(innocent.map(() => false));
});

test('circles are those of up to 24 tokens, six times and 48 tokens long', () => {
  const circle = (period: number, length: number) => Array.from({ length }, (_, index) => index % period);
  expect([1, 2, 8, 9, 24].map((period) => firstCircle(circle(period, 400)))).toEqual([49, 50, 56, 63, 168]);
  expect(firstCircle(circle(25, 400))).toBe(null);
});

test('a model that thinks first does so until its thought ends, or its budget', async () => {
  const thought = { maxTokens: 5, closing: '</think>\n\n' };
  const short = await write(['well', '</think>', 'STOP', 'done', END], 1000, { thought });
  expect(short.answer).toBe('<think>\nwell</think>\n\n<action>STOP</action>\n<note>done</note>');
  expect(short.forced.slice(0, 2)).toEqual(['\n\n', '<action>']);
  const long = await write(['a', 'b', 'c', 'd', 'e', 'STOP', 'done', END], 1000, { thought });
  expect(long.answer).toBe('<think>\nabcde\n</think>\n\n<action>STOP</action>\n<note>done</note>');
  const silent = await write([END, 'STOP', 'done', END], 1000, { thought });
  expect(silent.answer).toBe('<think>\n</think>\n\n<action>STOP</action>\n<note>done</note>');
  for (const { answer } of [short, long, silent]) {
    expect(parseDecision(answer)).toEqual({ ok: true, decision: { action: 'STOP', note: 'done' } });
  }
});

test('where the start of the command is given, the model chooses the rest', async () => {
  const any = await write(['ls', '</command>', 'look', END], 1000, { commandStart: '' });
  expect(any.answer).toBe('<action>RUN</action>\n<command>ls</command>\n<note>look</note>');
  expect(any.forced.slice(0, 3)).toEqual(['<action>', 'RUN', '</action>\n<command>']);
  const look = await write([' a.txt', '</command>', 'look', END], 1000, { commandStart: 'cat' });
  expect(look.answer).toBe('<action>RUN</action>\n<command>cat a.txt</command>\n<note>look</note>');
  expect(look.forced.slice(2, 4)).toEqual(['</action>\n<command>', 'cat']);
});

test('a note that reaches its bound is cut and closed', async () => {
  const words = Array.from({ length: 1000 }, (_, index) => `x${index} `);
  const { answer, sampled } = await write(['STOP', ...words]);
  expect([answer, sampled]).toEqual([`<action>STOP</action>\n<note>${words.slice(0, 60).join('')}</note>`, 61]);
});

test('half a character is never heard', async () => {
  const { heard, answer } = await write(['RUN', 'echo ', '\uFFFD', { retract: 1, text: 'ä' }, END, END]);
  expect(heard.join('')).toBe(answer);
  expect(heard.join('')).not.toContain('\uFFFD');
});

test('whatever the pieces, the answer reads back as the decision, and what was heard is the answer', async () => {
  const text = fc
    .array(fc.oneof(fc.constantFrom('</', '<', '</dev/null', '/', '<note>', '\n', ' ', 'command>'), fc.string()))
    .map((parts) => parts.join(''));
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(text, text, sizes, async (commandText, noteText, pieceSizes) => {
      const command = commandText.replace(/<\/command\s*>/g, '').replace(/<\/c[a-z]*\s*$/, '');
      const note = noteText.replaceAll('</', '').replace(/<$/, '');
      fc.pre(command.trim() !== '' && !/<\/command\s*>/.test(command) && !note.includes('</'));
      const decision: Decision = { action: 'RUN', command, note };
      const { answer, heard } = await write([
        'RUN',
        ...chop(`${command}</command>`, pieceSizes),
        ...chop(note, pieceSizes),
        '</',
      ]);
      expect(parseDecision(answer)).toEqual({ ok: true, decision });
      expect(answer).toBe(writeDecision(decision));
      expect(heard.join('')).toBe(answer);
    }),
  );
});

test('a decision is cut where the skeleton joins it', () => {
  expect(splitAtSkeleton(writeDecision({ action: 'RUN', command: 'ls', note: 'look' }))).toEqual([
    '<action>',
    'RUN',
    '</action>\n<command>',
    'ls',
    '</command>\n<note>',
    'look',
    '</note>',
  ]);
});

const END = null;
type Piece = string | typeof END | { readonly retract: number; readonly text: string };

/** A model whose every token is the next of these pieces. */
async function write(
  pieces: readonly Piece[],
  maxTokens = 1000,
  given: Pick<Parameters<typeof writeDecisionWith>[1], 'thought' | 'commandStart'> = {},
) {
  const forced: string[] = [];
  const heard: string[] = [];
  let sampled = 0;
  const sampler: Sampler = {
    sample: async () => {
      sampled += 1;
      // The same piece is the same token.
      return sampled > pieces.length ? sampled : pieces.indexOf(pieces[sampled - 1] ?? END);
    },
    tokenize: (text) => {
      forced.push(text);
      return [-1];
    },
    detokenize: (tokens) =>
      tokens.reduce((text, token) => {
        const piece = pieces[token] ?? '';
        return typeof piece === 'string' ? text + piece : text.slice(0, -piece.retract) + piece.text;
      }, ''),
    isEnd: (token) => pieces[token] === END || token >= pieces.length,
  };
  const answer = await writeDecisionWith(sampler, {
    maxTokens,
    onText: (text) => heard.push(text),
    ...given,
  });
  return { answer, heard, forced, sampled };
}

/** After how many tokens a circle is seen. */
function firstCircle(tokens: readonly number[]): number | null {
  const length = tokens.findIndex((_, index) => endsInCircles(tokens.slice(0, index + 1)));
  return length < 0 ? null : length + 1;
}

function chop(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const size = sizes[pieces.length % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}
