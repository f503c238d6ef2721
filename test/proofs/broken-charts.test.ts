import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { agentMachine } from '../../src/machine/agent.machine.ts';
import { findRefutation } from '../../src/testing/agent/verify.ts';
import type { RunShape } from '../../src/testing/agent/verify-report.ts';
import { runPath } from '../../src/testing/run-path.ts';
import { generatePaths } from '../machine/generated-paths.ts';
import { inputWith } from '../machine/settings.ts';
import { brokenCharts } from './broken-charts.ts';

/** `GYRE_TEST_UPDATE=1 npm run test:proofs` writes the table in docs/testing.md anew; else the two are compared. */
const isUpdate = process.env['GYRE_TEST_UPDATE'] === '1';
const docs = fileURLToPath(new URL('../../docs/testing.md', import.meta.url));

/** Neither `verify` nor a generated path sees these; why is written here and in docs/testing.md. */
const survivors: Readonly<Record<string, string>> = {};

const plain: RunShape = inputWith({ limits: { maxIterations: 1000, maxConsecutiveFailures: 5 } });
const shapes: readonly RunShape[] = [
  plain,
  { ...plain, hasCheck: true, checkEach: true, approve: true },
  { ...plain, limits: { ...plain.limits, maxDurationMs: 60_000, maxTotalTokens: 1000 } },
];

const paths = generatePaths();

const rows: string[] = [];

describe('a fault in the chart', () => {
  test.each(brokenCharts)('$name', async ({ name, machine }) => {
    const refuted = findRefutation(shapes, machine);
    const failed = await firstFailing(machine);
    rows.push(
      `| ${name} | ${refuted?.id ?? '–'} | ${refuted?.refutation.trace.length ?? '–'} | ${failed ? 'yes' : '–'} |`,
    );
    expect(refuted !== null || failed).toBe(!(name in survivors));
  });
});

describe('the chart itself', () => {
  test('passes all of it', async () => {
    expect(findRefutation(shapes, agentMachine)).toBeNull();
    expect(await firstFailing(agentMachine)).toBe(false);
  });
});

test('at least 95 % are found, and the others are named', () => {
  expect(brokenCharts.length).toBeGreaterThanOrEqual(40);
  expect(new Set(brokenCharts.map(({ name }) => name)).size).toBe(brokenCharts.length);
  expect(Object.keys(survivors).length).toBeLessThanOrEqual(brokenCharts.length * 0.05);
  expect(Object.keys(survivors).filter((name) => !brokenCharts.some((broken) => broken.name === name))).toEqual([]);
});

test('the table in docs/testing.md says so', () => {
  const table = `<!-- faults -->\n${['| fault | refuted | steps | paths |', '|---|---|---|---|', ...rows].join('\n')}\n<!-- /faults -->`;
  const text = readFileSync(docs, 'utf8');
  const written = /<!-- faults -->[\s\S]*<!-- \/faults -->/;
  if (isUpdate)
    writeFileSync(
      docs,
      text.replace(written, () => table),
    );
  expect(written.exec(isUpdate ? readFileSync(docs, 'utf8') : text)?.[0]).toBe(table);
});

/** Does a path of the right chart go another way in this one, as it runs? */
async function firstFailing(machine: typeof agentMachine): Promise<boolean> {
  for (const { input, path } of paths) {
    const isSame = await runPath(machine, path, { input }).then(
      () => true,
      () => false,
    );
    if (!isSame) return true;
  }
  return false;
}
