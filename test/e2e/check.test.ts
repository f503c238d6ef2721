import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Finished, makeWorkplace, RUN, STOP } from './workplace.ts';

test('a check that hangs is ended after the time of a command, and has failed', async () => {
  const place = await makeWorkplace();
  // It passes neither at the start nor after the first STOP, and then at once.
  const check = 'test -e done || sleep 60';
  const startedAt = performance.now();
  const result = await place.run([STOP, RUN('touch done'), STOP], ['--check', check, '--shell-timeout', '700']);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  expect([result.code, outcomesOf(result)]).toEqual([0, ['check-failed', 'ok', 'ok']]);
  expect(messagesOf(result)[0]).toBe('The check says that the goal is not reached yet: it was ended: timeout.');
});

test('a check that prints a megabyte fails like any other, and fills neither journal nor prompt', async () => {
  const place = await makeWorkplace();
  const result = await place.run([STOP, RUN('touch done'), STOP], ['--check', 'seq 1 160000; test -e done']);
  expect([result.code, outcomesOf(result)]).toEqual([0, ['check-failed', 'ok', 'ok']]);
  const [message = ''] = messagesOf(result);
  expect(message).toMatch(/^The check says that the goal is not reached yet: it exited with 1\.\n1\n2\n3\n/);
  expect(message.length).toBeLessThan(40_000);
  expect((await stat(journalOf(result))).size).toBeLessThan(200_000);
});

test('the check uses an interpreter that the policy denies the agent', async () => {
  const place = await makeWorkplace();
  const perl = `perl -e 'exit(-e "done" ? 0 : 1)'`;
  const result = await place.run([RUN(perl), RUN('touch done'), STOP], ['--check', perl]);
  expect([result.code, outcomesOf(result)]).toEqual([0, ['command-denied', 'ok', 'ok']]);
});

test("no command of the agent reads the check's directory, whatever it tries", async () => {
  const place = await makeWorkplace();
  const checks = join(place.dir, 'secret-checks');
  await mkdir(checks);
  await writeFile(join(checks, 'ok.sh'), 'grep -qx the-answer-is-92 answer.txt');
  const attacks = [
    `cat ${checks}/ok.sh`,
    'cat /check/ok.sh',
    `ln -s ${checks}/ok.sh link; cat link`,
    'for d in /proc/[0-9]*/root; do cat $d/check/ok.sh; done',
    `find / -name ok.sh -exec cat {} + 2>/dev/null`,
    `grep -rs the-answer /check ${checks} /tmp /proc/*/cwd /proc/*/cmdline`,
  ];
  const flags = ['--check', `bash ${checks}/ok.sh`, '--check-dir', checks, '--max-consecutive-failures', 'none'];
  const result = await place.run([STOP, ...attacks.map((attack) => RUN(attack)), STOP, STOP], flags);
  const told = result.lines.map((line) => JSON.stringify(line)).filter((line) => !line.includes('"decision.made"'));
  expect(told.filter((line) => line.includes('the-answer-is-92'))).toEqual([]);
  expect((await readFile(journalOf(result), 'utf8')).includes('the-answer-is-92')).toBe(false);
  const right = await place.run([RUN('echo the-answer-is-92 > answer.txt'), STOP], flags);
  expect(right.code).toBe(0);
});

function outcomesOf({ lines }: Finished): readonly unknown[] {
  const saved = lines.filter(({ type }) => type === 'iteration.saved') as unknown as {
    outcome: { kind: string; code?: string };
  }[];
  return saved.map(({ outcome }) => outcome.code ?? outcome.kind);
}

function messagesOf({ lines }: Finished): readonly string[] {
  return lines.filter(({ type }) => type === 'iteration.saved').map(({ message }) => String(message));
}

function journalOf({ lines }: Finished): string {
  return String(lines[0]?.['journal']);
}
