import { envOf, flagOf, type SettingName } from '../config.ts';
import { AgentError } from '../errors.ts';
import { type ExplainedStep, explainSteps } from '../journal/explain.ts';
import type { IterationRecord, JournalRecord } from '../journal/format.ts';
import { findRun, type RunStory, readRun } from '../journal/read.ts';
import { MACHINE_VERSION } from '../machine/agent.machine.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import { reasonOf } from '../terminal/reasons.ts';
import { count, createStyle, duration, type Style } from '../terminal/style.ts';
import { type Command, jsonFlag } from './command.ts';

export const why: Command = {
  name: 'why',
  usage: 'RUN [N] [FLAGS]',
  about:
    'Tells from a run\'s own records why it ended, or, with N, how its iteration N went: every event, every guard that was\nasked, and where that led. RUN is an id, the beginning of one, or "last".',
  settings: ['stateDir'],
  flags: [jsonFlag],
  examples: [
    ['gyre why last', 'why did the last run end?'],
    ['gyre why last 12', 'what happened in its iteration 12?'],
  ],
  maxWords: 2,
  async run({ config, words, io, isJson }) {
    const { stateDir } = config.settings;
    const [name, number] = words;
    if (name === undefined) throw new AgentError('usage', 'No run is named.', { hint: 'gyre why last' });
    const story = await readRun(stateDir, await findRun(stateDir, name));
    const iteration = number === undefined ? null : readIteration(number, story);
    const steps = story.start.machineVersion === MACHINE_VERSION ? explainSteps(story.records) : null;
    const wanted = steps?.filter((step) => (iteration === null ? decides(step) : isOf(step, iteration))) ?? [];
    const sentences = iteration === null ? tellEnd(story) : tellIteration(story, iteration);
    const gap = steps === null ? otherVersion(story.start) : wanted.length === 0 ? NOT_HELD : null;
    if (isJson) {
      const chart = wanted.map(({ event, from, to, guards, time }) => ({
        time,
        event: event?.type ?? null,
        from,
        to,
        guards,
      }));
      io.out.write(`${JSON.stringify({ runId: story.runId, iteration, sentences, chart, gap })}\n`);
      return 0;
    }
    const style = createStyle(io.useColor && io.out.isTTY);
    const lines = [...sentences, '', ...(gap === null ? wanted.flatMap((step) => tellStep(step, style)) : [gap])];
    io.out.write(`${lines.join('\n')}\n`);
    return 0;
  },
};

const NOT_HELD = 'The journal does not hold the events that led there: it was cut off before they were on the disk.';

function otherVersion({ machineVersion }: RunStory['start']): string {
  return `The events are those of version ${machineVersion} of the chart, and this gyre has version ${MACHINE_VERSION}: it does not guess what they meant.`;
}

function readIteration(text: string, { iterations, runId }: RunStory): number {
  const number = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= iterations) return number;
  const has = iterations === 0 ? 'no iteration' : `iterations 1 to ${iterations}`;
  throw new AgentError('usage', `Run ${runId} has ${has}, and not ${JSON.stringify(text)}.`, {
    hint: 'Run "gyre runs RUN" to see them all.',
  });
}

/** The event that decided the end; of a run that was cut off, the last one. */
function decides({ before, after }: ExplainedStep): boolean {
  return before?.context.ending === null && after?.context.ending !== null;
}

function isOf({ event, before }: ExplainedStep, iteration: number): boolean {
  return event !== null && before?.context.iteration === iteration && before.value !== 'stopping';
}

function tellStep({ event, from, to, guards, time }: ExplainedStep, style: Style): string[] {
  const deciding = guards.findLast(({ holds }) => holds)?.name;
  const asked = guards.map(({ name, holds }) => `${name}: ${holds ? 'yes' : 'no'}`).join(', ');
  return [
    `${style.faint(time.slice(11, 23))}  ${style.strong(nameEvent(event?.type ?? 'start'))}${deciding === undefined ? '' : ` · ${deciding}`}`,
    `              ${tellWay(from, to)}`,
    ...(asked === '' ? [] : [style.faint(`              guards asked: ${asked}`)]),
  ];
}

/** What is the same before and after, such as the other region, is left out. */
function tellWay(from: string | null, to: string | null): string {
  if (from === to) return `stays in ${to}`;
  const [before, after] = [from?.split(' + ') ?? [], to?.split(' + ') ?? []];
  const moved = (paths: readonly string[], others: readonly string[]) =>
    paths.filter((path) => !others.includes(path)).join(' + ');
  return `${moved(before, after)} → ${moved(after, before)}`;
}

/** `xstate.done.actor.think` is how XState says that `think` has answered. */
function nameEvent(type: string): string {
  return type
    .replace(/^xstate\.done\.actor\.(.+)$/, '$1 answered')
    .replace(/^xstate\.error\.actor\.(.+)$/, '$1 failed');
}

function tellEnd(story: RunStory): string[] {
  const ended = story.records.findLast((record) => record.type === 'run.ended');
  if (!ended) return tellUnended(story);
  const when = story.iterations === 0 ? 'before its first iteration' : `after iteration ${story.iterations}`;
  return [
    `Run ${story.runId} ended ${when} as ${ended.status}: ${reasonOf(ended.cause)} (${ended.cause}).`,
    ...tellCause(ended, story),
  ];
}

type Ended = Extract<JournalRecord, { type: 'run.ended' }>;

