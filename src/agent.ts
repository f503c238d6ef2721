import { createActorDriver, type RunDriver } from './agent-driver.ts';
import { createRunId, inputOf } from './agent-input.ts';
import { type AgentServices, createRun, type Run } from './agent-run.ts';
import { systemClock } from './clock.ts';
import type { Settings } from './config.ts';
import type { ControlAnswer, ControlOrder } from './journal/control.ts';
import type { AgentSnapshot } from './journal/replay.ts';
import type { Resumption } from './journal/resume.ts';
import {
  type AgentOutput,
  type AgentTag,
  exitCodeOf,
  type RunEvent,
  type RunLine,
  type RunProgress,
  type StopCause,
  type WatchdogLevel,
} from './machine/types.ts';

export interface AgentOptions {
  readonly goal: string;
  readonly settings: Settings;
  /** The box: a real path that `checkBox` has accepted. */
  readonly boxDir: string;
  /** False ends the run at once, as `autonomy-disabled`. [true] */
  readonly isAutonomyEnabled?: boolean;
  /** What the run goes on from, with the goal that it has. Default: a new run without a past. */
  readonly resumption?: Resumption;
  /** Somebody is there to answer when the agent is stuck. [false] */
  readonly isPersonThere?: boolean;
  readonly services: AgentServices;
  /** Called with each line of the run's story, in order. It must not throw. */
  readonly onLine?: (line: RunLine) => void;
  /** Called with what a person may like to watch; nothing of it is kept. It must not throw. */
  readonly onProgress?: (progress: RunProgress) => void;
}

/** One run of the agent. */
export interface Agent {
  readonly runId: string;
  /** Runs to the end. Never rejects: whatever happens is one of the endings. Call it once. */
  run(): Promise<AgentOutput & { readonly exitCode: number }>;
  /** Asks the run to end. The first ending wins; it takes effect within a second. */
  stop(cause?: StopCause): void;
  /** Holds the run where nothing can be lost: at once while thinking or waiting, else after the iteration. */
  pause(): void;
  goOn(): void;
  /** Puts a person's words into the next turn. Rejects when they could not be written down. */
  say(text: string): Promise<void>;
  /** Answers the question whether the command of the current iteration may run. */
  answer(isApproved: boolean): void;
  /** Kills command and model and ends nothing in order. For a person who has asked twice. */
  kill(): Promise<void>;
}

/** Wires services into the chart. Nothing happens before `run`. */
export function createAgent(options: AgentOptions): Agent {
  const resumption = options.resumption ?? null;
  const runId = resumption?.isSameRun ? resumption.story.runId : createRunId();
  const { now } = options.services.clock ?? systemClock;
  const startedAtMs = now();
  const tell = (event: RunEvent) => options.onLine?.({ ...event, time: new Date().toISOString(), runId });
  const { goal, settings, isPersonThere = false } = options;
  const input = inputOf({ runId, goal, settings, startedAtMs, isPersonThere, before: resumption?.before });
  const run = createRun({
    ...options,
    isAutonomyEnabled: options.isAutonomyEnabled ?? true,
    resumption,
    runId,
    startedAtMs,
    input,
    tell,
    onStopFile: () => agent.stop('stop-file'),
    obey: (order) => obey(order, agent, driver),
  });
  const driver = createActorDriver({
    input,
    actors: run.actors,
    onMove: (event, snapshot) => run.moved(event, snapshot),
    onState: followChart(input.before?.iterations ?? 0, run, tell, options.onProgress),
  });
  const agent: Agent = {
    runId,
    async run() {
      const output = await driver.run();
      await run.dispose();
      const exitCode = exitCodeOf(output);
      tell({
        type: 'run.ended',
        ...output,
        exitCode,
        durationMs: now() - startedAtMs,
        changes: run.changes(),
        journal: run.journal(),
        problem: run.problem(),
      });
      return { ...output, exitCode };
    },
    stop: (cause = 'person') => driver.send({ type: 'user.stop', cause }),
    pause: () => driver.send({ type: 'user.pause' }),
    goOn: () => driver.send({ type: 'user.goOn' }),
    say: (text) => run.say(text),
    answer(isApproved) {
      const { iteration } = driver.snapshot().context;
      driver.send({ type: isApproved ? 'user.approve' : 'user.deny', iteration });
    },
    kill: () => run.dispose(),
  };
  return agent;
}

/** Carries out what a person asks from outside, and says what came of it. */
async function obey(order: ControlOrder, agent: Agent, driver: RunDriver): Promise<ControlAnswer> {
  const { context, value } = driver.snapshot();
  const isPaused = value === 'paused' || value === 'askingPerson';
  switch (order.do) {
    case 'stop':
      agent.stop(order.from === 'inspector' ? 'person' : 'stop-command');
      return { ok: true, message: 'It is being stopped.' };
    case 'pause':
      if (value === 'paused') return { ok: true, message: 'It is paused already.' };
      agent.pause();
      return { ok: true, message: 'It pauses where nothing can be lost: at once, or after this iteration.' };
    case 'go-on':
      if (!isPaused && !context.pauseAsked) return { ok: true, message: 'It is not paused.' };
      agent.goOn();
      return { ok: true, message: 'It goes on.' };
    case 'say':
      await agent.say(order.text);
      return { ok: true, message: 'It will be told with its next decision.' };
  }
}

/** Tells what the chart itself shows: that an iteration has begun, what was decided, where the run is. */
function followChart(
  begun: number,
  run: Run,
  tell: (event: RunEvent) => void,
  onProgress: AgentOptions['onProgress'],
): (snapshot: AgentSnapshot) => void {
  let seen = { iteration: begun, decision: null as object | null, level: 'calm' as WatchdogLevel };
  return (snapshot) => {
    const { iteration, decision, watchdogLevel: level } = snapshot.context;
    if (iteration > seen.iteration) tell({ type: 'iteration.started', iteration });
    if (decision && decision !== seen.decision) tell(run.describeDecision(iteration, decision));
    if (level !== seen.level) tell({ type: 'watchdog.moved', iteration, level, repeats: run.repeats() });
    seen = { iteration, decision, level };
    // XState gives tags as the strings that the chart's own types allow.
    const tags = [...snapshot.tags] as AgentTag[];
    onProgress?.({ type: 'moved', label: labelOf(snapshot), tags, context: snapshot.context });
  };
}

/** The innermost active state of the loop, as a word: `thinking`, `executing`, `paused`. */
function labelOf({ value }: AgentSnapshot): string {
  let inner: unknown = value;
  while (typeof inner === 'object' && inner !== null) {
    inner = 'loop' in inner ? inner.loop : Object.values(inner)[0];
  }
  return String(inner);
}
