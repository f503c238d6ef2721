import { chmod, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAgent } from '../../src/agent.ts';
import { createServices } from '../../src/agent-services.ts';
import { loadConfig } from '../../src/config.ts';
import type { RunLine } from '../../src/machine/types.ts';
import type { Model } from '../../src/services/model/model.ts';
import { openScriptedModel } from '../../src/services/model/scripted.ts';

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

const sleep = '<action>SLEEP</action><sleepMs>600000</sleepMs><note>wait</note>';

async function makeAgent(model: Model) {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'gyre-agent-')));
  await chmod(dir, 0o755);
  const boxDir = await mkdtemp(join(dir, 'box-'));
  const { settings } = loadConfig({
    flags: new Map([['stateDir', join(dir, 'state')]]),
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
    services: { ...services, openModel: async () => model },
    onLine: (line) => void lines.push(line),
  });
  return { agent, lines };
}
