import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shellOptionsOf } from '../../dist/agent-services.js';
import { BOX } from '../../dist/services/shell/bubblewrap.js';
import { openShell } from '../../dist/services/shell/open-shell.js';
import { grade } from './grade.mjs';
import { shortHash } from './options.mjs';
import { runAgent } from './run-agent.mjs';
import { servicesFor } from './settings.mjs';
import { UsageError } from './usage-error.mjs';

/**
 * The chosen tasks of our own format, by name.
 * @param {import('./options.mjs').Options} options
 */
export async function readOwnTasks({ tasks, half, only, limit }) {
  const files = tasks.endsWith('.json')
    ? [tasks]
    : (await readdir(tasks)).filter((name) => name.endsWith('.json')).map((name) => join(tasks, name));
  const all = [];
  for (const file of files.sort()) {
    const content = await readFile(file, 'utf8');
    all.push({ ...JSON.parse(content), hash: shortHash(content) });
  }
  const open = all.filter((task) => half === 'all' || task.half === half);
  const missing = only?.find((name) => !open.some((task) => task.name === name));
  if (missing !== undefined) throw new UsageError(`There is no task ${missing} in ${tasks} (half: ${half}).`);
  const chosen = open.filter(({ name }) => only === null || only.includes(name)).slice(0, limit ?? undefined);
  if (chosen.length === 0) throw new UsageError(`There is no task in ${tasks} (half: ${half}).`);
  return chosen;
}

/**
 * Plays a task in a box of its own: setup, agent, check.
 * @returns what is kept of it
 */
export async function runOwnTask(task, { options, settings, model, signal }) {
  const place = await realpath(await mkdtemp(join(tmpdir(), 'gyre-task-')));
  const boxDir = join(place, 'box');
  await mkdir(boxDir);
  try {
    const setup = await play(['set -e', ...task.setup], boxDir, settings);
    if (setup.exitCode !== 0) throw new Error(`The setup of ${task.name} fails: ${setup.stderr}`);
    const services = servicesFor(options, { settings, goal: task.goal, boxDir, boxSeen: BOX, model });
    const record = await runAgent(options, { goal: task.goal, settings, boxDir, services, signal });
    const check = await play(task.check, boxDir, settings);
    return { ...describe(task), ...grade(task, record, check), ...record };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** Setup and check are a person's own commands, in the same jail. */
async function play(script, boxDir, settings) {
  const shell = await openShell({ ...shellOptionsOf(settings), boxDir, onNotice: () => {} });
  try {
    return await shell.run({
      command: script.join('\n'),
      workingDirectory: '',
      timeoutMs: 30_000,
      signal: new AbortController().signal,
      isPersons: true,
    });
  } finally {
    await shell.close();
  }
}

function describe({ name, kind, level, half, possible = true, hash }) {
  return { name, kind, level, half, possible, hash };
}
