import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/machine/types.ts';
import { parseDecision, writeDecision } from '../../../src/protocol/decision.ts';

describe('a well-formed answer', () => {
  test.each<[what: string, answer: string, decision: Decision]>([
    ['a command', '<action>RUN</action><command>ls</command><note>look</note>', run('ls', 'look')],
    ['a sleep', '<action>SLEEP</action><sleepMs>5000</sleepMs><note>wait</note>', sleep(5000, 'wait')],
    ['a stop', '<action>STOP</action><note>done</note>', stop('done')],
    ['no note', '<action>RUN</action><command>ls</command>', run('ls')],
    ['any case of the action', '<action>sLeEp</action>', sleep(null)],
    ['white space around the action', '<action>\n RUN\t</action><command>ls</command>', run('ls')],
    ['white space inside a tag', '<action >STOP</action\n>', stop('')],
    ['another order', '<note>n</note><command>ls</command><action>RUN</action>', run('ls', 'n')],
    ['a code fence', '```xml\n<action>STOP</action>\n<note>done</note>\n```', stop('done')],
    ['prose', 'I think 3 < 4 & so on.\n<action>STOP</action>\nBye!', stop('')],
    ['an unclosed tag in the prose', 'a <b and "c <action>STOP</action>', stop('')],
    ['a here-document mark in the prose', 'Use cat <<EOF now: <action>STOP</action>', stop('')],
    ['a comment', '<!-- Run a shell command -->\n<action>STOP</action>', stop('')],
    ['an open comment', '<!-- <action>STOP</action>', stop('')],
    ['an open CDATA section', '<![CDATA[ <action>STOP</action>', stop('')],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><?xml?><action>STOP</action>', stop('')],
    ['tags around it', '<answer><action>STOP</action></answer>', stop('')],
    ['an element never closed before it', '<note>hm <action>STOP</action>', stop('')],
    ['a note never closed after it', '<action>RUN</action><command>ls</command><note>hm', run('ls')],
    ['a think block', '<think>Hm, 3 < 4.</think>\n\n<action>STOP</action>', stop('')],
    ['a decision only thought of', '<think><action>STOP</action></think><action>SLEEP</action>', sleep(null)],
    ['a think block around it', '<think>Hm. <action>STOP</action></think>', stop('')],
    ['a think block never closed', '<think>Hm. <action>STOP</action>', stop('')],
    ['the end of a think block alone', 'Hm.</think><action>STOP</action>', stop('')],
    ['a command that SLEEP has no use for', '<action>SLEEP</action><command>ls</command>', sleep(null)],
    ['a second note', '<action>STOP</action><note>a</note><note>b</note>', stop('a')],
  ])('%s', (_what, answer, decision) => {
    expect(parseDecision(answer)).toEqual({ ok: true, decision });
  });
});

describe('a command is taken verbatim', () => {
  test.each([
    'a < b && c',
    'a <b and c',
    'cat <<EOF\nhi\nEOF',
    'cat <<\'EOF\' > page.html\n<html>\n<p class="a">5 &lt; 6 &amp; 7</p>\n</html>\nEOF',
    '\n  ls -la  \n',
    'line one\nline two\r\n\tline three',
    "echo '<action>STOP</action>'",
    "echo '<note>x</note>' '</note>' '<command>' '</action>'",
    'echo "<think>" \'</think>\'',
    'echo <!-- --> <![CDATA[ ]]> <?php',
    "echo '<",
    'echo %3C %253C %0D %',
    'echo "</commands>" </ command>',
    '__proto__ constructor toString',
    'echo \u0000\u001b[31m é 漢 \ud83d\ude00 \ud83d',
    '007',
    'true',
  ])('%j', (command) => {
    const answer = `<action>RUN</action><command>${command}</command><note>n</note>`;
    expect(parseDecision(answer)).toEqual({ ok: true, decision: run(command, 'n') });
  });

  test('up to its first closing tag', () => {
    const answer = "<action>RUN</action><command>echo '</command>' x</command>";
    expect(parseDecision(answer)).toEqual({ ok: true, decision: run("echo '") });
  });
});

describe('sleepMs', () => {
  test.each<[content: string, sleepMs: number | null]>([
    ['0', 0],
    ['0005', 5],
    ['\n 250 \t', 250],
    ['600000', 600_000],
    ['600001', 600_000],
    ['9'.repeat(5000), 600_000],
    ['', null],
    [' \n ', null],
  ])('%j is accepted', (content, sleepMs) => {
    expect(parseDecision(`<action>SLEEP</action><sleepMs>${content}</sleepMs>`)).toEqual({
      ok: true,
      decision: sleep(sleepMs),
    });
  });

  test.each(['-1', '+1', '1.0', '1e3', '0x10', '1 000', '1_000', 'soon', '5s', '٣', '<b>5</b>', '&#53;'])(
    '%j is malformed',
    (content) => {
      expect(parseDecision(`<action>SLEEP</action><sleepMs>${content}</sleepMs>`)).toEqual({
        ok: false,
        problem: 'The <sleepMs> was not a whole number of milliseconds, written in digits only.',
      });
    },
  );
});

