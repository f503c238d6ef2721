import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeWorkplace } from '../e2e/workplace.ts';

const modelsDir = process.env['MODELS_DIR'] || join(homedir(), '.eliza', 'models');
const hasStarter = existsSync(join(modelsDir, 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf'));

/** Five small goals of everyday work, each with a check that knows the right result. */
const goals: readonly { goal: string; files: Record<string, string>; check: string }[] = [
  {
    goal: 'Count the lines in notes.txt and write the number to count.txt.',
    files: { 'notes.txt': 'one\ntwo\nthree\n', 'other.txt': 'x\n' },
    check: 'grep -qw 3 count.txt',
  },
  {
    goal: 'Make a folder named archive and move every .log file into it.',
    files: { 'a.log': 'a', 'b.log': 'b', 'keep.txt': 'k' },
    check: 'test -e archive/a.log && test -e archive/b.log && test -e keep.txt && ! test -e a.log && ! test -e b.log',
  },
  {
    goal: 'Sort names.txt and write the sorted names without duplicates to unique.txt.',
    files: { 'names.txt': 'rosa\nbo\nrosa\namir\n' },
    check: 'printf "amir\\nbo\\nrosa\\n" | cmp -s - unique.txt',
  },
  {
    goal: 'Replace the word draft by the word final in report.md.',
    files: { 'report.md': '# draft\nThis is the draft of a report.\n', 'todo.md': 'draft\n' },
    check: 'grep -q "# final" report.md && ! grep -q draft report.md && grep -q draft todo.md',
  },
  {
    goal: 'Write the name of the largest file into largest.txt.',
    files: { 'small.dat': 'x', 'big.dat': 'x'.repeat(5000), 'middle.dat': 'x'.repeat(300) },
    check: 'grep -q big.dat largest.txt && ! grep -q middle.dat largest.txt',
  },
];

const ended: { goal: string; status: unknown; iterations: unknown }[] = [];

test.skipIf(!hasStarter).each(goals)(
  'the starter is given: $goal',
  { timeout: 600_000 },
  async ({ goal, files, check }) => {
    const { gyre, box } = await makeWorkplace();
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(box, name, '..'), { recursive: true });
      await writeFile(join(box, name), content);
    }
    const thinking = ['--model', 'starter', '--models-dir', modelsDir, '--temperature', '0', '--seed', '1'];
    const limits = ['--max-iterations', '6', '--loop-interval-ms', '0', '--check', check];
    const { lines } = await gyre(['run', goal, '--json', ...thinking, ...limits]);
    const end = lines.at(-1) as Record<string, unknown> | undefined;
    ended.push({ goal, status: end?.['status'], iterations: end?.['iterations'] });
    // Whatever a small model does, its run ends in order.
    expect(end?.['type']).toBe('run.ended');
    expect(['completed', 'exhausted', 'failed']).toContain(end?.['status']);
    expect(end?.['cause']).not.toBe('model-unavailable');
  },
);

test.skipIf(!hasStarter)('the starter completes at least four of the five', () => {
  console.table(ended);
  expect(ended.filter(({ status }) => status === 'completed').length).toBeGreaterThanOrEqual(4);
});

afterAll(() => {
  if (!hasStarter) console.warn(`No starter model in ${modelsDir}: run node scripts/fetch-test-models.mjs`);
});
