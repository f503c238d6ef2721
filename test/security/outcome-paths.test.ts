import { expect, test } from 'vitest';
import { createAgent } from '../../src/agent.ts';
import { createServices } from '../../src/agent-services.ts';
import { loadConfig, type SettingName } from '../../src/config.ts';
import type { FailureCode } from '../../src/machine/types.ts';
import { openScriptedModel } from '../../src/services/model/scripted.ts';
import type { AgentStep } from '../../src/testing/agent/chart-events.ts';
import { exploreAgent } from '../../src/testing/agent/explore-agent.ts';
import { stateOf } from '../../src/testing/agent/state-words.ts';
import { pathTo } from '../../src/testing/explore.ts';
import { inputWith } from '../machine/settings.ts';
import { hasJail, makeDirectory } from './jail-setup.ts';

const RUN = (command: string) => `<action>RUN</action><command>${command}</command>`;
type Kind = 'ok' | 'setback' | Exclude<FailureCode, 'interrupted'>;

/** What makes the real services answer so. */
const causes: Record<Kind, { readonly answer: string | null; readonly flags?: Partial<Record<SettingName, string>> }> =
  {
    ok: { answer: RUN('echo hello > hello.txt') },
    setback: { answer: RUN('cat nothing.txt') },
    timeout: { answer: RUN('sleep 60'), flags: { shellTimeout: '400' } },
    limit: { answer: RUN('yes') },
    'command-denied': { answer: RUN('curl example.org') },
    'malformed-decision': { answer: 'What shall I do?' },
    'model-error': { answer: null },
    'check-failed': { answer: '<action>STOP</action>', flags: { check: 'test -s report.md' } },
  };

test.skipIf(!hasJail).each(Object.entries(causes))(
  '%s: a run in the real jail goes the shortest path of the chart to this outcome',
  async (kind, { answer, flags = {} }) => {
    const path = shortestPath(kind, flags.check !== undefined);
    const { states, outcome } = await realRun(answer, flags);
    expect(outcome).toMatchObject(kind === 'ok' || kind === 'setback' ? { kind } : { kind: 'failure', code: kind });
    expect(states.slice(0, path.length)).toEqual(path);
  },
);

/** The states from the first iteration until the outcome is being stored. */
function shortestPath(kind: string, hasCheck: boolean): readonly string[] {
  const input = inputWith({ limits: { maxIterations: 1 }, hasCheck });
  const isWanted = ({ landed: { value, context }, event }: AgentStep) => {
    const { kind: found, code } = context.outcome ?? {};
    // A limit is one more way for a command to be killed: the chart does not tell it from a timeout.
    const wanted = kind === 'limit' ? 'timeout' : kind;
    // An accepted STOP is ok as well, and runs nothing.
    const isRun = kind !== 'ok' || context.decision?.action === 'RUN';
    return event.type === 'xstate.done.actor.observe' && value !== 'stopping' && (code ?? found) === wanted && isRun;
  };
  const step = exploreAgent({ input, isExact: true }).steps.find(isWanted);
  if (step === undefined) throw new Error(`No path leads to ${kind}.`);
  return [...pathTo(step.from), step].map(({ landed }) => stateOf(landed).split('.').at(-1) ?? '');
}

async function realRun(answer: string | null, flags: Partial<Record<SettingName, string>>) {
  const [boxDir, stateDir] = [await makeDirectory(), await makeDirectory()];
  const { settings } = loadConfig({
    flags: new Map(
      Object.entries({ stateDir, maxIterations: '1', loopIntervalMs: '0', ...flags }) as [SettingName, string][],
    ),
    env: {},
    configFile: undefined,
    homeDir: stateDir,
    workingDir: stateDir,
    readFile: () => undefined,
  });
  const states: string[] = [];
  let outcome: unknown = null;
  const agent = createAgent({
    goal: 'the goal',
    settings,
    boxDir,
    services: {
      ...createServices({ settings, goal: 'the goal', boxDir, workingDir: stateDir }),
      openModel: async () => openScriptedModel('script', answer ?? ''),
    },
    onLine: (line) => {
      if (line.type === 'iteration.saved') ({ outcome } = line);
    },
    onProgress: (progress) => {
      if (progress.type === 'moved' && progress.label !== 'opening') states.push(progress.label);
    },
  });
  await agent.run();
  return { states, outcome };
}