describe('a malformed answer', () => {
  test.each<[what: string, answer: string, problem: string]>([
    ['nothing', '', 'There was no <action>, or it was not closed.'],
    ['prose', 'I would like to list the files.', 'There was no <action>, or it was not closed.'],
    ['an action never closed', '<action>RUN', 'There was no <action>, or it was not closed.'],
    ['an action with attributes', '<action a="b">STOP</action>', 'There was no <action>, or it was not closed.'],
    ['a decision in a note', '<note><action>STOP</action></note>', 'There was no <action>, or it was not closed.'],
    ['an unknown action', '<action>JUMP</action>', 'The <action> was none of RUN, SLEEP and STOP.'],
    ['an empty action', '<action></action>', 'The <action> was none of RUN, SLEEP and STOP.'],
    ['a letter that only looks right', '<action>\u017fTOP</action>', 'The <action> was none of RUN, SLEEP and STOP.'],
    ['an entity', '<action>&#83;TOP</action>', 'The <action> was none of RUN, SLEEP and STOP.'],
    [
      'a second action',
      '<action>STOP</action><action>STOP</action>',
      'There was more than one <action>. Decide one thing at a time.',
    ],
    ['no command', '<action>RUN</action>', 'RUN needs a <command>, and there was none, or it was not closed.'],
    [
      'a command never closed',
      '<action>RUN</action><command>ls',
      'RUN needs a <command>, and there was none, or it was not closed.',
    ],
    ['an empty command', '<action>RUN</action><command></command>', 'The <command> was empty.'],
    ['a blank command', '<action>RUN</action><command> \n\t</command>', 'The <command> was empty.'],
    [
      'two commands',
      '<action>RUN</action><command>a</command><command>b</command>',
      'There was more than one <command>. Put all of it into one.',
    ],
    [
      'two commands, the first empty',
      '<action>RUN</action><command></command><command>b</command>',
      'There was more than one <command>. Put all of it into one.',
    ],
  ])('%s', (_what, answer, problem) => {
    expect(parseDecision(answer)).toEqual({ ok: false, problem });
  });
});

test('a decision is written one element a line, the note always there', () => {
  expect([run('ls', 'look'), sleep(5, 'wait'), sleep(null), stop('')].map(writeDecision)).toEqual([
    '<action>RUN</action>\n<command>ls</command>\n<note>look</note>',
    '<action>SLEEP</action>\n<sleepMs>5</sleepMs>\n<note>wait</note>',
    '<action>SLEEP</action>\n<sleepMs></sleepMs>\n<note></note>',
    '<action>STOP</action>\n<note></note>',
  ]);
});

test('what is written reads back as the same decision', () => {
  fc.assert(
    fc.property(anyDecision(), (decision) => {
      expect(parseDecision(writeDecision(decision))).toEqual({ ok: true, decision });
    }),
    { numRuns: 100 },
  );
}, 30_000);

test('every answer is read, and whatever is read can be written and read again', () => {
  fc.assert(
    fc.property(anyAnswer(), (answer) => {
      const parsed = parseDecision(answer);
      if (parsed.ok) expect(parseDecision(writeDecision(parsed.decision))).toEqual(parsed);
      else expect(parsed.problem.length).toBeLessThan(100);
    }),
    { numRuns: 200 },
  );
}, 30_000);

test.each([
  '<',
  '<action>',
  '<command>',
  '<action><command><note><sleepMs><think>',
  '</command>',
  '<think></think>',
  '<note></note>',
  '<!--',
  '<action ',
  '</action ',
  '<action>RUN</action><command>ls</command>',
  ' ',
])(
  '1 MB of %j are read in linear time',
  (piece) => {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
    const startedAt = performance.now();
    parseDecision(text);
    parseDecision(`<action>SLEEP</action><sleepMs>${text}x</sleepMs>`);
    parseDecision(`<action>RUN</action><command>${text}</command>`);
    // Quadratic time would be minutes. The bound leaves room for a slow machine.
    expect(performance.now() - startedAt).toBeLessThan(5000);
  },
  30_000,
);

function run(command: string, note = ''): Decision {
  return { action: 'RUN', command, note };
}

function sleep(sleepMs: number | null, note = ''): Decision {
  return { action: 'SLEEP', sleepMs, note };
}

function stop(note: string): Decision {
  return { action: 'STOP', note };
}

function anyDecision(): fc.Arbitrary<Decision> {
  const text = anyAnswer();
  const note = text.filter((value) => !/<\/note\s*>/.test(value));
  return fc.oneof(
    fc.record({
      action: fc.constant('RUN' as const),
      command: text.filter((value) => value.trim() !== '' && !/<\/command\s*>/.test(value)),
      note,
    }),
    fc.record({
      action: fc.constant('SLEEP' as const),
      sleepMs: fc.option(fc.integer({ min: 0, max: 600_000 })),
      note,
    }),
    fc.record({ action: fc.constant('STOP' as const), note }),
  );
}

/** Text made of what could confuse a reader of tags, and of anything else. */
function anyAnswer(): fc.Arbitrary<string> {
  const names = ['action', 'command', 'sleepMs', 'note', 'think', 'b'];
  const piece = fc.oneof(
    fc.constantFrom(...names.flatMap((name) => [`<${name}>`, `</${name}>`, `<${name}`, `</${name} >`, `<${name}/>`])),
    fc.constantFrom(
      '<',
      '>',
      '</',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '<!DOCTYPE',
      '&amp;',
      '%3C',
      '"',
      "'",
    ),
    fc.constantFrom('RUN', 'SLEEP', 'STOP', 'ls', '5000', ' ', '\n', '\r\n', '\r', '\t', '\0'),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  return fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));
}
