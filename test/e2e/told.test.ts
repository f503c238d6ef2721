import { existsSync } from 'node:fs';
import { appendFile, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeWorkplace, RUN, STOP, type Workplace } from './workplace.ts';

test('why tells which guard ended a run, from which counter and which setting', async () => {
  const place = await makeWorkplace();
  await place.run(['nonsense', RUN('curl x'), 'more nonsense'], ['--max-consecutive-failures', '3']);
  const { code, stdout } = await place.gyre(['why', 'last']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Run \w{10} ended after iteration 3 as failed: too many failures in a row/);
  expect(stdout).toContain(
    '3 failures in a row (1–3: malformed-decision, command-denied, malformed-decision); limit 3 from --max-consecutive-failures (MAX_CONSECUTIVE_FAILURES).',
  );
  expect(stdout).toMatch(/saveIteration answered · hasFailedTooOften\n +running\.loop\.storing .*→ stopping/);
});

test('why tells of one iteration what was decided, what the policy said, and every guard', async () => {
  const place = await makeWorkplace();
  await place.run([RUN('true'), RUN('curl x', 'fetch it'), STOP]);
  const { stdout } = await place.gyre(['why', 'last', '2']);
  expect(stdout).toContain('Iteration 2: RUN curl x (its note: fetch it).');
  expect(stdout).toMatch(/The policy denied it by its rule denied-program: curl /);
  expect(stdout).toContain('isRunAllowed: no');
  expect(stdout).not.toContain('openRun');
});

test('why of a STOP without a check says that nobody has looked', async () => {
  const place = await makeWorkplace();
  await place.run([STOP]);
  const { lines } = await place.gyre(['why', 'last', '--json']);
  expect(lines[0]).toMatchObject({
    iteration: null,
    gap: null,
    sentences: [
      expect.stringMatching(
        /^Run \w{10} ended after iteration 1 as completed: the agent says it is done \(agent-stop\)\.$/,
      ),
      'Iteration 1: STOP (its note: done).',
      'What came of it: ok.',
      'No check was set, so this is what the agent says, and nobody has looked.',
    ],
    chart: [{ event: 'xstate.done.actor.validate', guards: expect.arrayContaining([{ name: 'isStop', holds: true }]) }],
  });
});

test('why of a run that was cut off says what was about to run, and that the reason is not held', async () => {
  const place = await makeWorkplace();
  await place.run([RUN('echo one'), RUN('echo two'), STOP]);
  const file = await journalOf(place);
  const lines = (await readFile(file, 'utf8')).split('\n');
  const intent = lines.findLastIndex((line) => line.includes('"command.intended"'));
  await writeFile(file, `${lines.slice(0, intent + 1).join('\n')}\n`);
  const { stdout } = await place.gyre(['why', 'last']);
  expect(stdout).toContain('wrote no reason.');
  expect(stdout).toContain(
    'Iteration 2 was about to run, or was running: echo two\nIt may have run fully, partly or not.',
  );
  expect(stdout).toContain('The journal does not hold the events that led there');
});

test('replay says that a run went as its journal tells, and which event differs when it was changed', async () => {
  const place = await makeWorkplace();
  await place.run([RUN('true'), STOP]);
  const same = await place.gyre(['replay', 'last', '--json']);
  expect([same.code, same.lines[0]]).toMatchObject([0, { ok: true }]);
  const file = await journalOf(place);
  const content = await readFile(file, 'utf8');
  await writeFile(file, content.replace('"exitCode":0', '"exitCode":7'));
  const different = await place.gyre(['replay', 'last']);
  expect(different.code).toBe(1);
  expect(different.stdout).toMatch(
    /^✗ run \w{10} differs after event 5, xstate\.done\.actor\.runCommand \(line \d+ of the journal, iteration 1\)/,
  );
});

test('a run of another version of the chart is not replayed, and why does not guess', async () => {
  const place = await makeWorkplace();
  await place.run([STOP]);
  const file = await journalOf(place);
  await writeFile(file, (await readFile(file, 'utf8')).replace(/"machineVersion":\d+/, '"machineVersion":99'));
  const replayed = await place.gyre(['replay', 'last']);
  expect([replayed.code, replayed.stderr]).toEqual([1, expect.stringContaining('version 99 of the chart')]);
  expect((await place.gyre(['why', 'last'])).stdout).toContain('it does not guess');
});

test('a torn last line changes nothing', async () => {
  const place = await makeWorkplace();
  await place.run([STOP]);
  const file = await journalOf(place);
  await appendFile(file, '{"type":"chart.mo');
  expect((await place.gyre(['replay', 'last'])).code).toBe(0);
  await truncate(file, (await readFile(file)).length - 4);
  expect((await place.gyre(['replay', 'last'])).code).toBe(0);
});

