import { describe, expect, test } from 'vitest';
import { createProgressWatch, type ProgressStep } from '../../../src/agent-progress.ts';
import type { Decision, Outcome, WatchdogLevel } from '../../../src/machine/types.ts';

/** One iteration in few words. */
interface Trace {
  readonly name: string;
  readonly goal?: string;
  readonly steps: readonly Step[];
}
type Step = readonly [what: string, output?: string, extra?: { moved?: true; exit?: number; code?: Outcome['code'] }];

const repeat = (count: number, step: (index: number) => Step): readonly Step[] =>
  Array.from({ length: count }, (_, index) => step(index));
const moved = { moved: true } as const;

/** Nothing of these may end, however long they are. */
const innocent: readonly Trace[] = [
  { name: 'a build that polls with changing output', steps: repeat(60, (index) => ['cat build.log', `${index} %`]) },
  {
    name: 'a build that polls with sleeps between',
    steps: repeat(60, (index) => (index % 2 === 0 ? ['tail -n 1 build.log', `step ${index}`] : ['SLEEP'])),
  },
  {
    name: 'waiting for a file, as the goal says',
    goal: 'Wait until ready.txt is there, then show it',
    steps: repeat(80, () => ['SLEEP']),
  },
  {
    name: 'looking every minute for what somebody else makes',
    goal: 'Check every minute for done.flag; when it is there, delete work.tmp',
    steps: repeat(80, (index) => (index % 2 === 0 ? ['ls done.flag', 'No such file', { exit: 2 }] : ['SLEEP'])),
  },
  {
    name: 'a watch over the disk every hour, with equal results',
    goal: 'Every hour, write the size of the box to sizes.log',
    steps: repeat(90, (index) => (index % 2 === 0 ? ['du -s . >> sizes.log', '', moved] : ['SLEEP'])),
  },
  {
    name: 'long work with one command a file',
    steps: repeat(100, (index) => [`gzip file-${index}`, '', moved]),
  },
  {
    name: 'an equal listing after each change',
    steps: repeat(60, (index) => (index % 2 === 0 ? [`sed -i s/a/${index}/ f`, '', moved] : ['ls', 'f'])),
  },
  {
    name: 'two equal looks after each change',
    steps: repeat(60, (index) => (index % 3 === 0 ? [`sed -i s/a/${index}/ f`, '', moved] : ['ls', 'f'])),
  },
  {
    name: 'a test that fails until it is repaired',
    steps: repeat(40, (index) =>
      index % 2 === 0 ? [`sed -i ${index}d prog.sh`, '', moved] : ['bash prog.sh', 'error', { exit: 1 }],
    ),
  },
  {
    name: 'the same failing test three times, then another way',
    steps: [
      ...repeat(3, (): Step => ['bash t.sh', 'error', { exit: 1 }]),
      ['cat t.sh', 'ecoh'],
      ['sed -i s/ecoh/echo/ t.sh', '', moved],
      ['bash t.sh', 'fine'],
    ],
  },
  {
    name: 'seven equal answers, and then one that helps',
    steps: [...repeat(7, (): Step => ['ls', 'a']), ['cat a', 'text'], ...repeat(6, (): Step => ['ls', 'a'])],
  },
  { name: 'reading one file after the other', steps: repeat(50, (index) => [`cat ${index}.txt`, `text ${index}`]) },
  {
    name: 'walking through directories without a word',
    steps: repeat(30, (index) => [`cd d${index}`, '', moved]),
  },
  {
    name: 'searches that find nothing, and one now and then that does',
    steps: repeat(40, (index) => [`grep ${index} a`, index % 5 === 0 ? `line ${index}` : '', { exit: 1 }]),
  },
  {
    name: 'five answers that cannot be read, then work',
    steps: [...repeat(5, (): Step => ['?']), ['ls', 'a'], ...repeat(5, (): Step => ['?']), ['cat a', 'b']],
  },
  {
    name: 'a sleep from time to time',
    steps: repeat(40, (index) => (index % 4 === 3 ? ['SLEEP'] : [`touch f${index}`, '', moved])),
  },
  {
    name: 'a stop that the check does not accept, and more work after it',
    steps: repeat(40, (index) => (index % 2 === 0 ? [`touch f${index}`, '', moved] : ['STOP'])),
  },
];

/** Each of these is a loop, and must be given up by its eighth repeat. */
const loops: readonly Trace[] = [
  { name: 'the same command', steps: repeat(20, () => ['ls', 'a b']) },
  {
    name: 'the same command with other blanks',
    steps: repeat(20, (index) => [`ls ${' '.repeat(index % 3)}-l`, 'a b']),
  },
  { name: 'the same command that fails', steps: repeat(20, () => ['cat x', 'No such file', { exit: 1 }]) },
  { name: 'the same command that is denied', steps: repeat(20, () => ['curl x', '', { code: 'command-denied' }]) },
  { name: 'the same command that takes too long', steps: repeat(20, () => ['yes', 'y', { code: 'timeout' }]) },
  { name: 'the same line appended again and again', steps: repeat(20, () => ['echo hi >> log', '', moved]) },
  { name: 'two commands in turn', steps: repeat(30, (index) => (index % 2 ? ['ls', 'a'] : ['cat a', 'x'])) },
  {
    name: 'to and fro',
    steps: repeat(30, (index) => [index % 2 ? 'mv a b' : 'mv b a', '', moved]),
  },
  { name: 'three commands in turn', steps: repeat(40, (index) => [['ls', 'pwd', 'date +%Y'][index % 3] ?? '', 'x']) },
  { name: 'commands that do nothing', steps: repeat(30, (index) => [`true ${index}`]) },
  { name: 'one listing in many ways', steps: repeat(30, (index) => [`ls -${'abcdefghijklmnop'[index % 16]}`, 'a b']) },
  { name: 'answers that cannot be read', steps: repeat(20, () => ['?']) },
  { name: 'a model that fails', steps: repeat(20, () => ['!']) },
  { name: 'sleep after sleep without a reason', steps: repeat(20, () => ['SLEEP']) },
  {
    name: 'the same look with a sleep after it, without a reason',
    steps: repeat(30, (i) => (i % 2 ? ['SLEEP'] : ['ls', 'a'])),
  },
  { name: 'stop after stop that the check does not accept', steps: repeat(20, () => ['STOP']) },
];

