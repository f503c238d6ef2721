import { setTimeout } from 'node:timers/promises';
import { AgentError } from '../errors.ts';
import { isRunAlive } from '../journal/lock.ts';
import { pruneRuns } from '../journal/prune.ts';
import { findRun, listRuns, type RunSummary, readRun, summaryOf, tailJournal } from '../journal/read.ts';
import { type Found, searchRun } from '../journal/search.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import { count, createStyle, duration, type Style, size } from '../terminal/style.ts';
import { formatTable } from '../terminal/table.ts';
import { type Command, type Invocation, jsonFlag } from './command.ts';
import { showCoverage } from './run-coverage.ts';
import { writeRunPage } from './run-page.ts';
import { describeEnd, describeHead, describeIteration, describeRun } from './run-story.ts';

export const runs: Command = {
  name: 'runs',
  usage: '[RUN] [FLAGS]',
  about:
    'Lists every run, the newest first; or shows one: its iterations, how and why it ended.\nRUN is an id, the beginning of one, or "last".',
  settings: ['stateDir'],
  flags: [
    jsonFlag,
    { name: 'follow', about: 'Shows a live run as it goes on, until it ends.' },
    {
      name: 'search',
      value: 'TEXT',
      about: 'Searches commands, notes and outputs: of RUN, or of all runs. Exit code 1: nothing found.',
    },
    {
      name: 'prune',
      value: 'SIZE',
      about: 'Removes the oldest ended runs until all take no more than SIZE, such as 500MB or 2GB.',
    },
    { name: 'html', value: 'FILE', about: 'Writes RUN as one page that shows all of it without gyre.' },
    { name: 'coverage', about: 'How often each state and transition of the chart was taken, by RUN or by all runs.' },
  ],
  examples: [
    ['gyre runs', 'what has been run'],
    ['gyre runs last', 'what the last run did, step by step'],
    ['gyre runs last --follow', 'and what it is doing now'],
    ['gyre runs --search "No such file"', 'where did that happen?'],
    ['gyre runs --prune 1GB', 'keep the newest, up to 1 GB'],
    ['gyre runs last --html run.html', 'a page to send to somebody, or to keep'],
    ['gyre runs --coverage', 'which ways of the chart were never taken?'],
  ],
  maxWords: 1,
  async run(invocation) {
    const { words, flags } = invocation;
    const [name] = words;
    const text = flags.get('search');
    const limit = flags.get('prune');
    const file = flags.get('html');
    const asked = ['follow', 'search', 'prune', 'html', 'coverage'].filter((flag) => flags.has(flag));
    if (asked.length > 1) throw new AgentError('usage', `--${asked.join(' and --')} exclude each other.`);
    if (limit !== undefined) return prune(invocation, limit);
    if (text !== undefined) return search(invocation, text);
    if (file !== undefined) return writeRunPage(invocation, name ?? 'last', file);
    if (flags.has('coverage')) return showCoverage(invocation);
    if (flags.has('follow')) return follow(invocation, name ?? 'last');
    return name === undefined ? list(invocation) : show(invocation, name);
  },
};

async function prune({ words, config, io, isJson }: Invocation, limit: string): Promise<number> {
  if (words.length > 0) throw new AgentError('usage', '--prune is about all runs: leave RUN out.');
  const maxBytes = readSize(limit);
  const { removed, before, after } = await pruneRuns(config.settings.stateDir, maxBytes);
  const ids = removed.map(({ runId }) => runId);
  if (isJson) io.out.write(`${JSON.stringify({ removed: ids, before, after })}\n`);
  else {
    const kept = after > maxBytes ? ` ${size(after)} are left: what runs, or can be resumed, stays.` : '';
    io.out.write(`Removed ${count(ids.length, 'run')}: ${size(before)} before, ${size(after)} now.${kept}\n`);
  }
  return 0;
}

