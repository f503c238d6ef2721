import { chmod, mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputOf } from '../../src/agent-input.ts';
import type { AgentServices } from '../../src/agent-run.ts';
import { loadConfig, type Settings } from '../../src/config.ts';
import { createHost, type Host } from '../../src/fleet/host.ts';
import type { JournalRecord } from '../../src/journal/format.ts';
import type { AgentInput } from '../../src/machine/types.ts';
import { openScriptedModel } from '../../src/services/model/scripted.ts';
import { createValidator } from '../../src/services/validator/validator.ts';
import { openScriptedShell } from '../../src/testing/scripted-shell.ts';

/** A run in which everything but the drivers is played: what the model writes, and what commands come to. */

export const STOP = '<action>STOP</action><note>done</note>';
export const SLEEP = '<action>SLEEP</action><sleepMs>0</sleepMs><note>tired</note>';

export function savedIn(records: readonly JournalRecord[]) {
  return records.filter((record) => record.type === 'iteration.saved');
}

export function inputFor(settings: Settings): AgentInput {
  const startedAtMs = Date.now();
  return inputOf({
    runId: `conform${startedAtMs % 1_000_000}${counter++}`,
    goal: 'the goal',
    settings,
    startedAtMs,
    isPersonThere: false,
  });
}

let counter = 0;

export function servicesFor(script: readonly string[]): { services: AgentServices; commands: readonly string[] } {
  const shell = openScriptedShell((command) => {
    if (command.startsWith('good')) return { stdout: `${command}\n` };
    if (command.startsWith('bad')) return { exitCode: 1 };
    return { ending: 'timeout', exitCode: null, signal: 'SIGKILL' };
  });
  return {
    commands: shell.commands,
    services: {
      validator: createValidator({ allow: ['good', 'bad', 'endless'], deny: [] }),
      openShell: async () => shell,
      openModel: async () => openScriptedModel('script', script.join('\n---\n')),
    },
  };
}

/** A host of the fleet at a place. Hosts with the same boxes share them. */
export function openHost(
  { dir, settings }: { readonly dir: string; readonly settings: Settings },
  services: AgentServices,
  { name = 'host', boxes = 'boxes', agents = 8 } = {},
): Host {
  return createHost({
    name,
    settings,
    agents,
    minds: 4,
    boxesDir: join(dir, boxes),
    workingDir: dir,
    homeDir: dir,
    order: async () => {},
    onNotice: () => {},
    createServices: () => services,
  });
}

export async function makePlace(): Promise<{ dir: string; settings: Settings; boxDir: string }> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'gyre-drivers-')));
  await chmod(dir, 0o755);
  const boxDir = join(dir, 'box');
  await mkdir(boxDir);
  const flags = { stateDir: join(dir, 'state'), loopIntervalMs: '0', maxIterations: '5', maxConsecutiveFailures: '3' };
  const { settings } = loadConfig({
    flags: new Map(Object.entries(flags) as [keyof typeof flags, string][]),
    env: {},
    configFile: undefined,
    homeDir: dir,
    workingDir: dir,
    readFile: () => undefined,
  });
  return { dir, settings, boxDir };
}

export function RUN(command: string): string {
  return `<action>RUN</action><command>${command}</command><note>a note</note>`;
}
