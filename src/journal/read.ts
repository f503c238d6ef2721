import { open, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AgentError } from '../errors.ts';
import { journalFile } from './append.ts';
import {
  type IterationRecord,
  JOURNAL_SCHEMA,
  type JournalHeader,
  type JournalRecord,
  type RunResumed,
} from './format.ts';
import { isRunAlive } from './lock.ts';
import { createOutputReader, nameOutput, type ReadOutput } from './outputs.ts';
import { readRecord, readVersions } from './record-schema.ts';

/** What a journal tells of its run. */
export interface RunSummary {
  readonly runId: string;
  readonly goal: string;
  /** How it ended, `running`, or `interrupted`: neither ended nor alive. */
  readonly status: string;
  readonly cause: string | null;
  readonly iterations: number;
  readonly startedAt: string;
  /** Of the last record. */
  readonly lastAt: string;
  readonly durationMs: number;
  readonly model: string | null;
  /** The adapter that was used with it, by name. */
  readonly adapter: string | null;
  readonly sandbox: string | null;
  readonly sandboxDir: string;
  /** On the disk: the journal and what is beside it. */
  readonly bytes: number;
  readonly journal: string;
}

export interface RunStory extends RunSummary {
  readonly header: JournalHeader;
  /** How the run was started, or resumed for the last time: settings, limits and version are those in force. */
  readonly start: JournalHeader | RunResumed;
  /** Of the journal, and of it up to the end of its last whole record. */
  readonly journalBytes: number;
  readonly wholeBytes: number;
  readonly records: readonly JournalRecord[];
  readonly saved: readonly IterationRecord[];
}

/** The story without what only the journal has. */
export function summaryOf({
  header: _header,
  start: _start,
  journalBytes: _journalBytes,
  wholeBytes: _wholeBytes,
  records: _records,
  saved: _saved,
  ...summary
}: RunStory): RunSummary {
  return summary;
}

/** Every run there is, the newest first. What cannot be read is named in `unreadable` and left out. */
export async function listRuns(
  stateDir: string,
): Promise<{ runs: readonly RunSummary[]; unreadable: readonly AgentError[] }> {
  const runs: RunSummary[] = [];
  const unreadable: AgentError[] = [];
  for (const runId of await runIdsIn(stateDir)) {
    try {
      runs.push(summaryOf(await readJournal(stateDir, runId, () => nameOutput)));
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      unreadable.push(error);
    }
  }
  return { runs: runs.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)), unreadable };
}

/**
 * Finds the one run that a person means.
 * @param name an id, a prefix of one, or `last`
 * @throws AgentError `unknown-run` when none or several fit
 */
export async function findRun(stateDir: string, name: string): Promise<string> {
  const hint = 'Run "gyre runs" to see them all.';
  if (name === 'last') {
    const [newest] = (await listRuns(stateDir)).runs;
    if (!newest) throw new AgentError('unknown-run', 'There is no run yet.', { hint: 'Start one with "gyre run".' });
    return newest.runId;
  }
  const matches = (await runIdsIn(stateDir)).filter((runId) => name !== '' && runId.startsWith(name));
  const [match] = matches;
  if (match === undefined) throw new AgentError('unknown-run', `No run is called ${JSON.stringify(name)}.`, { hint });
  if (matches.length > 1 && !matches.includes(name)) {
    throw new AgentError(
      'unknown-run',
      `${matches.length} runs begin with ${JSON.stringify(name)}: ${matches.join(', ')}.`,
      {
        hint: 'Give more of the id.',
      },
    );
  }
  return matches.includes(name) ? name : match;
}

/**
 * Reads one journal. A last line that a crash has torn is left out; anything else that is no record is an error. Long
 * outputs are read from beside it; one that is missing or was changed is named in its own place.
 * @throws AgentError `journal-unreadable`, which names the file, the line and the fault
 */
export async function readRun(stateDir: string, runId: string): Promise<RunStory> {
  return readJournal(stateDir, runId, createOutputReader);
}