describe('what gets somewhere is never given up:', () => {
  test.each(innocent)('$name', ({ goal, steps }) => {
    expect(repeatsOf(steps, goal).findIndex((repeats) => repeats >= 8)).toBe(-1);
  });
});

describe('what goes in circles is given up by its eighth repeat:', () => {
  test.each(loops)('$name', ({ goal, steps }) => {
    const repeats = repeatsOf(steps, goal);
    const end = repeats.findIndex((count) => count >= 8);
    expect(end).toBeGreaterThan(0);
    const until = steps.slice(0, end + 1).map(([what]) => what);
    const most = Math.max(...until.map((what) => until.filter((other) => other === what).length));
    expect(most).toBeLessThanOrEqual(8);
    // It climbs one by one: no level is left out.
    expect(repeats.slice(end - 6, end + 1)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });
});

test('a command with changing results is progress a hundred times, and a repeat after that', () => {
  const steps = repeat(120, (index) => ['date', `${index}`] satisfies Step);
  const repeats = repeatsOf(steps);
  expect(repeats.slice(0, 101)).toEqual(Array.from({ length: 101 }, () => 0));
  expect(repeats.slice(101, 104)).toEqual([2, 3, 4]);
  expect(repeatsOf(steps, 'Tidy up', null).every((count) => count === 0)).toBe(true);
});

test('the model is told what repeats, and how often', () => {
  const nudgeOf = (steps: readonly Step[]) => judge(steps).at(-1)?.nudge;
  expect(nudgeOf(repeat(3, () => ['ls', 'a']))).toBe(
    'You have decided "ls" 3 times, and nothing new comes of it. Do something else.',
  );
  expect(nudgeOf(repeat(4, () => ['?']))).toContain('last 4 answers could not be used');
  expect(nudgeOf(repeat(4, () => ['SLEEP']))).toContain('slept 4 times');
  expect(nudgeOf(repeat(3, () => ['STOP']))).toContain('stopped 3 times');
  expect(nudgeOf(repeat(4, (index) => [`true ${index}`]))).toContain('last 4 commands changed nothing');
  expect(nudgeOf([['ls', 'a']])).toBe(null);
});

test('after a person has said to go on, what was before is forgiven', () => {
  const watch = createProgressWatch('Tidy up', 100);
  for (let times = 0; times < 8; times += 1) watch.judge(stepOf(['ls', 'a'], times === 0 ? 'calm' : 'nudged'));
  expect(watch.judge(stepOf(['ls', 'a'], 'calm')).repeats).toBe(0);
  expect(watch.judge(stepOf(['ls', 'a'], 'calm')).repeats).toBe(2);
});

function repeatsOf(steps: readonly Step[], goal?: string, maxPolls?: number | null): readonly number[] {
  return judge(steps, goal, maxPolls).map(({ repeats }) => repeats);
}

function judge(steps: readonly Step[], goal = 'Tidy up', maxPolls: number | null = 100) {
  const watch = createProgressWatch(goal, maxPolls);
  let level: WatchdogLevel = 'calm';
  return steps.map((step) => {
    const progress = watch.judge(stepOf(step, level));
    level = progress.repeats === 0 ? 'calm' : 'suspicious';
    return progress;
  });
}

function stepOf([what, stdout = '', extra = {}]: Step, level: WatchdogLevel): ProgressStep {
  const { moved: hasMoved, exit = 0, code } = extra;
  const common = { truncated: false, durationMs: 1 } as const;
  const output = { stdout, stderr: '' };
  const failed = (failure: NonNullable<Outcome['code']>): Outcome => ({
    kind: 'failure',
    code: failure,
    exitCode: null,
    ...common,
  });
  const step = { output, message: null, hasMoved: hasMoved === true, level };
  if (what === '?')
    return { ...step, decision: null, outcome: failed('malformed-decision'), message: `${Math.random()}` };
  if (what === '!') return { ...step, decision: null, outcome: failed('model-error') };
  const decision: Decision =
    what === 'SLEEP'
      ? { action: 'SLEEP', sleepMs: 1, note: '' }
      : what === 'STOP'
        ? { action: 'STOP', note: '' }
        : { action: 'RUN', command: what, note: '' };
  if (what === 'STOP') return { ...step, decision, outcome: failed('check-failed'), message: 'exit 1' };
  if (what === 'SLEEP') return { ...step, decision, outcome: { kind: 'ok', exitCode: null, ...common } };
  if (code !== undefined) return { ...step, decision, outcome: failed(code) };
  return { ...step, decision, outcome: { kind: exit === 0 ? 'ok' : 'setback', exitCode: exit, ...common } };
}
