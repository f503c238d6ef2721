import { describeChart } from '../../dist/inspector/describe-chart.js';
import { createFrameMaker } from '../../dist/inspector/frames.js';
import { MACHINE_VERSION } from '../../dist/machine/agent.machine.js';

/** @typedef {import('../../dist/inspector/messages.js').Frame} Frame */
/** @typedef {import('../../dist/inspector/messages.js').Hello} Hello */
/** @typedef {import('../../dist/machine/types.js').Decision} Decision */
/** @typedef {import('../../dist/machine/types.js').Verdict} Verdict */
/** @typedef {import('../../dist/machine/types.js').Outcome} Outcome */

/**
 * One iteration, with what is other than usual.
 * @typedef {object} Told
 * @property {Decision | null} [decision]
 * @property {string} [answer]
 * @property {Verdict | null} [verdict]
 * @property {Partial<Outcome>} [outcome]
 * @property {string} [stdout]
 * @property {string} [stderr]
 * @property {string | null} [message]
 * @property {readonly string[]} [added]
 * @property {readonly string[]} [files]
 * @property {string | null} [nudge]
 * @property {string} [workingDirectory]
 * @property {number} [repeats]
 * @property {{ prompt: number, evaluated: number, generated: number, speed: number }} [effort]
 * @property {number} [ms] How long each step takes.
 */

let chart;

/**
 * Tells a run that never was: its journal's records, as frames of the real chart.
 * @param {{ goal?: string, runId?: string, model?: string, sandboxDir?: string, maxIterations?: number }} [options]
 */
export async function tellRun(options = {}) {
  const { goal = 'Keep a log', runId = 'r4k7m2p9qx', model = 'qwen3-4b', sandboxDir = '~/gyre/box' } = options;
  chart ??= await describeChart();
  const limits = {
    maxIterations: options.maxIterations ?? 40,
    maxConsecutiveFailures: 5,
    maxDurationMs: null,
    maxTotalTokens: null,
  };
  const startedAt = Date.parse('2026-03-02T09:30:00.000Z');
  const maker = createFrameMaker();
  /** @type {Frame[]} */
  const frames = [];
  let now = startedAt;
  let iteration = 0;
  let total = { evaluated: 0, generated: 0 };

  const time = () => new Date(now).toISOString();
  function add(record, ms = 40) {
    now += ms;
    const added = maker.add([{ ...record, time: time() }]);
    frames.push(...added);
    return added;
  }
  const move = (actor, output, ms) =>
    add({ type: 'chart.moved', event: { type: `xstate.done.actor.${actor}`, output, actorId: actor }, state: '' }, ms);

  const input = {
    ...{ runId, goal, limits, patience: { nudgeAfter: 3, diversifyAfter: 5, giveUpAfter: 8 }, loopIntervalMs: 1000 },
    ...{ hasCheck: false, checkEach: false, approve: false, isPersonThere: true, startedAtMs: startedAt },
  };
  /** @type {Hello} */
  const hello = {
    ...{ type: 'hello', runId, goal, gyreVersion: '0.1.0', sandboxDir, startedAt: time(), limits, isLive: true },
    ...{ note: null, chart },
  };

  /** @param {Told} [told] */
  function thinking(told = {}) {
    iteration++;
    return move('readSurroundings', null, told.ms ?? 20);
  }

  /** @param {Told} [told] */
  function decided(told = {}) {
    const { decision = { action: 'RUN', command: 'ls -la', note: 'look around' }, verdict = verdictOf(decision) } =
      told;
    const { prompt, evaluated, generated, speed } = told.effort ?? {
      prompt: 1840,
      evaluated: 212,
      generated: 34,
      speed: 11.4,
    };
    total = { evaluated: total.evaluated + evaluated, generated: total.generated + generated };
    const answer = told.answer ?? answerOf(decision);
    const effort = { promptTokens: prompt, tokensPerSecond: speed };
    const made = move('think', { ok: true, answer, tokens: { evaluated, generated }, effort }, told.ms ?? 3100);
    if (decision?.action === 'RUN' && verdict?.kind === 'allow')
      made.push(
        ...add(
          {
            type: 'command.intended',
            iteration,
            command: decision.command,
            workingDirectory: told.workingDirectory ?? '',
          },
          2,
        ),
      );
    const problem = decision === null ? { problem: 'There was no <action>, or it was not closed.' } : {};
    made.push(...move('validate', { decision, verdict, atMs: now, ...problem }, 4));
    return made;
  }

  /** @param {Told} [told] */
  function done(told = {}) {
    const { decision = { action: 'RUN', command: 'ls -la', note: 'look around' }, verdict = verdictOf(decision) } =
      told;
    const isRun = decision?.action === 'RUN' && verdict?.kind === 'allow';
    const outcome = { ...usualOutcome(decision, verdict), ...told.outcome };
    const { stdout = '', stderr = '', message = null, added = [], files = ['notes/'], workingDirectory = '' } = told;
    const made = [];
    if (isRun) made.push(...move('runCommand', { ok: true, outcome, workingDirectory }, outcome.durationMs));
    if (decision?.action === 'SLEEP') made.push(...move('sleepUntil', null, decision.sleepMs ?? 1000));
    const surroundings = {
      workingDirectory,
      files,
      filesOmitted: 0,
      last: null,
      ...(told.nudge ? { nudge: told.nudge } : {}),
    };
    const changes = { added, changed: [], removed: [], isPartial: false };
    made.push(
      ...add(
        {
          ...{
            type: 'iteration.saved',
            iteration,
            surroundings,
            decision,
            verdict,
            outcome,
            output: { stdout, stderr },
          },
          ...{
            answer: decision === null ? (told.answer ?? '') : null,
            message,
            changes,
            workingDirectory,
            tokens: total,
          },
        },
        3,
      ),
      ...move('observe', { repeats: told.repeats ?? 0 }, 2),
      ...move('saveIteration', { ok: true, atMs: now }, 6),
    );
    return made;
  }

  /**
   * @param {string} status
   * @param {string} cause
   * @param {readonly string[]} added
   * @param {{ message: string, hint?: string } | null} problem
   */
  function end(status = 'completed', cause = 'agent-stop', added = ['notes/', 'notes/log.md'], problem = null) {
    const changes = { added, changed: [], removed: [], isPartial: false };
    const ended = { type: 'run.ended', status, cause, iterations: iteration, durationMs: now - startedAt };
    return [...add({ ...ended, tokens: total, changes, problem }), ...move('closeRun', { saved: iteration })];
  }

  return {
    hello,
    frames,
    open: () => {
      const header = {
        type: 'run.opened',
        schema: 3,
        machineVersion: MACHINE_VERSION,
        gyreVersion: '0.1.0',
        runId,
        goal,
      };
      const made = add({ ...header, sandboxDir, limits, settings: {}, input, state: '' }, 0);
      made.push(...add({ type: 'run.ready', model: { name: model, file: model }, sandbox: 'bubblewrap' }, 900));
      return [...made, ...move('openRun', { ok: true })];
    },
    thinking,
    decided,
    done,
    rested: () => move('awaitRest', null, 1000),
    /** All of one iteration, and the rest before the next. @param {Told} [told] */
    iteration: (told) => [
      ...thinking(told),
      ...decided(told),
      ...done(told),
      ...move('awaitRest', null, told?.ms ?? 1000),
    ],
    /** The last one, which says that it is done. @param {string} note */
    stop: (note) => {
      /** @type {Told} */
      const told = { decision: { action: 'STOP', note } };
      return [...thinking(told), ...decided(told), ...done(told)];
    },
    said: (text) => add({ type: 'person.said', text }),
    pause: () => add({ type: 'chart.moved', event: { type: 'user.pause' }, state: '' }),
    goOn: () => add({ type: 'chart.moved', event: { type: 'user.goOn' }, state: '' }),
    end,
    story: () => ({ hello: { ...hello, isLive: false }, frames }),
  };
}

