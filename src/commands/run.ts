import { readFile } from 'node:fs/promises';
import { settingNames, settingsError } from '../config.ts';
import { AgentError } from '../errors.ts';
import { type Command, type Invocation, jsonFlag, plainFlag } from './command.ts';
import { yesFlag } from './run-inspector.ts';
import { startRun } from './start-run.ts';

/** What an agent does that nobody has given a goal. */
const CURIOUS_GOAL =
  'Look around this sandbox, make and tidy files as you like, keep a log of what you do in notes/log.md, and find something useful to do within your limits.';

export const run: Command = {
  name: 'run',
  usage: '[GOAL] [FLAGS]',
  about:
    'Thinks, runs a command in the jail, looks at what came of it, writes it down, and begins again, until the goal is\n' +
    'reached, a limit is met, or somebody stops it. Exit codes: 0 completed, 1 failed, 2 usage, 3 exhausted, 4 stuck,\n' +
    '130 and 143 stopped.',
  settings: settingNames(),
  flags: [jsonFlag, plainFlag, yesFlag],
  examples: [
    ['gyre run "Count the lines of every .txt file"', 'one goal, in ./sandbox'],
    ['gyre run --goal-file goal.md --check "test -s report.md"', 'done only when the check says so'],
    ['MAX_ITERATIONS=50 gyre run --json > run.jsonl', 'unattended, with a line of JSON for each step'],
  ],
  maxWords: 1,
  run: runCommand,
};

async function runCommand(invocation: Invocation): Promise<number> {
  return startRun(invocation, { goal: await goalOf(invocation) });
}

async function goalOf({ words: [word], config: { settings, given } }: Invocation): Promise<string> {
  if (word !== undefined && given.has('goalFile') && settings.goalFile !== null) {
    throw new AgentError('usage', 'There are two goals: one on the line and one in --goal-file.', {
      hint: 'Give one of them.',
    });
  }
  if (word !== undefined) return checkGoal(word, 'GOAL');
  if (settings.goalFile === null) return CURIOUS_GOAL;
  const content = await readFile(settings.goalFile, 'utf8').catch((error: Error) => {
    throw settingsError([`--goal-file: ${error.message}`]);
  });
  return checkGoal(content, `--goal-file: ${settings.goalFile}`);
}

function checkGoal(text: string, source: string): string {
  const goal = text.trim();
  if (goal === '') throw settingsError([`${source}: the goal is empty`]);
  if (goal.length > 8000) throw settingsError([`${source}: the goal has ${goal.length} characters; 8000 fit`]);
  return goal;
}
