import { restoreSettings, settingNames } from '../config.ts';
import { AgentError } from '../errors.ts';
import { findRun, type RunStory, readRun } from '../journal/read.ts';
import { branchOf, resumptionOf } from '../journal/resume.ts';
import { MACHINE_VERSION } from '../machine/agent.machine.ts';
import { type Command, type Invocation, jsonFlag, plainFlag } from './command.ts';
import { yesFlag } from './run-inspector.ts';
import { startRun } from './start-run.ts';

export const resume: Command = {
  name: 'resume',
  usage: 'RUN [FLAGS]',
  about:
    'Goes on with a run that was interrupted or has ended: the same id, goal and settings, and the numbering goes on. Flags\n' +
    'and variables that are given now come before what the run was started with; limits and the count of failures start\n' +
    'anew. A command that was cut off is never run again by itself. Exit codes as for "gyre run".\n' +
    'RUN is an id, the beginning of one, or "last".',
  settings: settingNames().filter((name) => name !== 'goalFile'),
  flags: [
    jsonFlag,
    plainFlag,
    yesFlag,
    {
      name: 'from',
      value: 'N',
      about: 'A new run, whose past is the first N iterations of RUN; the box stays as it is.',
    },
  ],
  examples: [
    ['gyre resume last', 'go on where the last run stood'],
    ['gyre resume k3x --max-iterations 20', 'up to 20 iterations more'],
    ['gyre resume k3x --from 4', 'another run from iteration 4 on'],
  ],
  maxWords: 1,
  run: resumeCommand,
};

async function resumeCommand(invocation: Invocation): Promise<number> {
  const { config, words, flags } = invocation;
  const [name] = words;
  if (name === undefined) throw new AgentError('usage', 'No run is named.', { hint: 'gyre resume last' });
  const { stateDir } = config.settings;
  const story = await readRun(stateDir, await findRun(stateDir, name));
  const from = readFrom(flags.get('from'), story);
  assertResumable(story, from);
  const settings = { ...restoreSettings(story.start.settings, config), stateDir, goalFile: null };
  const sandboxDir = config.given.has('sandboxDir') ? config.settings.sandboxDir : story.sandboxDir;
  // How a run is looked at is no part of it.
  const { inspect } = config.settings;
  // The box was named once: it is not made anew when it is gone.
  const given = new Set([...config.given, 'sandboxDir' as const]);
  return startRun(
    { ...invocation, config: { ...config, settings: { ...settings, sandboxDir, inspect }, given } },
    { goal: story.goal, resumption: from === null ? resumptionOf(story) : branchOf(story, from) },
  );
}

function assertResumable({ runId, status, start }: RunStory, from: number | null): void {
  if (from === null && status === 'running') {
    throw new AgentError('usage', `Run ${runId} is running.`, {
      hint: 'Run "gyre runs" to see what runs and what does not.',
    });
  }
  if (start.machineVersion !== MACHINE_VERSION) {
    const made = `version ${start.machineVersion} of the chart, and this gyre has version ${MACHINE_VERSION}`;
    throw new AgentError('journal-unreadable', `Run ${runId} was made by ${made}.`, {
      hint: `Go on with the gyre that made it (${start.gyreVersion}), or start a new run.`,
    });
  }
}

function readFrom(text: string | undefined, { runId, iterations }: RunStory): number | null {
  if (text === undefined) return null;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (number >= 1 && number <= iterations) return number;
  const has = iterations === 0 ? 'no iteration' : `iterations 1 to ${iterations}`;
  throw new AgentError('usage', `--from: run ${runId} has ${has}, got ${JSON.stringify(text)}.`);
}
