import { expect, test } from 'vitest';
import { parseOriginal } from '../../../bench/task-runner/original-parser.mjs';
import { readOriginalPrompt } from '../../../bench/task-runner/original-prompt.mjs';

test('the original’s parser takes the first closed elements, in any case, without white space around them', () => {
  expect(
    parseOriginal('<think><action>STOP</action></think>Well.\n<ACTION> run </ACTION><command>\n ls -l \n</command>'),
  ).toEqual({ action: 'RUN', command: 'ls -l', note: '' });
  expect(parseOriginal('<action>STOP</action><note> all\ndone </note><action>RUN</action>')).toEqual({
    action: 'STOP',
    note: 'all\ndone',
  });
});

test('a SLEEP without whole milliseconds lasts a second', () => {
  expect(parseOriginal('<action>SLEEP</action><sleepMs> 250 </sleepMs>')).toEqual({
    action: 'SLEEP',
    sleepMs: 250,
    note: '',
  });
  expect(parseOriginal('<action>SLEEP</action><sleepMs>soon</sleepMs>')).toEqual({
    action: 'SLEEP',
    sleepMs: 1000,
    note: '',
  });
});

test('without an action, or a command to run, it finds nothing', () => {
  for (const answer of ['', 'ls', '<action>DANCE</action>', '<action>RUN', '<action>RUN</action><note>x</note>'])
    expect(parseOriginal(answer)).toBe(null);
});

// Made up, in the form of the original's source.
const source = `
def build_prompt(
    config,
) -> str:
    """Words about it."""
    return f"""You are in {config.sandbox_dir}, at {current_dir}.
{dir_listing or "(nothing)"}
{memory_context}
{history_context}

## Your Task
You are somebody. Your goal is to:
1. Look
2. Listen

Now decide."""
`;

test('the prompt is the source’s own, with the goal in place of the numbered task', () => {
  const prompt = readOriginalPrompt(source)({
    goal: 'Say {hello} for $1.',
    sandboxDir: '/sandbox',
    currentDir: '/sandbox/a',
    listing: '',
    steps: [
      { number: 1, action: 'RUN', command: 'seq 9', result: { exitCode: 0, stdout: 'é'.repeat(150) } },
      { number: 2, action: 'SLEEP' },
      { number: 3, action: 'RUN', command: 'yes', result: { exitCode: null, stdout: '' } },
    ],
    commands: ['one', 'ls -la', 'two', 'ls -la', 'three', 'ls -la'],
  });
  expect(prompt).toBe(`You are in /sandbox, at /sandbox/a.
(nothing)
[Step 1] RUN: seq 9 → exit=0, ${'é'.repeat(100)}
[Step 2] SLEEP → no result
[Step 3] RUN: yes → exit=None, 
$ ls -la
$ two
$ ls -la
$ three
$ ls -la

## Your Task
You are somebody. Your goal is to:
Say {hello} for $1.

Now decide.`);
});

test('a source of something else is refused', () => {
  expect(() => readOriginalPrompt('print("hello")')).toThrow("it is not the original's autonomous_agent.py");
});
