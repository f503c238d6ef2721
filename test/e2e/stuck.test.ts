import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Finished, makeWorkplace, RUN, SLEEP, STOP, startInTerminal } from './workplace.ts';

const same = Array.from({ length: 12 }, () => RUN('ls'));

test('a run that repeats itself is nudged, asked in another way, and ended as stuck', async () => {
  const place = await makeWorkplace();
  const result = await place.run(same);
  expect([result.code, result.lines.at(-1)]).toMatchObject([
    4,
    { type: 'run.ended', status: 'stuck', cause: 'watchdog', iterations: 8 },
  ]);
  expect(movesOf(result)).toEqual([
    [2, 'suspicious', 2],
    [3, 'nudged', 3],
    [5, 'diversifying', 5],
    [8, 'givingUp', 8],
  ]);
  expect(await nudgesOf(result)).toEqual([
    ...[undefined, undefined, undefined],
    ...[3, 4, 5, 6, 7].map(
      (times) => `You have decided "ls" ${times} times, and nothing new comes of it. Do something else.`,
    ),
  ]);
  const { stdout } = await place.gyre(['why', 'last']);
  expect(stdout).toContain(
    '8 iterations in a row (1–8) brought nothing new; limit 8 from --give-up-after (GYRE_GIVE_UP_AFTER).',
  );
});

test('movement leads back to calm, and so does another answer of the same command', async () => {
  const place = await makeWorkplace();
  const result = await place.run([
    ...same.slice(0, 4),
    RUN('touch x'),
    ...Array.from({ length: 9 }, () => RUN('echo x >> log; wc -l log')),
    STOP,
  ]);
  expect(result.lines.at(-1)).toMatchObject({ status: 'completed', iterations: 15 });
  expect(movesOf(result)).toEqual([
    [2, 'suspicious', 2],
    [3, 'nudged', 3],
    [5, 'calm', 0],
  ]);
});

test('its patience is a setting, and it can be endless', async () => {
  const place = await makeWorkplace();
  const hasty = await place.run(same, ['--give-up-after', '5']);
  expect(hasty.lines.at(-1)).toMatchObject({ status: 'stuck', iterations: 5 });
  expect(movesOf(hasty).map(([iteration]) => iteration)).toEqual([2, 3, 4, 5]);
  const endless = await place.run(same, ['--give-up-after', 'none', '--max-iterations', '12']);
  expect(endless.lines.at(-1)).toMatchObject({ status: 'exhausted', iterations: 12 });
  expect(movesOf(endless).at(-1)).toEqual([5, 'diversifying', 5]);
});

test.each([
  ['answers that cannot be read', Array.from({ length: 12 }, (_, index) => `hm ${index}`)],
  ['sleeps without a reason', Array.from({ length: 12 }, () => SLEEP(1))],
  ['two commands in turn', Array.from({ length: 20 }, (_, index) => RUN(index % 2 ? 'ls' : 'pwd'))],
  ['denied commands', Array.from({ length: 12 }, () => RUN('curl example.org'))],
])('%s are a circle', async (_, answers) => {
  const place = await makeWorkplace();
  const result = await place.run(answers, ['--max-consecutive-failures', 'none']);
  expect([result.code, result.lines.at(-1)?.['cause']]).toEqual([4, 'watchdog']);
});

test('a person at the terminal is asked first, and may let it go on', async () => {
  const place = await makeWorkplace();
  const model = await place.script(...same.slice(0, 8), RUN('touch helped'), STOP);
  const running = startInTerminal(place, ['run', 'x', '--model', model, '--loop-interval-ms', '0']);
  await running.sees('going in circles');
  running.type('c');
  const { code, stdout } = await running.finished;
  expect(code).toBe(0);
  expect(stdout).toContain('touch helped');
  const other = startInTerminal(place, ['run', 'x', '--model', model, '--loop-interval-ms', '0']);
  await other.sees('going in circles');
  other.type('s');
  expect((await other.finished).code).toBe(130);
});

function movesOf({ lines }: Finished) {
  const moves = lines.filter(({ type }) => type === 'watchdog.moved');
  return moves.map(({ iteration, level, repeats }) => [iteration, level, repeats]);
}

/** What stood in the surroundings of each iteration. */
async function nudgesOf({ lines }: Finished): Promise<readonly unknown[]> {
  const journal = await readFile(String(lines[0]?.['journal']), 'utf8');
  const records = journal
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return records.filter(({ type }) => type === 'iteration.saved').map(({ surroundings }) => surroundings.nudge);
}
