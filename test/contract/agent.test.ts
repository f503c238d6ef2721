import { chmod, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAgent } from '../../src/agent.ts';
import type { AgentServices } from '../../src/agent-run.ts';
import { createServices } from '../../src/agent-services.ts';
import { loadConfig } from '../../src/config.ts';
import type { RunLine } from '../../src/machine/types.ts';
import type { Model, ThoughtRequest } from '../../src/services/model/model.ts';
import { openScriptedModel } from '../../src/services/model/scripted.ts';
import { createScriptedClock } from '../../src/testing/scripted-clock.ts';

test("the library's stop() ends the run as stopped by a person", async () => {
  const { agent, lines } = await makeAgent(openScriptedModel('script', sleep));
  const end = agent.run();
  while (!lines.some(({ type }) => type === 'decision.made')) await new Promise((resolve) => setTimeout(resolve, 10));
  agent.stop();
  expect(await end).toMatchObject({ status: 'stopped', cause: 'person', exitCode: 130, iterations: 1 });
});

test('a run that is paused can still be stopped', async () => {
  const { agent, lines } = await makeAgent(openScriptedModel('script', `${sleep}\n---\n<action>STOP</action>`));
  const end = agent.run();
  while (!lines.some(({ type }) => type === 'decision.made')) await new Promise((resolve) => setTimeout(resolve, 10));
  agent.pause();
  agent.stop();
  expect(await end).toMatchObject({ status: 'stopped', cause: 'person' });
});

test('a service that breaks its promise ends the run as failed, internal, and says where', async () => {
  const scripted = openScriptedModel('script', sleep);
  const broken: Model = { ...scripted, think: () => Promise.reject(new Error('out of cheese')) };
  const { agent, lines } = await makeAgent(broken);
  expect(await agent.run()).toMatchObject({ status: 'failed', cause: 'internal', exitCode: 1, iterations: 1 });
  expect(lines.at(-1)).toMatchObject({ type: 'run.ended', problem: { message: 'think: Error: out of cheese' } });
});

test('a run goes by the clock that it is given: ten minutes pass when somebody says so', async () => {
  const clock = createScriptedClock(Date.parse('2026-01-01T00:00:00Z'));
  const { agent, lines } = await makeAgent(openScriptedModel('script', `${sleep}\n---\n${stop}`), { clock });
  const end = agent.run();
  const saved = () => lines.filter(({ type }) => type === 'iteration.saved').length;
  while (!lines.some(({ type }) => type === 'decision.made')) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(saved()).toBe(0);
  clock.advance(600_000);
  while (saved() === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  clock.advance(3000);
  expect(await end).toMatchObject({ status: 'completed', iterations: 2 });
  expect(lines.at(-1)).toMatchObject({ durationMs: 603_000 });
});

test('a memory of somebody else is told every iteration, and what it answers is what the model is asked with', async () => {
  const told: number[] = [];
  const asked: ThoughtRequest[] = [];
  const turn = {
    surroundings: { workingDirectory: '', files: ['of another run'], filesOmitted: 0, last: null },
    decision: { action: 'STOP', note: 'long ago' },
  } as const;
  const scripted = openScriptedModel('script', `<action>SLEEP</action><sleepMs>0</sleepMs>\n---\n${stop}`);
  const model: Model = {
    ...scripted,
    think: (request, options) => {
      asked.push(request);
      return scripted.think(request, options);
    },
  };
  const { agent } = await makeAgent(model, {
    createMemory: () => ({
      add: ({ iteration }) => void told.push(iteration),
      last: () => null,
      turns: () => [turn],
      earlierTurns: () => 7,
      facts: () => [],
    }),
  });
  expect(await agent.run()).toMatchObject({ status: 'completed', iterations: 2 });
  expect(told).toEqual([1, 2]);
  expect(asked.map(({ turns, earlierTurns }) => [turns, earlierTurns])).toEqual([
    [[turn], 7],
    [[turn], 7],
  ]);
});

const stop = '<action>STOP</action><note>done</note>';
const sleep = '<action>SLEEP</action><sleepMs>600000</sleepMs><note>wait</note>';

async function makeAgent(model: Model, own: Pick<AgentServices, 'clock' | 'createMemory'> = {}) {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'gyre-agent-')));
  await chmod(dir, 0o755);
  const boxDir = await mkdtemp(join(dir, 'box-'));
  const { settings } = loadConfig({
    flags: new Map([
      ['stateDir', join(dir, 'state')],
      ['loopIntervalMs', 'clock' in own ? '3000' : '0'],
    ]),
    env: {},
    configFile: undefined,
    homeDir: dir,
    workingDir: dir,
    readFile: () => undefined,
  });
  const lines: RunLine[] = [];
  const services = createServices({ settings, goal: 'wait', boxDir, workingDir: dir });
  const agent = createAgent({
    goal: 'wait',
    settings,
    boxDir,
    isAutonomyEnabled: true,
    isPersonThere: false,
    services: { ...services, ...own, openModel: async () => model },
    onLine: (line) => void lines.push(line),
  });
  return { agent, lines };
}