function readSize(text: string): number {
  const [, number, unit = ''] = /^(\d{1,15}) ?([KMGT]?B?)$/i.exec(text.trim()) ?? [];
  if (number === undefined) {
    throw new AgentError('usage', `--prune: expected a size such as 500MB or 2GB, got ${JSON.stringify(text)}.`);
  }
  return Number(number) * 1000 ** ' KMGT'.indexOf((unit.toUpperCase().replace('B', '') || ' ').slice(0, 1));
}

async function search({ words: [name], config, io, isJson }: Invocation, text: string): Promise<number> {
  if (text.trim() === '') throw new AgentError('usage', '--search: there is nothing to look for.');
  const { stateDir } = config.settings;
  const ids =
    name === undefined ? (await listRuns(stateDir)).runs.map(({ runId }) => runId) : [await findRun(stateDir, name)];
  const found: (Found & { readonly runId: string })[] = [];
  for (const runId of ids) {
    const story = await readRun(stateDir, runId);
    found.push(...searchRun(story, text).map((place) => ({ runId, ...place })));
  }
  if (isJson) io.out.write(`${JSON.stringify(found)}\n`);
  else if (found.length === 0) io.err.write(`Nothing of ${count(ids.length, 'run')} holds ${JSON.stringify(text)}.\n`);
  else {
    const style = createStyle(io.useColor && io.out.isTTY);
    const lines = found.map(
      ({ runId, iteration, where, line }) =>
        `${style.name(runId)} ${style.strong(String(iteration).padStart(4))} ${style.faint(where.padEnd(7))} ${showUnseen(line)}`,
    );
    io.out.write(`${lines.join('\n')}\n`);
  }
  return found.length === 0 ? 1 : 0;
}

/** Shows what is there, and then each iteration once it is saved. */
async function follow({ config, io, isJson }: Invocation, name: string): Promise<number> {
  const { stateDir } = config.settings;
  const runId = await findRun(stateDir, name);
  const style = createStyle(io.useColor && io.out.isTTY);
  const story = await readRun(stateDir, runId);
  if (!isJson) io.out.write(`${describeHead(story, style).join('\n')}\n\n`);
  const tail = tailJournal(story.journal);
  for (let isOver = false; !isOver; ) {
    // Asked before the journal is read: what a run writes last is there when it is gone.
    isOver = !(await isRunAlive(runId));
    for (let records = await tail.next(); records.length > 0; records = await tail.next()) {
      for (const record of records) {
        if (record.type === 'run.ended') isOver = true;
        if (record.type === 'run.resumed') isOver = false;
        if (record.type !== 'iteration.saved') continue;
        io.out.write(`${isJson ? JSON.stringify(record) : describeIteration(record, style).join('\n')}\n`);
      }
    }
    if (!isOver) await setTimeout(FOLLOW_MS);
  }
  if (!isJson) io.out.write(`${describeEnd(await readRun(stateDir, runId), style)}\n`);
  return 0;
}

const FOLLOW_MS = 300;

async function list({ config, io, isJson }: Invocation): Promise<number> {
  const { runs: found, unreadable } = await listRuns(config.settings.stateDir);
  for (const { message } of unreadable) io.err.write(`${message}\n`);
  if (isJson) io.out.write(`${JSON.stringify(found)}\n`);
  else if (found.length === 0) io.err.write('There is no run yet. Start one with "gyre run".\n');
  else {
    const columns = io.out.isTTY ? io.out.columns : Number.POSITIVE_INFINITY;
    io.out.write(table(found, createStyle(io.useColor && io.out.isTTY), columns));
  }
  return 0;
}

async function show({ config, io, isJson }: Invocation, name: string): Promise<number> {
  const { stateDir } = config.settings;
  const story = await readRun(stateDir, await findRun(stateDir, name));
  if (isJson) io.out.write(`${JSON.stringify({ ...summaryOf(story), saved: story.saved })}\n`);
  else io.out.write(describeRun(story, createStyle(io.useColor && io.out.isTTY)));
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
  const head = ['run', 'status', 'cause', 'iterations', 'started', 'size', 'model', 'goal'];
  return formatTable(head, rows, style, columns);
}
