import {
  type AgentContext,
  assertNever,
  type Limits,
  type RunEvent,
  type RunLine,
  type RunProgress,
  type WatchdogLevel,
} from '../machine/types.ts';
import { describeChanges } from '../protocol/box-changes.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import { reasonOf } from './reasons.ts';
import { createStatusLine, type LiveSink } from './status-line.ts';
import { count, duration, type Style } from './style.ts';

const MAX_OUTPUT_LINES = 8;

export interface RunView {
  show(line: RunLine): void;
  progress(progress: RunProgress): void;
  /** A question that is answered by a key. */
  ask(question: string): void;
  close(): void;
}

/** What a person sees of a run: a block for each iteration, and on a terminal a status line below. */
export function createRunView(options: {
  readonly sink: LiveSink;
  readonly style: Style;
  readonly version: string;
  /** Keys are listened to. */
  readonly hasKeyboard: boolean;
}): RunView {
  const { sink, style } = options;
  const status = createStatusLine(sink);
  const print = (...lines: string[]) => status.above(lines);
  let thinkingSince = 0;
  let watchdog: string | null = null;
  let context: AgentContext | null = null;

  function showDecision(event: Extract<RunEvent, { type: 'decision.made' }>) {
    const seconds =
      thinkingSince > 0 ? style.faint(`  thought for ${duration(performance.now() - thinkingSince)}`) : '';
    if (event.note) print(`  ${oneLine(event.note, 200)}${seconds}`);
    else if (seconds) print(` ${seconds}`);
    if (event.action === 'SLEEP') print(`  ${style.name('sleep')} ${duration(event.sleepMs ?? 0)}`);
    if (event.action === 'STOP') print(`  ${style.name('stop')}`);
    if (event.command !== undefined) print(...commandLines(event.command, style));
    if (event.verdict === 'deny')
      print(`  ${style.bad(`${style.marks.failure} denied`)} (${event.rule}): ${oneLine(event.reason ?? '', 300)}`);
  }

  function showOutcome({ outcome, message }: Extract<RunEvent, { type: 'iteration.saved' }>) {
    print(...outputLines(outcome.stdout, style), ...outputLines(outcome.stderr, style));
    const { ok, setback, failure, separator } = style.marks;
    const time = outcome.durationMs > 0 ? style.faint(`${separator}${duration(outcome.durationMs)}`) : '';
    const cut = outcome.truncated ? style.faint(`${separator}output was cut`) : '';
    const exit = outcome.exitCode === null ? '' : ` exit ${outcome.exitCode}`;
    if (outcome.kind === 'ok') print(`  ${style.good(ok)}${exit || ' ok'}${time}${cut}`);
    else if (outcome.kind === 'setback') print(`  ${style.warn(setback)}${exit}${time}${cut}`);
    else {
      const signal = outcome.signal ? ` (${outcome.signal})` : '';
      print(`  ${style.bad(failure)} ${outcome.code}${signal}${time}${cut}`);
      if (message && outcome.code !== 'command-denied') print(...outputLines(message, style));
    }
  }

  function show(event: RunLine) {
    switch (event.type) {
      case 'run.started':
        print(...header(event, options));
        return;
      case 'iteration.started':
        print('', style.strong(style.marks.iteration(`${event.iteration}${ofMaximum(context)}`)));
        return;
      case 'decision.made':
        showDecision(event);
        return;
      case 'iteration.saved':
        showOutcome(event);
        if (watchdog !== null) print(watchdog);
        watchdog = null;
        return;
      case 'watchdog.moved':
        // Told before the outcome that it is about; it reads better behind it.
        watchdog = `  ${style.warn(`watchdog: ${watchdogWords[event.level](event.repeats)}`)}`;
        return;
      case 'notice':
        print(`${style.warn('!')} ${event.message}`);
        return;
      case 'inspector.opened':
        print(`${style.faint('inspector')} ${style.name(event.url)}`);
        if (event.statelyUrl !== null) print(`${style.faint('stately  ')} ${style.name(event.statelyUrl)}`);
        return;
      case 'run.ended':
        status.clear();
        print(...footer(event, style));
        return;
      default:
        assertNever(event);
    }
  }

  return {
    show,
    progress(progress) {
      switch (progress.type) {
        case 'opening':
          status.set(openingText(progress.what, progress.fraction));
          return;
        case 'moved':
          if (progress.label === 'thinking' && context?.iteration !== undefined) thinkingSince = performance.now();
          context = progress.context;
          status.startOver(progress.tags.includes('ended') ? '' : `${progress.label} · ${counters(progress.context)}`);
          return;
        case 'text':
          status.append(progress.text);
          return;
        default:
          assertNever(progress);
      }
    },
    ask(question) {
      print(style.strong(`? ${question}`));
    },
    close: () => status.close(),
  };
}

