import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Finished, makeWorkplace, processesWith, RUN, SLEEP, STOP, until } from './workplace.ts';

test('a STOP without a check completes the run', async () => {
  const { run } = await makeWorkplace();
  expect(endOf(await run([RUN('true'), STOP]))).toEqual([0, 'completed', 'agent-stop', 2]);
});

test('a check that passes before the first iteration completes the run at once', async () => {
  const { run } = await makeWorkplace();
  expect(endOf(await run([RUN('true')], ['--check', 'true']))).toEqual([0, 'completed', 'check-passed', 0]);
});

test('with a check, a STOP is accepted only when it passes', async () => {
  const { run } = await makeWorkplace();
  const result = await run([STOP, RUN('touch done'), STOP], ['--check', 'test -e done']);
  expect(endOf(result)).toEqual([0, 'completed', 'check-passed', 3]);
  expect(outcomesOf(result)).toEqual(['check-failed', 'ok', 'ok']);
});

test('--check-each ends the run after the command that reaches the goal', async () => {
  const { run } = await makeWorkplace();
  const result = await run([RUN('true'), RUN('touch done'), STOP], ['--check', 'test -e done', '--check-each']);
  expect(endOf(result)).toEqual([0, 'completed', 'check-passed', 2]);
});

test("the check's files are there for the check alone, at both of their paths", async () => {
  const { run, dir } = await makeWorkplace();
  const checks = join(dir, 'checks');
  await mkdir(checks);
  await writeFile(join(checks, 'ok.sh'), 'test -e done');
  const check = `bash ${checks}/ok.sh && bash /check/ok.sh && ! touch /check/new`;
  const look = RUN(`ls /check ${checks}`);
  const result = await run([look, RUN('touch done'), STOP], ['--check', check, '--check-dir', checks]);
  expect(endOf(result)).toEqual([0, 'completed', 'check-passed', 3]);
  expect(outcomesOf(result)).toEqual([expect.stringMatching(/setback|command-denied/), 'ok', 'ok']);
});

test('failures in a row fail the run', async () => {
  const { run } = await makeWorkplace();
  const result = await run(
    ['nonsense', RUN('true'), 'nonsense', RUN('false'), ''],
    ['--max-consecutive-failures', '2'],
  );
  expect(endOf(result)).toEqual([1, 'failed', 'consecutive-failures', 5]);
  expect(outcomesOf(result)).toEqual([
    'malformed-decision',
    'ok',
    'malformed-decision',
    'setback',
    'malformed-decision',
  ]);
});

test('a script that is used up is a model error each time', async () => {
  const { run } = await makeWorkplace();
  const result = await run([], ['--max-consecutive-failures', '3']);
  expect(endOf(result)).toEqual([1, 'failed', 'consecutive-failures', 3]);
  expect(outcomesOf(result)).toEqual(['model-error', 'model-error', 'model-error']);
});

test('a model that is not there fails the run with the command to type', async () => {
  const { gyre } = await makeWorkplace();
  const result = await gyre(['run', 'x', '--json', '--model', 'tiny']);
  expect(endOf(result)).toEqual([1, 'failed', 'model-unavailable', 0]);
  expect(result.stderr).toContain('gyre models pull');
});

test('a sandbox of another platform fails the run', async () => {
  const { run } = await makeWorkplace();
  expect(endOf(await run([STOP], ['--sandbox', 'seatbelt']))).toEqual([1, 'failed', 'sandbox-unavailable', 0]);
});

test('a state directory that cannot be written fails the run', async () => {
  const { run, dir } = await makeWorkplace();
  await writeFile(join(dir, 'file'), '');
  const result = await run([STOP], ['--state-dir', join(dir, 'file')]);
  expect(endOf(result)).toEqual([1, 'failed', 'journal-unwritable', 0]);
});

test('iterations, tokens and time each exhaust the run', async () => {
  const { run } = await makeWorkplace();
  const loop = [RUN('true'), RUN('true'), RUN('true'), RUN('true')];
  const [iterations, tokens, time] = await Promise.all([
    run(loop, ['--max-iterations', '2']),
    run(loop, ['--max-total-tokens', '30']),
    run([RUN('sleep 600')], ['--max-duration-ms', '1200']),
  ]);
  expect(endOf(iterations)).toEqual([3, 'exhausted', 'max-iterations', 2]);
  expect(endOf(tokens)).toEqual([3, 'exhausted', 'max-total-tokens', 2]);
  expect(endOf(time)).toEqual([3, 'exhausted', 'max-duration', 1]);
  expect(outcomesOf(time)).toEqual(['interrupted']);
});

test('completing beats every limit that is met by the same iteration', async () => {
  const { run } = await makeWorkplace();
  const limits = ['--max-iterations', '1', '--max-total-tokens', '1', '--max-consecutive-failures', '1'];
  expect(endOf(await run([STOP], limits))).toEqual([0, 'completed', 'agent-stop', 1]);
  expect(endOf(await run(['nonsense'], limits))).toEqual([1, 'failed', 'consecutive-failures', 1]);
});

