import { expect, test } from 'vitest';
import { makeWorkplace } from './workplace.ts';

test('gyre verify proves the promises of the chart that drives every run', async () => {
  const { gyre } = await makeWorkplace();
  const { code, stdout, stderr } = await gyre(['verify', '--json', '--max-iterations', '7', '--approve']);
  const { ok, longestRun, approve, properties } = JSON.parse(stdout) as Record<string, unknown>;
  expect([code, stderr, ok, longestRun, approve]).toEqual([0, '', true, 58, true]);
  expect(properties).toHaveLength(10);
});

test('gyre verify --help has an example, and a bad setting is exit code 2', async () => {
  const { gyre } = await makeWorkplace();
  expect((await gyre(['verify', '--help'])).stdout).toContain('gyre verify --max-iterations 50');
  const bad = await gyre(['verify', '--max-iterations', '0']);
  expect([bad.code, bad.stdout]).toEqual([2, '']);
});
