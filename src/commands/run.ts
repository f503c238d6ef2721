import { readFile } from 'node:fs/promises';
import { type Agent, createAgent } from '../agent.ts';
import { createServices } from '../agent-services.ts';
import { settingNames, settingsError } from '../config.ts';
import { AgentError } from '../errors.ts';
import { findScriptProblem } from '../services/model/resolve-model.ts';
import { createRunView, type RunView } from '../terminal/run-view.ts';
import { createStyle } from '../terminal/style.ts';
import { gyreVersion } from '../version.ts';
import { boxOf, checkApproval, checkCheckDir } from './box.ts';
import { type Command, type Invocation, type Io, jsonFlag } from './command.ts';
import { offerStarter } from './models.ts';
import { listenToKeys } from './run-keys.ts';

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
  flags: [jsonFlag],
  examples: [
    ['gyre run "Count the lines of every .txt file"', 'one goal, in ./sandbox'],
    ['gyre run --goal-file goal.md --check "test -s report.md"', 'done only when the check says so'],
    ['MAX_ITERATIONS=50 gyre run --json > run.jsonl', 'unattended, with a line of JSON for each step'],
  ],
  maxWords: 1,
  run: runCommand,
};

async function runCommand(invocation: Invocation): Promise<number> {
  const { config, io, isJson } = invocation;
  const goal = await goalOf(invocation);
  checkApproval(invocation);
  const boxDir = await boxOf(invocation);
  await checkCheckDir(invocation, boxDir);
  await checkScript(invocation);
  const settings = { ...config.settings, approve: config.settings.approve || config.settings.sandbox === 'none' };
  const services = createServices({ settings, goal, boxDir, workingDir: io.workingDir });
  const sink = isJson ? io.err : io.out;
  const view: RunView = createRunView({
    sink,
    style: createStyle(io.useColor && sink.isTTY),
    version: gyreVersion(),
    hasKeyboard: io.keyboard !== null,
  });
  const agent: Agent = createAgent({
    goal,
    settings,
    boxDir,
    isAutonomyEnabled: config.isAutonomyEnabled,
    isPersonThere: io.keyboard !== null,
    services: {
      ...services,
      openModel: (onFraction, signal) =>
        offerStarter(() => services.openModel(onFraction, signal), settings, io, signal),
    },
    onLine(line) {
      if (isJson) io.out.write(`${JSON.stringify(line)}\n`);
      view.show(line);
    },
    onProgress(progress) {
      view.progress(progress);
      if (progress.type === 'moved') keys.moved(progress);
    },
  });
  const keys = listenToKeys(agent, view, io);
  const forgetSignals = listenToSignals(agent, io);
  try {
    return (await agent.run()).exitCode;
  } finally {
    forgetSignals();
    keys.close();
    view.close();
  }
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

async function checkScript({ config, io }: Invocation): Promise<void> {
  const problem = await findScriptProblem({ model: config.settings.model, cwd: io.workingDir });
  if (problem !== null) throw settingsError([`--model: ${problem}`]);
}

function checkGoal(text: string, source: string): string {
  const goal = text.trim();
  if (goal === '') throw settingsError([`${source}: the goal is empty`]);
  if (goal.length > 8000) throw settingsError([`${source}: the goal has ${goal.length} characters; 8000 fit`]);
  return goal;
}

/** The first signal ends the run in order and decides the cause; a second SIGINT ends the process at once. */
function listenToSignals(agent: Agent, io: Io): () => void {
  let isStopping = false;
  return io.onSignal((signal) => {
    if (signal === 'SIGHUP') return;
    if (isStopping && signal === 'SIGINT') void agent.kill().finally(() => io.exit(130));
    else if (!isStopping) agent.stop(signal === 'SIGINT' ? 'sigint' : 'sigterm');
    isStopping = true;
  });
}