test.each([
  ['SIGINT', 130, 'sigint'],
  ['SIGTERM', 143, 'sigterm'],
] as const)('%s in the middle of a command ends the run within a second', async (signal, code, cause) => {
  const { start, script } = await makeWorkplace();
  const running = start(['run', 'x', '--json', '--model', await script(RUN(`sleep 600.${code}`))]);
  expect(await until(async () => (await processesWith(`sleep 600.${code}`)).length > 0, 20_000)).toBe(true);
  const asked = performance.now();
  running.kill(signal);
  const result = await running.finished;
  expect(performance.now() - asked).toBeLessThan(1500);
  expect(endOf(result)).toEqual([code, 'stopped', cause, 1]);
  expect(result.lines.find(({ type }) => type === 'iteration.saved')).toMatchObject({
    outcome: { kind: 'failure', code: 'interrupted', exitCode: null, signal: 'SIGKILL' },
  });
});

test('a stop ends a sleep and a loop interval', async () => {
  const { start, script } = await makeWorkplace();
  for (const [answer, outcomes] of [
    [SLEEP(600_000), ['interrupted']],
    [RUN('true'), ['ok']],
  ] as const) {
    const running = start(['run', 'x', '--json', '--model', await script(answer), '--loop-interval-ms', '600000']);
    await running.sees(answer === RUN('true') ? 'iteration.saved' : 'decision.made');
    running.kill('SIGTERM');
    const result = await running.finished;
    expect([endOf(result), outcomesOf(result)]).toEqual([[143, 'stopped', 'sigterm', 1], outcomes]);
  }
});

test('the first signal decides; a second SIGINT ends the process at once', async () => {
  const { start, script } = await makeWorkplace();
  const running = start(['run', 'x', '--json', '--model', await script(RUN('sleep 600'))]);
  await running.sees('decision.made');
  running.kill('SIGTERM');
  running.kill('SIGINT');
  expect((await running.finished).code).toSatisfy((code) => code === 130 || code === 143);
});

test('after SIGHUP the run goes on', async () => {
  const { start, script } = await makeWorkplace();
  const model = await script(RUN('sleep 0.3'), STOP);
  const running = start(['run', 'x', '--json', '--loop-interval-ms', '0', '--model', model]);
  await running.sees('decision.made');
  running.kill('SIGHUP');
  expect(endOf(await running.finished)).toEqual([0, 'completed', 'agent-stop', 2]);
});

test('a STOP file that a command makes and deletes again ends the run', async () => {
  const { run } = await makeWorkplace();
  const result = await run([RUN('touch STOP; rm STOP; sleep 600'), STOP]);
  expect(endOf(result)).toEqual([130, 'stopped', 'stop-file', 1]);
});

test('a STOP file that is there at the start ends the run, and stays', async () => {
  const { run, box, state } = await makeWorkplace();
  await writeFile(join(box, 'STOP'), '');
  expect(endOf(await run([STOP]))).toEqual([130, 'stopped', 'stop-file', 0]);
  expect(await readdir(box)).toEqual(['STOP']);
  expect(await readdir(state).catch(() => 'nothing')).toBe('nothing');
});

test('AUTONOMY_ENABLED=false ends the run before anything is tried', async () => {
  const { run, box } = await makeWorkplace();
  await writeFile(join(box, 'STOP'), '');
  const result = await run([STOP], ['--sandbox', 'seatbelt'], { AUTONOMY_ENABLED: 'off' });
  expect(endOf(result)).toEqual([130, 'stopped', 'autonomy-disabled', 0]);
});

test('after a kill -9 the run is listed as interrupted, and while it lives as running', async () => {
  const { start, script, gyre } = await makeWorkplace();
  const running = start(['run', 'x', '--json', '--model', await script(RUN('sleep 600'))]);
  await running.sees('decision.made');
  const status = async () => JSON.parse((await gyre(['runs', 'last', '--json'])).stdout).status;
  expect(await status()).toBe('running');
  running.kill('SIGKILL');
  await running.finished;
  expect(await until(async () => (await status()) === 'interrupted', 3000)).toBe(true);
});

function endOf({ code, lines }: Finished) {
  const last = lines.at(-1) as Record<string, unknown> | undefined;
  expect([lines[0]?.type, last?.['type']]).toEqual(['run.started', 'run.ended']);
  expect(last?.['exitCode']).toBe(code);
  expect(lines.filter(({ type }) => type === 'iteration.saved')).toHaveLength(Number(last?.['iterations']));
  return [code, last?.['status'], last?.['cause'], last?.['iterations']];
}

function outcomesOf({ lines }: Finished): unknown[] {
  const saved = lines.filter(({ type }) => type === 'iteration.saved') as unknown as {
    outcome: { kind: string; code?: string };
  }[];
  return saved.map(({ outcome }) => outcome.code ?? outcome.kind);
}
