import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision, LastResult, Outcome, Surroundings } from '../../../src/machine/types.ts';
import { cutMiddle, renderDecision, renderSurroundings } from '../../../src/services/model/render-turn.ts';

test('a turn shows goal, directory, files, and the result on lines of its own', () => {
  const last = lastOf({ output: { stdout: 'a\nb\n', stderr: 'c\n' } });
  expect(render({ workingDirectory: 'sub/dir', files: ['a.txt', 'my notes/'], filesOmitted: 3, last })).toBe(
    [
      'Goal: tidy up',
      'Directory: sub/dir',
      "Files: a.txt 'my notes/' (and 3 more)",
      'Last command: ls',
      'Exit code: 0',
      'Output:',
      'a',
      'b',
      'Errors:',
      'c',
    ].join('\n'),
  );
});

test('what the watchdog has to say stands last', () => {
  expect(render({ files: [], nudge: 'You have decided "ls" 3 times.' })).toBe(
    'Goal: tidy up\nFiles: none\nLast result: none\nWarning: You have decided "ls" 3 times.',
  );
});

test('names are quoted as a shell needs them', () => {
  expect(render({ files: ['a-b_c.txt', 'ümlaut', "it's", '$HOME', ''] })).toBe(
    "Goal: tidy up\nFiles: a-b_c.txt ümlaut 'it'\\''s' '$HOME' ''\nLast result: none",
  );
});

test('each kind of last result says what was done and what came of it', () => {
  const run: Decision = { action: 'RUN', command: 'ls', note: 'n' };
  const cases: [Partial<LastResult>, string[]][] = [
    [{}, ['Last command: ls', 'Exit code: 0', 'Output: none']],
    [{ outcome: outcome('setback', { exitCode: 2 }) }, ['Last command: ls', 'Exit code: 2', 'Output: none']],
    [
      { outcome: outcome('failure', { code: 'command-denied', exitCode: null }), message: 'curl needs a network.' },
      ['Last command: ls', 'Failed: refused, it was not run', 'Reason: curl needs a network.'],
    ],
    [
      { outcome: outcome('failure', { code: 'command-denied', exitCode: null, byPerson: true }) },
      ['Last command: ls', 'Failed: a person said no'],
    ],
    [
      { outcome: outcome('failure', { code: 'timeout', exitCode: null }), output: { stdout: 'tick', stderr: '' } },
      ['Last command: ls', 'Failed: it ran too long and was killed', 'Output:', 'tick'],
    ],
    [
      {
        decision: null,
        outcome: outcome('failure', { code: 'malformed-decision', exitCode: null }),
        message: 'No action.',
      },
      ['Last answer: not a decision', 'Failed: the answer could not be read', 'Reason: No action.'],
    ],
    [
      { decision: { action: 'SLEEP', sleepMs: 5, note: '' }, outcome: outcome('ok', { exitCode: null }) },
      ['Last decision: SLEEP'],
    ],
    [
      { decision: { action: 'STOP', note: '' }, outcome: outcome('failure', { code: 'check-failed', exitCode: null }) },
      ['Last decision: STOP', 'Failed: the goal is not reached yet'],
    ],
  ];
  for (const [given, expected] of cases) {
    expect(
      render({ last: lastOf({ decision: run, ...given }) })
        .split('\n')
        .slice(2),
    ).toEqual(expected);
  }
});

test('a long output keeps its head and its tail', () => {
  const stdout = `${'h'.repeat(5000)}${'t'.repeat(5000)}`;
  expect(render({ last: lastOf({ output: { stdout, stderr: '' } }) })).toBe(
    [
      'Goal: tidy up',
      'Files: none',
      'Last command: ls',
      'Exit code: 0',
      'Output:',
      'h'.repeat(1000),
      '[… 8500 characters left out …]',
      't'.repeat(500),
    ].join('\n'),
  );
});

test('a long output does not push the error out', () => {
  const text = render({ last: lastOf({ output: { stdout: 'x'.repeat(50_000), stderr: 'no such file' } }) });
  expect(text).toContain('Errors:\nno such file');
});

test('a long list of files says how many more there are', () => {
  const files = Array.from({ length: 60 }, (_, index) => `f${index}`);
  const line = render({ files, filesOmitted: 5 }).split('\n')[1];
  expect(line).toBe(`Files: ${files.slice(0, 40).join(' ')} (and 25 more)`);
});

test('a decision is shown as it is written, its texts cut', () => {
  expect(renderDecision({ action: 'STOP', note: 'done' })).toBe('<action>STOP</action>\n<note>done</note>');
  const long = renderDecision({ action: 'RUN', command: 'c'.repeat(5000), note: 'n'.repeat(5000) });
  expect(long.length).toBeLessThan(1500);
});

test('cutting keeps to the bound, never leaves half a character, and is the same when done again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 3, max: 60 }), (text, max) => {
      const cut = cutMiddle(text, max);
      expect(cut.length).toBeLessThanOrEqual(max + 1 + '\n[… 1000 characters left out …]\n'.length);
      expect(Buffer.from(cut, 'utf8').toString('utf8')).toBe(cut);
      if (text.length <= max) expect(cut).toBe(text);
    }),
  );
});

function render(surroundings: Partial<Surroundings>): string {
  return renderSurroundings('tidy up', {
    workingDirectory: '',
    files: [],
    filesOmitted: 0,
    last: null,
    ...surroundings,
  });
}

function lastOf(given: Partial<LastResult>): LastResult {
  return {
    decision: { action: 'RUN', command: 'ls', note: '' },
    outcome: outcome('ok', { exitCode: 0 }),
    output: { stdout: '', stderr: '' },
    message: null,
    ...given,
  };
}

function outcome(kind: Outcome['kind'], given: Partial<Outcome>): Outcome {
  return { kind, exitCode: 0, truncated: false, durationMs: 1, ...given };
}
