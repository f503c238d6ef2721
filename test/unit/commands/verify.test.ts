import { describe, expect, test } from 'vitest';
import type { Io } from '../../../src/commands/command.ts';
import { createVerify, verify } from '../../../src/commands/verify.ts';
import { loadConfig, type SettingName } from '../../../src/config.ts';
import { agentMachine } from '../../../src/machine/agent.machine.ts';

/** Whatever the validator says, the command runs. */
const unguarded = agentMachine.provide({ guards: { isRunAllowed: (_, { decision }) => decision?.action === 'RUN' } });

describe('gyre verify', () => {
  test('proves every promise of the chart, and names the longest run', async () => {
    const { code, out } = await run(verify, { maxIterations: '50', check: 'true' });
    expect([code, out.match(/✓ proved/g)?.length, out.includes('✗')]).toEqual([0, 10, false]);
    expect(out).toContain('The longest run that nobody pauses has 364 events in 50 iterations.');
  }, 30_000);

  test('shows the shortest way in which a promise is broken, with exit code 1', async () => {
    const { code, out } = await run(createVerify(unguarded), {});
    expect(code).toBe(1);
    expect(out).toMatch(/^P1 .* ✗ refuted/m);
    const trace = out.slice(out.indexOf('✗ P1: '), out.indexOf('executing | calm') + 16);
    expect(trace.split('\n')).toEqual([
      '✗ P1: A command starts that the validator has not allowed.',
      '  a run with: nobody there, maxIterations 1000, maxConsecutiveFailures 5',
      '  1  openRun answered {"ok":true} → planning.reading | calm',
      '  2  readSurroundings answered → planning.thinking | calm',
      expect.stringMatching(/^ {2}3 {2}think answered .* → planning\.validating \| calm$/),
      expect.stringMatching(/^ {2}4 {2}validate answered .*"deny".* → acting\.executing \| calm$/),
    ]);
  }, 30_000);

  test('without a limit of iterations says that there is no bound, and proves the rest', async () => {
    const { code, out } = await run(verify, { maxIterations: 'none' }, true);
    const report = JSON.parse(out) as { ok: boolean; longestRun: unknown; limits: object };
    expect([code, report.ok, report.longestRun, report.limits]).toEqual([
      0,
      true,
      null,
      { maxIterations: null, maxConsecutiveFailures: 5, maxDurationMs: null, maxTotalTokens: null },
    ]);
  }, 30_000);
});

async function run(command: typeof verify, flags: Partial<Record<SettingName, string>>, isJson = false) {
  let out = '';
  const sink = (write: (text: string) => void) => ({ write, isTTY: false, columns: 80 });
  const io: Io = {
    out: sink((text) => {
      out += text;
    }),
    err: sink(() => {}),
    keyboard: null,
    env: {},
    homeDir: '/home/nobody',
    workingDir: '/',
    useColor: false,
    onSignal: () => () => {},
    exit: (code) => {
      throw new Error(`exit ${code}`);
    },
  };
  const config = loadConfig({
    flags: new Map(Object.entries(flags) as [SettingName, string][]),
    env: {},
    configFile: undefined,
    homeDir: '/home/nobody',
    workingDir: '/',
    readFile: () => undefined,
  });
  const code = await command.run({ words: [], flags: new Map(), isJson, config, configDirs: [], io });
  return { code, out };
}