/**
 * As many frames as wanted, which repeat those of a whole iteration under new numbers.
 * @param {readonly Frame[]} frames what there is
 * @param {number} length
 * @returns {Frame[]}
 */
export function grownTo(frames, length) {
  const grown = [...frames];
  const last = frames.at(-1)?.iteration ?? 0;
  const repeated = frames.filter(({ iteration }) => iteration === last - 1);
  for (let copy = 1; grown.length < length; copy++)
    for (const frame of repeated)
      if (grown.length < length) grown.push(renumbered(frame, grown.length, last - 1 + copy));
  return grown;
}

function renumbered(frame, index, iteration) {
  const isBegin = frame.kind === 'moved' && 'iteration' in frame.context;
  return { ...frame, index, iteration, ...(isBegin ? { context: { ...frame.context, iteration } } : {}) };
}

function answerOf(decision) {
  if (decision === null) return 'I think I will do it.';
  const { action, note } = decision;
  const inside =
    action === 'RUN'
      ? `<command>${decision.command}</command>`
      : action === 'SLEEP'
        ? `<sleepMs>${decision.sleepMs}</sleepMs>`
        : '';
  return `<action>${action}</action>${inside}<note>${note}</note>`;
}

function verdictOf(decision) {
  return decision?.action === 'RUN' ? { kind: 'allow' } : null;
}

function usualOutcome(decision, verdict) {
  const none = { exitCode: null, truncated: false, durationMs: 0 };
  if (decision === null) return { ...none, kind: 'failure', code: 'malformed-decision' };
  if (verdict?.kind === 'deny') return { ...none, kind: 'failure', code: 'command-denied' };
  if (decision.action === 'RUN') return { kind: 'ok', exitCode: 0, truncated: false, durationMs: 46 };
  return { ...none, kind: 'ok' };
}
