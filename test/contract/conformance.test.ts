import { chmod, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAgent } from '../../src/agent.ts';
import { loadConfig } from '../../src/config.ts';
import { findRun, readRun } from '../../src/journal/read.ts';
import { replay } from '../../src/journal/replay.ts';
import { agentMachine } from '../../src/machine/agent.machine.ts';
import { createPureDriver } from '../../src/machine/pure-driver.ts';
import type { AgentInput, Decision, Outcome, RunProgress } from '../../src/machine/types.ts';
import { openScriptedModel } from '../../src/services/model/scripted.ts';
import { createValidator } from '../../src/services/validator/validator.ts';
import { type AgentMachine, type ChartEvent, done } from '../../src/testing/agent/chart-events.ts';
import { stateOf } from '../../src/testing/agent/state-words.ts';
import { openScriptedShell } from '../../src/testing/scripted-shell.ts';
import { allow, deny, inputWith, ok, run, setback, sleep, stop, timeout } from '../machine/settings.ts';

/** What an iteration can come to: what the model writes, and the events of the chart that this should become. */
const kinds: Record<string, { readonly answer: string; readonly events: readonly ChartEvent[] }> = {
  ok: { answer: RUN('good'), events: ran('good', ok) },
  setback: { answer: RUN('bad'), events: ran('bad', setback) },
  timeout: { answer: RUN('endless'), events: ran('endless', timeout) },
  denied: { answer: RUN('curl example.org'), events: [ruled(run('curl example.org'), deny)] },
  malformed: { answer: 'What shall I do?', events: [ruled(null, null)] },
  sleep: {
    answer: '<action>SLEEP</action><sleepMs>0</sleepMs>',
    events: [ruled(sleep(0), null), done('sleepUntil', null)],
  },
  stop: { answer: '<action>STOP</action>', events: [ruled(stop, null)] },
};
const names = Object.keys(kinds);
const sequences = names.flatMap((first) => (first === 'stop' ? [[first]] : names.map((second) => [first, second])));

test.each(sequences.map((sequence) => ({ name: sequence.join(', '), sequence })))(
  '$name: the running agent goes through the states of the chart, and ends as it does',
  async ({ sequence }) => {
    const [expected, real] = [pureRun(sequence), await realRun(sequence)];
    expect(real.states).toEqual(expected.states);
    expect(real.output).toMatchObject(expected.output);
    expect(real.isReplayed).toBe(true);
  },
);

/** Two iterations, and two failures in a row, are the limits. */
const limits = { maxIterations: 2, maxConsecutiveFailures: 2 };

function pureRun(sequence: readonly string[]) {
  const input: AgentInput = inputWith({ limits });
  const pure = createPureDriver<AgentMachine, ChartEvent>(agentMachine, input);
  const iteration = (name: string) => [
    done('readSurroundings', null),
    done('think', { ok: true, answer: '', tokens: { evaluated: 0, generated: 0 } }),
    ...(kinds[name]?.events ?? []),
    done('observe', { repeats: 0 }),
    done('saveIteration', { ok: true, atMs: 0 }),
    done('awaitRest', null),
  ];
  const states: string[] = [];
  let { snapshot } = pure.start();
  for (const event of [done('openRun', { ok: true }), ...sequence.flatMap(iteration)]) {
    if (snapshot.value === 'stopping') break;
    snapshot = pure.step(snapshot, event).snapshot;
    states.push(lastPart(stateOf(snapshot)));
  }
  snapshot = pure.step(snapshot, done('closeRun', { saved: snapshot.context.saved })).snapshot;
  const { status, cause, iterations } = snapshot.output ?? expect.fail('the chart has not ended');
  return { states: [...states, lastPart(stateOf(snapshot))], output: { status, cause, iterations } };
}

async function realRun(sequence: readonly string[]) {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'gyre-conformance-')));
  await chmod(dir, 0o755);
  const boxDir = await mkdtemp(join(dir, 'box-'));
  const flags = { stateDir: join(dir, 'state'), loopIntervalMs: '0', maxIterations: '2', maxConsecutiveFailures: '2' };
  const { settings } = loadConfig({
    flags: new Map(Object.entries(flags) as [keyof typeof flags, string][]),
    env: {},
    configFile: undefined,
    homeDir: dir,
    workingDir: dir,
    readFile: () => undefined,
  });
  const shell = openScriptedShell({
    good: {},
    bad: { exitCode: 1 },
    endless: { ending: 'timeout', exitCode: null, signal: 'SIGKILL' },
  });
  const states: string[] = [];
  const agent = createAgent({
    goal: 'the goal',
    settings,
    boxDir,
    services: {
      validator: createValidator({ allow: ['good', 'bad', 'endless'], deny: [] }),
      openShell: async () => shell,
      openModel: async () => openScriptedModel('script', sequence.map((name) => kinds[name]?.answer).join('\n---\n')),
    },
    onProgress: (progress: RunProgress) => {
      if (progress.type === 'moved') states.push(progress.label);
    },
  });
  const output = await agent.run();
  const { records } = await readRun(settings.stateDir, await findRun(settings.stateDir, 'last'));
  return { states: states.filter((state) => state !== 'opening'), output, isReplayed: replay(records).ok };
}

function lastPart(state: string): string {
  return state.split('.').at(-1) ?? state;
}

function RUN(command: string): string {
  return `<action>RUN</action><command>${command}</command>`;
}

function ruled(decision: Decision | null, verdict: typeof allow | null): ChartEvent {
  return done(
    'validate',
    decision === null ? { decision, verdict: null, atMs: 0, problem: '' } : { decision, verdict, atMs: 0 },
  );
}

function ran(command: string, outcome: Outcome): readonly ChartEvent[] {
  return [ruled(run(command), allow), done('runCommand', { ok: true, outcome, workingDirectory: '' })];
}