async function readJournal(
  stateDir: string,
  runId: string,
  createReader: (journal: string) => ReadOutput,
): Promise<RunStory> {
  const file = journalFile(stateDir, runId);
  const content = await readFile(file).catch((error: Error) => {
    throw new AgentError('journal-unreadable', `The journal ${file} cannot be read: ${error.message}.`, {
      cause: error,
    });
  });
  const { records, header, wholeBytes } = parseJournal(content, file, createReader(file));
  const ready = records.findLast((record) => record.type === 'run.ready');
  const begun = records.findLastIndex((record) => record.type === 'run.resumed');
  const resumed = records[begun];
  const ended = records.slice(begun + 1).findLast((record) => record.type === 'run.ended');
  const saved = records.filter((record) => record.type === 'iteration.saved');
  const lastAt = records.at(-1)?.time ?? header.time;
  return {
    runId,
    goal: header.goal,
    status: ended?.status ?? ((await isRunAlive(runId)) ? 'running' : 'interrupted'),
    cause: ended?.cause ?? null,
    iterations: saved.length,
    startedAt: header.time,
    lastAt,
    durationMs: ended?.durationMs ?? Date.parse(lastAt) - Date.parse(header.time),
    model: ready?.model.name ?? null,
    adapter: ready?.model.adapter ?? null,
    sandbox: ready?.sandbox ?? null,
    sandboxDir: header.sandboxDir,
    bytes: await bytesIn(dirname(file)),
    journalBytes: content.length,
    journal: file,
    header,
    start: resumed?.type === 'run.resumed' ? resumed : header,
    wholeBytes,
    records,
    saved,
  };
}

/** Bytes of all files of a directory and below it. */
async function bytesIn(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Of every run there is, in no order. */
export async function runIdsIn(stateDir: string): Promise<string[]> {
  const entries = await readdir(join(stateDir, 'runs'), { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/**
 * Reads the content of a journal.
 * @param file for the error only
 * @param readOutput what a reference to an output beside the journal becomes
 * @throws AgentError `journal-unreadable`, which names the file, the line and the fault
 */
export function parseJournal(
  content: Buffer,
  file: string,
  readOutput: ReadOutput,
): { readonly records: readonly JournalRecord[]; readonly header: JournalHeader; readonly wholeBytes: number } {
  // Every record ends with a newline: what follows the last one is the torn tail of a write that was cut off.
  const wholeBytes = content.lastIndexOf(0x0a) + 1;
  const records = parseRecords(content.subarray(0, wholeBytes).toString('utf8'), file, readOutput);
  return { records, header: headerOf(records, file), wholeBytes };
}

/** @param linesBefore of the file, when its beginning was read before */
function parseRecords(content: string, file: string, readOutput: ReadOutput, linesBefore = 0): JournalRecord[] {
  const lines = content.split('\n');
  lines.pop();
  const other = linesBefore === 0 ? readVersions(lines[0] ?? '') : null;
  if (other !== null) {
    const versions = `${other.schema} (gyre ${other.gyreVersion}); this gyre reads ${JOURNAL_SCHEMA}`;
    throw new AgentError('journal-unreadable', `${file} has schema ${versions}.`);
  }
  return lines.map((line, index) => {
    const read = readRecord(line, readOutput);
    if (read.ok) return read.record;
    throw new AgentError('journal-unreadable', `Line ${linesBefore + index + 1} of ${file} ${read.problem}.`, {
      hint: 'The file was changed or damaged after it was written.',
    });
  });
}

/**
 * Reads a journal while somebody writes it: each call answers whole records that have come since the one before, about
 * a megabyte of them at most; none when there are no more.
 * @throws AgentError `journal-unreadable`, from the call
 */
export function tailJournal(file: string): { next(): Promise<readonly JournalRecord[]> } {
  const readOutput = createOutputReader(file);
  let bytes = 0;
  let lines = 0;
  return {
    async next() {
      const added = await readLines(file, bytes).catch((error: Error) => {
        throw new AgentError('journal-unreadable', `The journal ${file} cannot be read: ${error.message}.`, {
          cause: error,
        });
      });
      const records = parseRecords(added.toString('utf8'), file, readOutput, lines);
      bytes += added.length;
      lines += records.length;
      return records;
    },
  };
}

const CHUNK = 1024 * 1024;

/** Whole lines, from a place on: as many as lie in a chunk, and at least one, if there is one. */
async function readLines(file: string, start: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    for (let length = Math.min(CHUNK, size - start); ; length = Math.min(2 * length, size - start)) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, length)), 0, undefined, start);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
      if (end > 0 || length >= size - start) return buffer.subarray(0, end);
    }
  } finally {
    await handle.close();
  }
}

function headerOf(records: readonly JournalRecord[], file: string): JournalHeader {
  const [header] = records;
  if (header?.type === 'run.opened') return header;
  throw new AgentError('journal-unreadable', `${file} does not begin as a journal does.`);
}
