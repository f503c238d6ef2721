import { type Agent, type AgentOptions, createAgent } from '../agent.ts';
import { createServices } from '../agent-services.ts';
import { settingsError } from '../config.ts';
import type { RunEvent, RunLine } from '../machine/types.ts';
import { findScriptProblem } from '../services/model/resolve-model.ts';
import { createRunView, type RunView } from '../terminal/run-view.ts';
import { createStyle } from '../terminal/style.ts';
import { gyreVersion } from '../version.ts';
import { boxOf, checkApproval, checkCheckDir } from './box.ts';
import type { Invocation, Io } from './command.ts';
import { offerStarter } from './models.ts';
import { openInspector, planInspector } from './run-inspector.ts';
import { listenToKeys } from './run-keys.ts';

/** What is to be run: a goal, and what it goes on from. */
export type RunPlan = Pick<AgentOptions, 'goal' | 'resumption'>;

/**
 * Checks what settings and paths can decide, runs the agent, and shows it.
 * @returns the exit code
 * @throws AgentError for what must be right before anything is started (exit code 2)
 */
export async function startRun(invocation: Invocation, plan: RunPlan): Promise<number> {
  const { config, io, isJson, flags } = invocation;
  const { goal } = plan;
  checkApproval(invocation);
  const boxDir = await boxOf(invocation);
  await checkCheckDir(invocation, boxDir);
  await checkScript(invocation);
  const inspectorPlan = await planInspector(invocation);
  const settings = { ...config.settings, approve: config.settings.approve || config.settings.sandbox === 'none' };
  const services = createServices({ settings, goal, boxDir, workingDir: io.workingDir });
  const isPlain = flags.has('plain');
  const terminal = isJson ? io.err : io.out;
  const sink = isPlain ? { ...terminal, isTTY: false } : terminal;
  const view: RunView = createRunView({
    sink,
    style: createStyle(io.useColor && sink.isTTY, isPlain),
    version: gyreVersion(),
    hasKeyboard: io.keyboard !== null,
  });
  const print = (line: RunLine) => {
    if (isJson) io.out.write(`${JSON.stringify(line)}\n`);
  };
  const early: RunLine[] = [];
  const agent: Agent = createAgent({
    ...plan,
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
      print(line);
      view.show(line);
      // The first line of a run is that it has started.
      if (line.type === 'run.started') for (const later of early.splice(0)) print(later);
    },
    onProgress(progress) {
      view.progress(progress);
      if (progress.type === 'moved') keys.moved(progress);
    },
  });
  const { stateDir } = settings;
  const { runId } = agent;
  const inspector = await openInspector(inspectorPlan, { stateDir, runId }, (event: RunEvent) => {
    const line = { ...event, time: new Date().toISOString(), runId };
    early.push(line);
    view.show(line);
  });
  const keys = listenToKeys(agent, view, io);
  const forgetSignals = listenToSignals(agent, io);
  try {
    return (await agent.run()).exitCode;
  } finally {
    forgetSignals();
    keys.close();
    await inspector?.close();
    view.close();
  }
}

async function checkScript({ config, io }: Invocation): Promise<void> {
  const problem = await findScriptProblem({ model: config.settings.model, cwd: io.workingDir });
  if (problem !== null) throw settingsError([`--model: ${problem}`]);
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
