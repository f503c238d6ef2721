import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Line, makeWorkplace, RUN, STOP, until, type Workplace } from '../e2e/workplace.ts';

test('a run that has ended goes on under its id, and its numbering goes on', async () => {
  const place = await makeWorkplace();
  const model = await place.script(RUN('echo one >> log'), RUN('echo two >> log'), RUN('echo three >> log'), STOP);
  const first = await run(place, ['run', 'count', '--model', model, '--max-iterations', '2']);
  expect(endOf(first)).toEqual([3, 'exhausted', 'max-iterations', 2]);
  const second = await run(place, ['resume', 'last', '--max-iterations', '9']);
  expect(endOf(second)).toEqual([0, 'completed', 'agent-stop', 4]);
  expect(iterationsOf(second)).toEqual([3, 4]);
  expect(second.lines[0]).toMatchObject({ type: 'run.started', runId: first.lines[0]?.['runId'], goal: 'count' });
  expect(await readFile(join(place.box, 'log'), 'utf8')).toBe('one\ntwo\nthree\n');
  expect(await replay(place)).toBe(0);
  const { lines } = await place.gyre(['runs', '--json']);
  expect(lines[0]).toMatchObject([{ iterations: 4, status: 'completed' }]);
});

test('limits and the count of failures start anew, and the settings of the start are kept', async () => {
  const place = await makeWorkplace();
  const model = await place.script('a', 'b', 'c', 'd', STOP);
  const flags = ['--max-consecutive-failures', '2', '--max-iterations', '3'];
  const causes = [await run(place, ['run', 'x', '--model', model, ...flags])];
  causes.push(await run(place, ['resume', 'last']), await run(place, ['resume', 'last']));
  expect(causes.map(endOf)).toEqual([
    [1, 'failed', 'consecutive-failures', 2],
    [1, 'failed', 'consecutive-failures', 4],
    [0, 'completed', 'agent-stop', 5],
  ]);
});

test('a command that was cut off by kill -9 is told as interrupted, and never run again', async () => {
  const place = await makeWorkplace();
  const model = await place.script(
    RUN('echo first'),
    RUN('echo begun >> log; sleep 30; echo ended >> log'),
    RUN('true'),
    STOP,
  );
  const running = place.start(['run', 'x', '--json', '--model', model, '--loop-interval-ms', '0']);
  expect(
    await until(
      () =>
        readFile(join(place.box, 'log')).then(
          () => true,
          () => false,
        ),
      20_000,
    ),
  ).toBe(true);
  running.kill('SIGKILL');
  await running.finished;
  expect(await statusOf(place)).toBe('interrupted');
  const second = await run(place, ['resume', 'last']);
  expect(endOf(second)).toEqual([0, 'completed', 'agent-stop', 4]);
  expect(iterationsOf(second)).toEqual([3, 4]);
  expect(await readFile(join(place.box, 'log'), 'utf8')).toBe('begun\n');
  const records = await recordsOf(place);
  expect(records.filter(({ type }) => type === 'command.intended').map(({ iteration }) => iteration)).toEqual([
    1, 2, 3,
  ]);
  const saved = records.filter(({ type }) => type === 'iteration.saved');
  expect(saved.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4]);
  expect(saved[1]).toMatchObject({
    decision: { action: 'RUN', command: 'echo begun >> log; sleep 30; echo ended >> log' },
    outcome: { kind: 'failure', code: 'interrupted' },
    message: expect.stringContaining('it may have run fully, partly or not at all. Look before you repeat it.'),
  });
  // The log is new since iteration 1: person and model are told.
  expect(changesTold(second.lines)).toEqual(['Since then the directory has changed: added log.']);
  expect(saved[2]).toMatchObject({ surroundings: { last: { message: expect.stringContaining('added log') } } });
  expect(await replay(place)).toBe(0);
});

test('what was torn at the end of a journal is cut off before the run goes on', async () => {
  const place = await makeWorkplace();
  const model = await place.script(RUN('true'), STOP, STOP);
  await run(place, ['run', 'x', '--model', model]);
  const file = await journalOf(place);
  await appendFile(file, '{"type":"iteration.saved","iter');
  expect(endOf(await run(place, ['resume', 'last']))).toEqual([0, 'completed', 'agent-stop', 3]);
  expect((await recordsOf(place)).map(({ type }) => type)).toContain('run.resumed');
});