/** What the watchdog has seen, and what it does about it. */
const watchdogWords: Readonly<Record<WatchdogLevel, (repeats: number) => string>> = {
  calm: () => 'it gets somewhere again',
  suspicious: (repeats) => `${repeats} in a row brought nothing new`,
  nudged: (repeats) => `${repeats} in a row brought nothing new; the model is told`,
  diversifying: (repeats) => `${repeats} in a row brought nothing new; the model is asked in another way`,
  givingUp: (repeats) => `${repeats} in a row brought nothing new, and nothing has helped`,
};

function header(
  event: Extract<RunLine, { type: 'run.started' }>,
  { style, version, hasKeyboard }: Parameters<typeof createRunView>[0],
): string[] {
  const stop = `Ctrl+C, or touch ${event.sandboxDir}/STOP${hasKeyboard ? '; p pauses' : ''}`;
  const rows: [string, string | null][] = [
    ['goal', oneLine(event.goal, 400)],
    ['model', event.model?.summary ?? null],
    ['sandbox', event.sandbox && `${event.sandbox}: ${event.sandboxSummary}`],
    ['box', event.sandboxDir],
    ['limits', describeLimits(event.limits, style.marks.separator)],
    ['journal', event.journal],
    ['to stop', stop],
  ];
  const shown = rows.filter(([, value]) => value !== null);
  return [
    `${style.strong('gyre')} ${version}${style.marks.separator}run ${style.name(event.runId)}`,
    ...shown.map(([label, value]) => `  ${style.faint(`${label}:`)} ${value}`),
  ];
}

function footer(event: Extract<RunLine, { type: 'run.ended' }>, style: Style): string[] {
  const paint = event.status === 'completed' ? style.good : event.status === 'failed' ? style.bad : style.warn;
  const tokens = event.tokens.evaluated + event.tokens.generated;
  const rows: [string, string | null][] = [
    ['took', `${count(event.iterations, 'iteration')} in ${duration(event.durationMs)}, ${count(tokens, 'token')}`],
    ['changed', describeChanges(event.changes, 'nothing in the box')],
    ['journal', event.journal],
    ['next', event.journal && `gyre runs ${event.runId}`],
  ];
  const problem = event.problem
    ? [`  ${event.problem.message}`, ...(event.problem.hint ? [`  ${event.problem.hint}`] : [])]
    : [];
  return [
    '',
    `${paint(style.strong(event.status))}: ${reasonOf(event.cause)} (${event.cause}, exit code ${event.exitCode})`,
    ...problem,
    ...rows.filter(([, value]) => value !== null).map(([label, value]) => `  ${style.faint(`${label}:`)} ${value}`),
  ];
}

export function describeLimits(limits: Limits, separator = ' · '): string {
  const parts = [
    limits.maxIterations === null ? 'no end of iterations' : count(limits.maxIterations, 'iteration'),
    limits.maxConsecutiveFailures !== null && `${count(limits.maxConsecutiveFailures, 'failure')} in a row`,
    limits.maxDurationMs !== null && duration(limits.maxDurationMs),
    limits.maxTotalTokens !== null && count(limits.maxTotalTokens, 'token'),
  ];
  return parts.filter((part) => part !== false).join(separator);
}

function counters({ iteration, limits, failures }: AgentContext): string {
  const of = limits.maxConsecutiveFailures === null ? '' : `/${limits.maxConsecutiveFailures}`;
  return `iteration ${iteration}${limits.maxIterations === null ? '' : `/${limits.maxIterations}`} · failures ${failures}${of}`;
}

function ofMaximum(context: AgentContext | null): string {
  const maximum = context?.limits.maxIterations;
  return maximum === null || maximum === undefined ? '' : ` of ${maximum}`;
}

function openingText(what: 'sandbox' | 'model', fraction: number | null): string {
  const verb = what === 'model' ? 'loading the model' : 'testing the sandbox';
  return fraction === null ? verb : `${verb} ${Math.round(fraction * 100)} %`;
}

function commandLines(command: string, style: Style): string[] {
  return command
    .slice(0, 2000)
    .trim()
    .split('\n')
    .map((line, index) => `  ${style.name(index === 0 ? '$' : '>')} ${showUnseen(line)}`);
}

function outputLines(text: string, style: Style): string[] {
  const lines = text.replace(/\n+$/, '').split('\n');
  if (lines.length === 1 && lines[0] === '') return [];
  const rest = lines.length - MAX_OUTPUT_LINES;
  const shown = lines.slice(0, MAX_OUTPUT_LINES).map((line) => `    ${style.faint(oneLine(line, 300))}`);
  return rest > 0 ? [...shown, `    ${style.faint(`… ${count(rest, 'more line')}`)}`] : shown;
}

function oneLine(text: string, atMost: number): string {
  const line = showUnseen(text.replace(/\s*\n\s*/g, ' ').trimEnd());
  return line.length > atMost ? `${line.slice(0, atMost)}…` : line;
}
