import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { AgentError } from '../errors.ts';
import { createJournal, type Journal, journalFile, reopenJournal } from '../journal/append.ts';
import { type Control, type ControlAnswer, type ControlOrder, serveControl } from '../journal/control.ts';
import type { JournalRecord } from '../journal/format.ts';
import { markRunAlive } from '../journal/lock.ts';
import { readRun } from '../journal/read.ts';
import type { FleetClient, FleetRun } from './client.ts';

/** A run of the fleet as a journal on this machine, which every command of gyre reads as one of its own. */
export interface Mirror {
  readonly journal: string;
  /** Writes what has come since. @returns whether the run has ended and all of it is there */
  catchUp(): Promise<boolean>;
  /** May be called twice. */
  close(): Promise<void>;
}

/**
 * Writes a run's records into a plain journal, or goes on with one that was written before. While it is open the run
 * counts as live here: orders to it (stop, pause, go-on, say) are handed to the fleet.
 * @throws AgentError
 */
export async function openMirror(options: {
  readonly client: FleetClient;
  readonly run: FleetRun;
  readonly stateDir: string;
}): Promise<Mirror> {
  const { client, run, stateDir } = options;
  const { runId } = run;
  const file = journalFile(stateDir, runId);
  const endMark = await markRunAlive(runId);
  let journal: Journal | null = null;
  let control: Control | null = null;
  let written = 0;
  let page = 1;
  let skip = 0;

  async function write(record: JournalRecord): Promise<void> {
    if (skip > 0) {
      skip -= 1;
      return;
    }
    if (journal === null) {
      if (record.type !== 'run.opened') throw new AgentError('journal-unreadable', `Run ${runId} has no beginning.`);
      journal = await createJournal(stateDir, record);
      control = await serveControl(journal.file, (order) => handOn(client, run, order));
    } else {
      await journal.append(record);
    }
    written += 1;
  }

  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= (async () => {
      await control?.close();
      await journal?.close();
      endMark();
    })();
    return closing;
  };

  try {
    if (existsSync(file)) {
      const story = await readRun(stateDir, runId);
      journal = await reopenJournal(file, { size: story.journalBytes, whole: story.wholeBytes });
      skip = story.records.length;
      control = await serveControl(file, (order) => handOn(client, run, order));
    }
  } catch (error) {
    await close();
    throw error;
  }

  return {
    journal: file,
    async catchUp() {
      // Asked first: a page that is there when a run has ended is there for good.
      const latest = await client.run(run.host, runId);
      for (let records = await client.page(run, page); records !== null; records = await client.page(run, page)) {
        for (const record of records) await write(record);
        page += 1;
      }
      if (written === 0 && journal === null && latest?.phase === 'ended') {
        throw new AgentError('unknown-run', `Run ${runId} has ended before it had a journal.`);
      }
      return latest === null || latest.phase === 'ended';
    },
    close,
  };
}

/** Mirrors until the run has ended, or the signal is aborted. */
export async function followRun(mirror: Pick<Mirror, 'catchUp'>, signal: AbortSignal): Promise<void> {
  while (!(await mirror.catchUp()) && !signal.aborted) {
    await setTimeout(FOLLOW_MS, null, { signal }).catch(() => {});
  }
}

const FOLLOW_MS = 500;

async function handOn(client: FleetClient, run: FleetRun, order: ControlOrder): Promise<ControlAnswer> {
  const cause = order.do === 'stop' && order.from === 'inspector' ? 'person' : 'stop-command';
  await client.order(run.host, run.runId, order.do === 'stop' ? { do: 'stop', cause } : order);
  return { ok: true, message: 'The fleet has been told; it takes effect where the run is.' };
}
