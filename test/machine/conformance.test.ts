import { expect, test } from 'vitest';
import { agentMachine } from '../../src/machine/agent.machine.ts';
import { createCoverage } from '../../src/testing/coverage.ts';
import { runPath } from '../../src/testing/run-path.ts';
import { generatePaths } from './generated-paths.ts';

test('on generated paths a running chart goes where the pure steps go, and takes every transition to every state', async () => {
  const coverage = createCoverage(agentMachine);
  const paths = generatePaths();
  for (const { input, path } of paths) {
    const taken = await runPath(agentMachine, path, { input });
    coverage.note(path.at(-1)?.landed ?? expect.fail('a path without a step'), taken);
  }
  coverage.assertFull();
}, 60_000);
