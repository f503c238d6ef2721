import { findRun, listRuns, type RunStory, type RunSummary, readRun, summaryOf } from '../journal/read.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import { reasonOf } from '../terminal/run-view.ts';
import { count, createStyle, duration, type Style, size } from '../terminal/style.ts';
import { type Command, type Invocation, jsonFlag } from './command.ts';

export const runs: Command = {
  name: 'runs',
  usage: '[RUN] [FLAGS]',
  about:
    'Lists every run, the newest first; or shows one: its iterations, how and why it ended.\nRUN is an id, the beginning of one, or "last".',
  settings: ['stateDir'],
  flags: [jsonFlag],
  examples: [
    ['gyre runs', 'what has been run'],
    ['gyre runs last', 'what the last run did, step by step'],
  ],
  maxWords: 1,
  async run(invocation) {
    const [name] = invocation.words;
    return name === undefined ? list(invocation) : show(invocation, name);
  },
};

async function list({ config, io, isJson }: Invocation): Promise<number> {
  const { runs: found, unreadable } = await listRuns(config.settings.stateDir);
  for (const { message } of unreadable) io.err.write(`${message}\n`);
  if (isJson) io.out.write(`${JSON.stringify(found)}\n`);
  else if (found.length === 0) io.err.write('There is no run yet. Start one with "gyre run".\n');
  else io.out.write(table(found, createStyle(io.useColor && io.out.isTTY), io.out.columns));
  return 0;
}

async function show({ config, io, isJson }: Invocation, name: string): Promise<number> {
  const { stateDir } = config.settings;
  const story = await readRun(stateDir, await findRun(stateDir, name));
  if (isJson) io.out.write(`${JSON.stringify({ ...summaryOf(story), saved: story.saved })}\n`);
  else io.out.write(describe(story, createStyle(io.useColor && io.out.isTTY)));
  return 0;
}

function table(found: readonly RunSummary[], style: Style, columns: number): string {
  const rows = found.map((run) => [
    run.runId,
    run.status,
    run.cause ?? '',
    String(run.iterations),
    `${duration(Date.now() - Date.parse(run.startedAt))} ago`,
    size(run.bytes),
    run.model ?? '',
    showUnseen(run.goal.replace(/\s+/g, ' ')),
  ]);
  const all = [['run', 'status', 'cause', 'iterations', 'started', 'size', 'model', 'goal'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const cut = lines.map((line) => (line.length > columns && columns > 40 ? `${line.slice(0, columns - 1)}…` : line));
  return `${cut.map((line, index) => (index === 0 ? style.faint(line) : line)).join('\n')}\n`;
}

function describe(story: RunStory, style: Style): string {
  const why = story.cause === null ? '' : `: ${reasonOf(story.cause)} (${story.cause})`;
  return `${[
    `run ${style.name(story.runId)}  ${style.strong(story.status)}${why}`,
    `  goal     ${showUnseen(story.goal)}`,
    `  model    ${story.model ?? 'none was loaded'}`,
    `  sandbox  ${story.sandbox ?? 'none was opened'}  ${story.sandboxDir}`,
    `  started  ${story.startedAt}, took ${duration(story.durationMs)}`,
    `  journal  ${story.journal} (${size(story.bytes)})`,
    '',
    ...story.saved.flatMap(({ iteration, decision, outcome, answer }) => [
      `${style.strong(String(iteration).padStart(4))}  ${whatWasDone(decision, answer)}`,
      `      ${style.faint(whatCameOfIt(outcome))}${decision?.note ? style.faint(` · ${showUnseen(decision.note)}`) : ''}`,
    ]),
    count(story.iterations, 'iteration'),
  ].join('\n')}\n`;
}

function whatWasDone(decision: RunStory['saved'][number]['decision'], answer: string | null): string {
  switch (decision?.action) {
    case 'RUN':
      return `$ ${showUnseen(decision.command).replace(/\n/g, '\n        ')}`;
    case 'SLEEP':
      return 'sleep';
    case 'STOP':
      return 'stop';
    case undefined:
      return answer === null ? '(no answer)' : `(no decision) ${showUnseen(JSON.stringify(answer.slice(0, 120)))}`;
  }
}

function whatCameOfIt({ kind, code, exitCode, durationMs }: RunStory['saved'][number]['outcome']): string {
  const exit = exitCode === null ? '' : `, exit ${exitCode}`;
  return `${code ?? kind}${exit}${durationMs > 0 ? `, ${duration(durationMs)}` : ''}`;
}