test('what has happened to the box in between is told', async () => {
  const place = await makeWorkplace();
  const model = await place.script(RUN('touch kept gone'), STOP, STOP);
  await run(place, ['run', 'x', '--model', model]);
  await rm(join(place.box, 'gone'));
  await writeFile(join(place.box, 'new'), 'n');
  await writeFile(join(place.box, 'kept'), 'k');
  const { lines } = await run(place, ['resume', 'last']);
  expect(changesTold(lines)).toEqual(['Since then the directory has changed: added new; changed kept; removed gone.']);
});

test('a run that is running is not resumed', async () => {
  const place = await makeWorkplace();
  const model = await place.script(RUN('touch here; sleep 5'), STOP);
  const running = place.start(['run', 'x', '--json', '--model', model]);
  expect(
    await until(
      () =>
        readFile(join(place.box, 'here')).then(
          () => true,
          () => false,
        ),
      20_000,
    ),
  ).toBe(true);
  const refused = await run(place, ['resume', 'last']);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/^Run \w+ is running\./)]);
  running.kill('SIGINT');
  expect((await running.finished).code).toBe(130);
});

test('--from begins another run with the first iterations of this one', async () => {
  const place = await makeWorkplace();
  const model = await place.script(RUN('echo one >> log'), RUN('echo two >> log'), STOP);
  const first = await run(place, ['run', 'x', '--model', model]);
  const second = await run(place, ['resume', 'last', '--from', '1']);
  expect(second.lines[0]?.['runId']).not.toBe(first.lines[0]?.['runId']);
  expect([endOf(second), iterationsOf(second)]).toEqual([
    [0, 'completed', 'agent-stop', 3],
    [2, 3],
  ]);
  expect(await readFile(join(place.box, 'log'), 'utf8')).toBe('one\ntwo\ntwo\n');
  const records = await recordsOf(place);
  expect(records[0]).toMatchObject({ from: { runId: first.lines[0]?.['runId'], iterations: 1 } });
  expect(records.filter(({ type }) => type === 'iteration.saved').length).toBe(3);
  expect(await replay(place)).toBe(0);
});

test.each([['0'], ['4'], ['x']])('--from %s of a run with 3 iterations is a wrong use', async (number) => {
  const place = await makeWorkplace();
  await place.run([RUN('true'), RUN('true'), STOP]);
  expect((await run(place, ['resume', 'last', '--from', number])).code).toBe(2);
});

test('a run of another version of the chart is refused, with the reason', async () => {
  const place = await makeWorkplace();
  await place.run([STOP]);
  const file = await journalOf(place);
  const content = await readFile(file, 'utf8');
  await writeFile(file, content.replace(/"machineVersion":\d+/, '"machineVersion":99'));
  const refused = await run(place, ['resume', 'last']);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('version 99 of the chart')]);
});

test('a box that is gone is not made anew', async () => {
  const place = await makeWorkplace();
  await place.run([STOP]);
  await rm(place.box, { recursive: true });
  expect((await run(place, ['resume', 'last'])).code).toBe(2);
});

function run({ gyre }: Workplace, args: readonly string[]) {
  return gyre([...args, '--json', '--loop-interval-ms', '0']);
}

function endOf({ code, lines }: Awaited<ReturnType<typeof run>>) {
  const last = lines.at(-1);
  return [code, last?.['status'], last?.['cause'], last?.['iterations']];
}

function iterationsOf({ lines }: Awaited<ReturnType<typeof run>>) {
  return lines.filter(({ type }) => type === 'iteration.saved').map(({ iteration }) => iteration);
}

function changesTold(lines: readonly Line[]): readonly string[] {
  const told = lines.filter(({ type }) => type === 'notice').map((line) => String(line['message']));
  return told.filter((message) => message.startsWith('Since then'));
}

async function journalOf({ gyre }: Workplace): Promise<string> {
  const { lines } = await gyre(['runs', 'last', '--json']);
  return String(lines[0]?.['journal']);
}

async function statusOf({ gyre }: Workplace): Promise<unknown> {
  const { lines } = await gyre(['runs', 'last', '--json']);
  return lines[0]?.['status'];
}

/** As they are in the file: tests look at the fields they are about. */
async function recordsOf(place: Workplace): Promise<readonly Line[]> {
  const content = await readFile(await journalOf(place), 'utf8');
  return content
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function replay({ gyre }: Workplace): Promise<number | null> {
  return (await gyre(['replay', 'last'])).code;
}
