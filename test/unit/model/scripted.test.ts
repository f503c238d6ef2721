import { expect, test } from 'vitest';
import { openScriptedModel, splitScript } from '../../../src/services/model/scripted.ts';

test('answers stand between lines of exactly ---', () => {
  expect(splitScript('one\n---\ntwo\nlines\n---\nthree')).toEqual(['one', 'two\nlines', 'three']);
});

test('a line that only looks like a separator belongs to the answer', () => {
  expect(splitScript('a\n--- \n ---\n----\n--\nb')).toEqual(['a\n--- \n ---\n----\n--\nb']);
});

test('nothing between two separators is an empty answer, and a last separator adds none', () => {
  expect(splitScript('a\n---\n---\nb\n---\n')).toEqual(['a', '', 'b']);
  expect(splitScript('---\n---')).toEqual(['', '']);
});

test('the line end before a separator or the end of the file is not part of the answer; others are', () => {
  expect(splitScript('\na\n\n---\nb\n')).toEqual(['\na\n', 'b']);
});

test('a file with CRLF line ends has the same answers, which keep their own line ends', () => {
  expect(splitScript('one\r\n---\r\ntwo\r\nlines\r\n---\r\n')).toEqual(['one', 'two\r\nlines']);
});

test('an empty file has no answers', () => {
  expect(splitScript('')).toEqual([]);
});

test('iteration N takes answer N, also when it is asked again', async () => {
  const model = openScriptedModel('/a/script.txt', 'first\n---\nzweite Ä\n');
  expect(await think(model, 2)).toEqual({ ok: true, answer: 'zweite Ä', tokens: { evaluated: 0, generated: 3 } });
  expect(await think(model, 1)).toEqual({ ok: true, answer: 'first', tokens: { evaluated: 0, generated: 2 } });
  expect(await think(model, 2)).toEqual({ ok: true, answer: 'zweite Ä', tokens: { evaluated: 0, generated: 3 } });
});

test('an empty answer is an answer of no tokens', async () => {
  expect(await think(openScriptedModel('s', '---\n'), 1)).toEqual({
    ok: true,
    answer: '',
    tokens: { evaluated: 0, generated: 0 },
  });
});

test('when the answers are used up, a thought fails', async () => {
  expect(await think(openScriptedModel('s', 'one'), 2)).toEqual({
    ok: false,
    message: 'The script has 1 answer, and iteration 2 asks for one more.',
    tokens: { evaluated: 0, generated: 0 },
  });
});

test('an aborted thought fails and says nothing', async () => {
  const heard: string[] = [];
  const thought = await think(openScriptedModel('s', 'one'), 1, AbortSignal.abort(), heard);
  expect([thought.ok, heard]).toEqual([false, []]);
});

test('the answer is heard as text', async () => {
  const heard: string[] = [];
  await think(openScriptedModel('s', 'one'), 1, new AbortController().signal, heard);
  expect(heard).toEqual(['one']);
});

test('the description says that no model is thinking', () => {
  expect(openScriptedModel('/a/script.txt', '').description).toEqual({
    name: 'script',
    file: '/a/script.txt',
    summary: 'script (no model is thinking)',
  });
});

function think(
  model: ReturnType<typeof openScriptedModel>,
  iteration: number,
  signal = new AbortController().signal,
  heard: string[] = [],
) {
  const surroundings = { workingDirectory: '', files: [], filesOmitted: 0, last: null };
  return model.think(
    { iteration, goal: 'g', turns: [], earlierTurns: 0, surroundings, budget: null, isDiversifying: false },
    { signal, timeoutMs: 1000, onText: (text) => heard.push(text) },
  );
}