test.each(['why', 'replay'])('%s without a run, or with one that is not there, is a wrong use', async (command) => {
  const place = await makeWorkplace();
  expect((await place.gyre([command])).code).toBe(2);
  expect((await place.gyre([command, 'nothing'])).code).toBe(2);
});

test.each(['0', '2', 'x', '-1'])('why knows no iteration %s of a run with one', async (number) => {
  const place = await makeWorkplace();
  await place.run([STOP]);
  expect((await place.gyre(['why', 'last', '--', number])).code).toBe(2);
});

async function journalOf({ gyre }: Workplace): Promise<string> {
  const { lines } = await gyre(['runs', 'last', '--json']);
  return String(lines[0]?.['journal']);
}

test('runs --search finds lines of commands, notes and outputs in every run', async () => {
  const place = await makeWorkplace();
  await place.run([RUN('echo The Needle is here; echo hay'), STOP]);
  await place.run([RUN('true', 'a needle in the note'), STOP]);
  const found = await place.gyre(['runs', '--search', 'needle', '--json']);
  expect(found.code).toBe(0);
  expect(JSON.parse(found.stdout)).toMatchObject([
    { iteration: 1, where: 'note', line: 'a needle in the note' },
    { iteration: 1, where: 'command', line: 'echo The Needle is here; echo hay' },
    { iteration: 1, where: 'stdout', line: 'The Needle is here' },
  ]);
  expect((await place.gyre(['runs', 'last', '--search', 'hay'])).code).toBe(1);
  expect((await place.gyre(['runs', '--search', ' '])).code).toBe(2);
});

test('a long output is kept beside the journal, told whole, searched, and removed with its run', async () => {
  const place = await makeWorkplace();
  const { lines } = await place.run([RUN('seq 1 90000; echo needle'), RUN('seq 1 90000; echo needle'), STOP]);
  const outputs = join(dirname(String(lines[0]?.['journal'])), 'outputs');
  const [name = '', ...others] = await readdir(outputs);
  expect([others, (await stat(join(outputs, name))).size]).toEqual([[], 32_801]);
  const found = JSON.parse((await place.gyre(['runs', 'last', '--search', 'needle', '--json'])).stdout);
  expect(found.filter(({ where }: { where: string }) => where === 'stdout')).toHaveLength(2);
  const [run] = JSON.parse((await place.gyre(['runs', '--json'])).stdout);
  expect(run.bytes).toBeGreaterThan(32_801);
  await place.gyre(['runs', '--prune', '20KB']);
  expect(existsSync(dirname(outputs))).toBe(false);
});

test('runs --prune removes the oldest ended runs, and nothing that could be resumed', async () => {
  const place = await makeWorkplace();
  await place.run([RUN('true'), STOP]);
  const cut = await journalOf(place);
  await writeFile(cut, (await readFile(cut, 'utf8')).replace(/\{"type":"run\.ended".*\n/, ''));
  for (let runs = 0; runs < 3; runs += 1) await place.run([STOP]);
  const all = JSON.parse((await place.gyre(['runs', '--json'])).stdout);
  const pruned = await place.gyre(['runs', '--prune', '1B', '--json']);
  expect(JSON.parse(pruned.stdout)).toMatchObject({ removed: [all[2].runId, all[1].runId, all[0].runId] });
  expect(JSON.parse((await place.gyre(['runs', '--json'])).stdout)).toMatchObject([{ runId: all[3].runId }]);
  expect((await place.gyre(['runs', '--prune', '2GB'])).stdout).toMatch(/^Removed 0 runs: /);
  for (const size of ['much', '', '-1']) expect((await place.gyre(['runs', `--prune=${size}`])).code).toBe(2);
});

test('runs --follow shows a live run until it ends', async () => {
  const place = await makeWorkplace();
  const model = await place.script(RUN('echo one'), RUN('sleep 1; echo two'), STOP);
  const running = place.start(['run', 'x', '--json', '--model', model, '--loop-interval-ms', '0']);
  await running.sees('decision.made');
  const { code, stdout } = await place.gyre(['runs', 'last', '--follow']);
  expect([code, stdout.match(/^ +\d+ {2}.*$/gm)]).toEqual([
    0,
    ['   1  $ echo one', '   2  $ sleep 1; echo two', '   3  stop'],
  ]);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('completed: the agent says it is done (agent-stop), 3 iterations');
  await running.finished;
});
