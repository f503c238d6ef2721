import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  type Config,
  flagOf,
  loadConfig,
  type SettingName,
  type Settings,
  settingNames,
  settingsError,
} from '../config.ts';
import { AgentError } from '../errors.ts';
import type { FleetRun } from '../fleet/client.ts';
import { type RunSpec, runIdOf, specOf } from '../fleet/run-spec.ts';
import { createProgressLine } from '../terminal/progress.ts';
import { count } from '../terminal/style.ts';
import type { Invocation } from './command.ts';
import { clientOf } from './fleet-flags.ts';

/** Gives the fleet the goals of a file, each once. */
export async function submit(invocation: Invocation, [file]: readonly string[]): Promise<number> {
  const { io, flags, isJson } = invocation;
  if (file === undefined) {
    throw new AgentError('usage', 'No file is named.', { hint: 'gyre fleet submit goals.jsonl' });
  }
  const content = await readFile(resolve(io.workingDir, file), 'utf8').catch((error: Error) => {
    throw settingsError([`${file}: ${error.message}`]);
  });
  const specs = readGoals(content, file, invocation.config);
  const client = clientOf(invocation);
  const hosts = [...new Set((await client.deployments()).flatMap((deployment) => deployment.hosts))].sort();
  const runs = await client.runs();
  const place = createPlaces(hosts, runs, flags.get('host'));
  const known = new Map(runs.map((run) => [run.runId, run.host]));
  const copies = new Map<string, number>();
  const wanted = specs.map((spec) => {
    const text = JSON.stringify(spec);
    const copy = copies.get(text) ?? 0;
    copies.set(text, copy + 1);
    const runId = runIdOf(spec, copy);
    const there = known.get(runId);
    return { runId, spec, host: there ?? place(), isThere: there !== undefined };
  });
  const progress = createProgressLine({ out: io.err, unit: 'share', now: () => performance.now() });
  let [accepted, done] = [0, 0];
  const next = wanted.values();
  // Each of them takes the next one until there is none.
  const handIn = async () => {
    for (const { runId, spec, host, isThere } of next) {
      const isNew = !isThere && (await client.submit(host, runId, spec));
      done += 1;
      if (isNew) accepted += 1;
      if (isJson) io.out.write(`${JSON.stringify({ runId, host, isNew, goal: spec.input.goal })}\n`);
      else progress.update({ label: `handing in ${count(wanted.length, 'goal')}`, done, total: wanted.length });
    }
  };
  try {
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, handIn));
  } finally {
    progress.end();
  }
  if (!isJson) {
    const old = specs.length - accepted;
    io.out.write(
      `${count(accepted, 'run')} accepted${old > 0 ? `, ${old} there already` : ''}. "gyre fleet ls" shows them.\n`,
    );
  }
  return 0;
}

const CALLS_AT_ONCE = 8;

/** The host with the fewest runs that have not ended, one after the other. */
function createPlaces(hosts: readonly string[], runs: readonly FleetRun[], wanted: string | undefined): () => string {
  if (wanted !== undefined && !hosts.includes(wanted)) {
    throw new AgentError('usage', `--host: the fleet has no host ${JSON.stringify(wanted)}, only ${hosts.join(', ')}.`);
  }
  const load = new Map(hosts.map((host) => [host, 0]));
  for (const { host, phase } of runs) if (phase !== 'ended') load.set(host, (load.get(host) ?? 0) + 1);
  return () => {
    const [least] = [...load].filter(([host]) => hosts.includes(host)).sort((a, b) => a[1] - b[1]);
    if (least === undefined) {
      throw new AgentError('fleet-unavailable', 'The fleet has no host.', {
        hint: 'Start one with "gyre fleet worker".',
      });
    }
    const host = wanted ?? least[0];
    load.set(host, (load.get(host) ?? 0) + 1);
    return host;
  };
}

const lineSchema = z.strictObject({ goal: z.string(), settings: z.record(z.string(), z.unknown()).optional() });

function readGoals(content: string, file: string, config: Config): RunSpec[] {
  const problems: string[] = [];
  const specs: RunSpec[] = [];
  for (const [index, line] of content.split('\n').entries()) {
    if (line.trim() === '') continue;
    const where = `${file}, line ${index + 1}`;
    const read = lineSchema.safeParse(parseJson(line));
    if (!read.success) {
      problems.push(`${where}: expected {"goal": "…", "settings": {…}}`);
      continue;
    }
    const goal = read.data.goal.trim();
    if (goal === '' || goal.length > 8000)
      problems.push(`${where}: a goal has 1 to 8000 characters, got ${goal.length}`);
    const settings = settingsFor(read.data.settings ?? {}, config, where, problems);
    if (settings.approve || settings.sandbox === 'none') {
      problems.push(
        `${where}: nobody can be asked before each command; --approve and --sandbox none are for one machine`,
      );
    }
    specs.push(specOf(goal, settings));
  }
  if (problems.length > 0) throw settingsError(problems);
  return specs;
}

/** The settings of the command line, under those of the line of the file. */
function settingsFor(
  own: Readonly<Record<string, unknown>>,
  config: Config,
  where: string,
  problems: string[],
): Settings {
  const flags = new Map<SettingName, string>();
  for (const [key, value] of Object.entries(own)) {
    const name = settingNames().find((candidate) => candidate === key);
    if (name === undefined) problems.push(`${where}: there is no setting ${JSON.stringify(key)}`);
    else flags.set(name, Array.isArray(value) ? value.join(',') : value === null ? 'none' : String(value));
  }
  try {
    const line = loadConfig({
      flags,
      env: {},
      configFile: undefined,
      homeDir: '/',
      workingDir: '/',
      readFile: () => undefined,
    });
    const merged = settingNames().map((name) => [name, (line.given.has(name) ? line : config).settings[name]]);
    // Each value is of its own setting, and the loop names every key.
    return Object.fromEntries(merged) as Settings;
  } catch (error) {
    const names = [...flags.keys()].map(flagOf).join(', ');
    problems.push(`${where}: ${names}: ${error instanceof Error ? error.message.replace(/\n/g, ' ') : error}`);
    return config.settings;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