function tellCause(ended: Ended, { start, saved, iterations, records }: RunStory): string[] {
  const { limits } = start;
  switch (ended.cause) {
    case 'consecutive-failures': {
      const row = lastFailures(saved);
      const codes = row.map(({ outcome }) => outcome.code ?? outcome.kind).join(', ');
      const range = row.length > 1 ? `${row[0]?.iteration}–${row.at(-1)?.iteration}` : `${row[0]?.iteration}`;
      return [
        `${count(row.length, 'failure')} in a row (${range}: ${codes}); limit ${limits.maxConsecutiveFailures} from ${settingName('maxConsecutiveFailures')}.`,
        ...tellLast(saved),
      ];
    }
    case 'max-iterations':
      return [
        `It has made ${count(iterations, 'iteration')}; limit ${limits.maxIterations} from ${settingName('maxIterations')}.`,
      ];
    case 'max-total-tokens': {
      const used = ended.tokens.evaluated + ended.tokens.generated;
      return [
        `It has used ${count(used, 'token')}; limit ${limits.maxTotalTokens} from ${settingName('maxTotalTokens')}.`,
      ];
    }
    case 'max-duration':
      return [
        `It has taken ${duration(ended.durationMs)}, pauses included; limit ${duration(limits.maxDurationMs ?? 0)} from ${settingName('maxDurationMs')}.`,
      ];
    case 'agent-stop':
      return [...tellLast(saved), 'No check was set, so this is what the agent says, and nobody has looked.'];
    case 'check-passed':
      return [`The check exited with 0: ${showUnseen(String(start.settings['check'] ?? ''))}`, ...tellLast(saved)];
    case 'watchdog': {
      const repeats = lastRepeats(records);
      const range = `${iterations - repeats + 1}–${iterations}`;
      return [
        `${count(repeats, 'iteration')} in a row (${range}) brought nothing new; limit ${start.input.patience.giveUpAfter} from ${settingName('giveUpAfter')}.`,
        ...tellLast(saved),
      ];
    }
    default:
      return ended.problem === null
        ? tellLast(saved)
        : [ended.problem.message, ...(ended.problem.hint === undefined ? [] : [ended.problem.hint])];
  }
}

/** Its last records are all there is to tell. */
function tellUnended({ runId, status, records, saved, lastAt }: RunStory): string[] {
  if (status === 'running') return [`Run ${runId} has not ended: it is running.`, ...tellLast(saved)];
  const intent = records.findLast((record) => record.type === 'command.intended');
  const isOpen = intent !== undefined && !saved.some(({ iteration }) => iteration === intent.iteration);
  return [
    `Run ${runId} did not end: its process was gone after ${lastAt}, and wrote no reason.`,
    ...(isOpen
      ? [
          `Iteration ${intent.iteration} was about to run, or was running: ${showUnseen(intent.command)}`,
          'It may have run fully, partly or not.',
        ]
      : []),
    ...tellLast(saved),
  ];
}

function tellIteration({ saved }: RunStory, iteration: number): string[] {
  const record = saved.find((candidate) => candidate.iteration === iteration);
  return record === undefined ? [] : describe(record);
}

function tellLast(saved: readonly IterationRecord[]): string[] {
  const last = saved.at(-1);
  return last === undefined ? [] : describe(last);
}

function describe({ iteration, decision, verdict, outcome, message }: IterationRecord): string[] {
  const { kind, code, exitCode, signal, durationMs } = outcome;
  const note = decision === null || decision.note === '' ? '' : ` (its note: ${showUnseen(decision.note)})`;
  const what =
    decision === null
      ? 'the answer was no decision'
      : decision.action === 'RUN'
        ? `RUN ${showUnseen(decision.command)}`
        : decision.action;
  const how = [
    code ?? kind,
    ...(exitCode === null ? [] : [`exit code ${exitCode}`]),
    ...(signal === undefined ? [] : [signal]),
    ...(durationMs > 0 ? [duration(durationMs)] : []),
  ].join(', ');
  return [
    `Iteration ${iteration}: ${what}${note}.`,
    ...(verdict?.kind === 'deny'
      ? [`The policy denied it by its rule ${verdict.rule}: ${showUnseen(verdict.reason)}`]
      : []),
    `What came of it: ${how}.`,
    ...(message === null || message === '' || verdict?.kind === 'deny' ? [] : [showUnseen(message)]),
  ];
}

function lastFailures(saved: readonly IterationRecord[]): readonly IterationRecord[] {
  const isNoFailure = ({ outcome }: IterationRecord) => outcome.kind === 'ok';
  const since = saved.findLastIndex(isNoFailure) + 1;
  // Setbacks and a person's no neither count nor break the row.
  return saved.slice(since).filter(({ outcome }) => outcome.kind === 'failure' && outcome.byPerson !== true);
}

/** What the watchdog was told last. */
function lastRepeats(records: readonly JournalRecord[]): number {
  const judged = records.findLast(
    (record) => record.type === 'chart.moved' && record.event.type === 'xstate.done.actor.observe',
  );
  const output: unknown = judged?.type === 'chart.moved' ? judged.event['output'] : null;
  const hasRepeats = typeof output === 'object' && output !== null && 'repeats' in output;
  return hasRepeats ? Number(output.repeats) : 0;
}

function settingName(name: SettingName): string {
  return `${flagOf(name)} (${envOf(name)})`;
}
