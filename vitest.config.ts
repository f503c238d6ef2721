import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SuiteTimes } from './test/suite-times.ts';

/**
 * Programs, terminals and a browser on a machine that others use too: what was slower than a test waits for is tried once
 * more, and the report says so. A fault fails twice.
 */
const onceMore = { retry: 1 };

const suite = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
});

export default defineConfig({
  test: {
    // Most of what the tests do is waiting for other processes.
    maxWorkers: 3,
    reporters: ['default', new SuiteTimes()],
    projects: [
      suite('unit', { testTimeout: 20_000 }),
      suite('machine', { testTimeout: 20_000 }),
      suite('contract', { testTimeout: 30_000 }),
      suite('security', { exclude: ['test/security/wall/**'], testTimeout: 30_000 }),
      suite('wall', { include: ['test/security/wall/*.test.ts'], testTimeout: 600_000, fileParallelism: false }),
      suite('durability', { testTimeout: 300_000, fileParallelism: false }),
      suite('e2e', { testTimeout: 60_000, ...onceMore }),
      // Engine and workers are processes of their own, and each test has its own.
      suite('fleet', { testTimeout: 300_000, fileParallelism: false }),
      suite('docs'),
      suite('browser', { testTimeout: 60_000, fileParallelism: false, ...onceMore }),
      suite('training', { testTimeout: 300_000 }),
      suite('proofs', { testTimeout: 120_000 }),
      {
        // As somebody writes it who has installed gyre.
        resolve: { alias: { 'gyre/testing': fileURLToPath(new URL('src/testing/index.ts', import.meta.url)) } },
        test: { name: 'examples', include: ['examples/**/*.test.ts'] },
      },
      suite('weights', { testTimeout: 600_000, fileParallelism: false, ...onceMore }),
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary'] },
  },
});
