import { writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AgentError } from '../errors.ts';
import { makePrivateDirectory, syncDirectory } from './directories.ts';
import type { JournalHeader, JournalRecord } from './format.ts';
import { detachOutputs, keepOutput } from './outputs.ts';

/** The pen of one run: the only thing that writes to its journal. */
export interface Journal {
  readonly file: string;
  /**
   * Writes a record and waits until the disk has it (fdatasync), long outputs before it.
   * @throws AgentError `journal-unwritable`; after that every further call throws the same, so that nothing can be
   *   written behind a gap
   */
  append(record: JournalRecord): Promise<void>;
  /**
   * Writes a record and waits for nothing: it is on the disk with the next one that is appended. Never throws; a record
   * that could not be written makes every later `append` throw.
   */
  note(record: JournalRecord): void;
  close(): Promise<void>;
}

export function journalFile(stateDir: string, runId: string): string {
  return join(stateDir, 'runs', runId, 'journal.jsonl');
}

/**
 * Starts the journal of a new run with its header. The directories are private to the user.
 * @throws AgentError `journal-unwritable`
 */
export async function createJournal(stateDir: string, header: JournalHeader): Promise<Journal> {
  const file = journalFile(stateDir, header.runId);
  const handle = await makePrivateDirectory(dirname(file))
    .then(() => open(file, 'ax', 0o600))
    .catch((error: unknown) => {
      throw unwritable(file, error);
    });
  const journal = writeWith(handle, file);
  try {
    await journal.append(header);
    await syncDirectory(dirname(file)).catch((error: unknown) => {
      throw unwritable(file, error);
    });
  } catch (error) {
    await journal.close();
    throw error;
  }
  return journal;
}

/**
 * Goes on with the journal of a run that nobody writes any more. What a crash has torn at its end is cut off.
 * @param size bytes of the file when it was read; more or fewer mean that somebody has written since
 * @param whole bytes up to the end of the last whole record
 * @throws AgentError `journal-unwritable`
 */
export async function reopenJournal(file: string, { size, whole }: { size: number; whole: number }): Promise<Journal> {
  try {
    const handle = await open(file, 'r+');
    try {
      if ((await handle.stat()).size !== size) throw new Error('somebody has written to it meanwhile');
      if (whole < size) {
        await handle.truncate(whole);
        await handle.datasync();
      }
    } finally {
      await handle.close();
    }
    return writeWith(await open(file, 'a'), file);
  } catch (error) {
    throw unwritable(file, error);
  }
}

function writeWith(handle: FileHandle, file: string): Journal {
  let broken: AgentError | null = null;
  let closing: Promise<void> | null = null;
  // Into the page cache, which takes no time.
  const write = (line: string) => {
    const bytes = Buffer.from(`${line}\n`);
    if (writeSync(handle.fd, bytes) < bytes.length) throw new Error('the disk is full');
  };
  return {
    file,
    async append(record) {
      if (broken) throw broken;
      try {
        const { line, outputs } = detachOutputs(record);
        for (const [sha256, content] of outputs) await keepOutput(file, sha256, content);
        write(line);
        await handle.datasync();
      } catch (error) {
        broken = unwritable(file, error);
        throw broken;
      }
    },
    note(record) {
      if (broken !== null || closing !== null) return;
      try {
        write(JSON.stringify(record));
      } catch (error) {
        broken = unwritable(file, error);
      }
    },
    close() {
      closing ??= handle.close();
      return closing;
    },
  };
}

function unwritable(file: string, error: unknown): AgentError {
  const why = error instanceof Error ? error.message : String(error);
  return new AgentError('journal-unwritable', `The journal ${file} cannot be written: ${why}.`, {
    hint: 'Make room on that disk, or name another directory with --state-dir.',
    cause: error,
  });
}
