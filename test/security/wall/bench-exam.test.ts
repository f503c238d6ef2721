import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';

const dir = mkdtempSync(join(tmpdir(), 'gyre-bench-exam-'));
// Whoever plays the commands has to pass through.
const scratch = join(dir, 'scratch');
chmodSync(dir, 0o711);
mkdirSync(scratch, { mode: 0o711 });
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe.skipIf(!existsSync('/usr/bin/bwrap'))('an exam', () => {
  test('is passed with what gold leaves', async () => {
    const record = await answer('q2', 'sort < /testbed/fruit.txt');
    expect(record).toMatchObject({ passed: true, by: 1 });
  });

  test('is passed with what gold2 leaves', async () => {
    const record = await answer('q2', 'while read -r line; do echo "$line  "; done < fruit.txt');
    expect(record).toMatchObject({ passed: true, by: 2 });
  });

  test('is failed by another output', async () => {
    const record = await answer('q1', 'ls /testbed/letters');
    expect(record).toMatchObject({
      passed: false,
      golds: [
        { isOutputSame: false, isTreeSame: true },
        { isOutputSame: false, isTreeSame: true },
      ],
    });
  });

  test('is failed by another tree', async () => {
    const record = await answer('q3', 'cp /testbed/fruit.txt /testbed/letters/aunt.txt');
    expect(record).toMatchObject({ passed: false, golds: [{ isOutputSame: true, isTreeSame: false }] });
  });

  test('is failed without a command that runs', async () => {
    const record = await answer('q3', 'curl example.org');
    expect(record).toMatchObject({ passed: false, denied: 1 });
  });

  test('shows nothing of this machine but /usr, writes nothing outside, and leaves nothing behind', async () => {
    const probe = `id -u; ls -d /work ${dir} ~/..; touch /usr/x; touch /etc/x && echo yes; ls /sys /root`;
    const record = await answer('q1', probe);
    expect(record.decisions[0].stdout).toBe('1000\n/testbed/..\nyes\n');
    expect(record.decisions[0].stderr).toContain("cannot touch '/usr/x': Read-only file system");
    expect(existsSync('/etc/x')).toBe(false);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

test('own tasks are set up, played, checked, summed up, and not played twice', async () => {
  const script = write('own.txt', [
    decide('RUN', 'mkdir wall; echo blue > wall/colour.txt; cp note.txt copy.txt'),
    decide('STOP', 'done'),
  ]);
  const results = join(dir, 'own.jsonl');
  const first = await bench(['--tasks', fixture('tasks-small'), '--model', `script:${script}`, '--results', results]);
  expect(first.summary).toMatchObject({ tasks: 2, passed: 2, canBeDone: 2, decisions: 4, setbacks: 1, failed: [] });
  expect(first.progress).toMatch(/^\[1\/2] copy-the-note +passed {2}2 iterations {2}[\d.]+ s {2}agent-stop$/m);
  const second = await bench(['--tasks', fixture('tasks-small'), '--model', `script:${script}`, '--results', results]);
  expect(second.summary).toEqual(first.summary);
  expect(second.progress).not.toContain('[1/2]');
});

/** What is kept of one question that is answered with one command. */
async function answer(name: string, command: string) {
  const results = join(dir, 'exam.jsonl');
  const script = write('exam.txt', [decide('RUN', command)]);
  const exam = ['--tasks', fixture('exam-small/exam.json'), '--setup', fixture('exam-small/setup.sh')];
  await bench([...exam, '--only', name, '--model', `script:${script}`, '--results', results, '--again']);
  return JSON.parse(readFileSync(results, 'utf8').split('\n')[1] ?? '');
}

async function bench(args: readonly string[]) {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const run = promisify(execFile)(process.execPath, ['bench/tasks.mjs', ...args, '--json'], {
    cwd: root,
    env: { ...process.env, TMPDIR: scratch },
  });
  const { stdout, stderr } = await run;
  return { summary: JSON.parse(stdout), progress: stderr };
}

function decide(action: 'RUN' | 'STOP', text: string): string {
  const command = action === 'RUN' ? `<command>${text}</command>` : '';
  return `<action>${action}</action>${command}<note>${action === 'STOP' ? text : ''}</note>`;
}

function write(name: string, answers: readonly string[]): string {
  const file = join(dir, name);
  writeFileSync(file, answers.join('\n---\n'));
  return file;
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
}
