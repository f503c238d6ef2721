import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { journalFile } from '../journal/append.ts';
import { type ControlAnswer, type ControlOrder, sendControl, watchControl } from '../journal/control.ts';
import type { JournalHeader, JournalRecord } from '../journal/format.ts';
import { isRunAlive } from '../journal/lock.ts';
import { tailJournal } from '../journal/read.ts';
import type { Writing } from '../machine/types.ts';
import { countCoverage } from './count-coverage.ts';
import { describeChart } from './describe-chart.ts';
import { createFrameMaker } from './frames.ts';
import type { Chart, Coverage, Frame, Hello } from './messages.ts';
import { helloOf } from './story.ts';

/** What is known of one run, and grows while it lives. Its sources are the journal and the run's control socket. */
export interface Hub {
  /** Null until the journal has its first record and the chart is drawn. */
  hello(): Hello | null;
  /** All frames so far, which only ever get more. */
  frames(): readonly Frame[];
  isLive(): boolean;
  /** The decision that is being written; null when none is. */
  writing(): Writing | null;
  /** Why the journal can be read no further; null while it can. */
  problem(): string | null;
  /** True once every record that is there has become a frame. */
  isCaughtUp(): boolean;
  /** Called after each change of what the functions above answer. Returns a function that ends it. */
  subscribe(onChange: () => void): () => void;
  /** Hands an order to the run. */
  order(order: ControlOrder): Promise<ControlAnswer>;
  /** How often all runs have used each part of the chart. */
  count(): Promise<Coverage>;
  /** Reads no more; with `toEnd`, only when it has read what is there. */
  close(options?: { readonly toEnd: boolean }): Promise<void>;
}

export interface HubOptions {
  readonly stateDir: string;
  readonly runId: string;
  /** Called with every record, in order, before there is a frame of it. */
  readonly onRecord?: (record: JournalRecord) => void;
}

/** Follows one run. Its journal may come later. */
export function openHub({ stateDir, runId, onRecord }: HubOptions): Hub {
  const file = journalFile(stateDir, runId);
  const tail = tailJournal(file);
  const maker = createFrameMaker();
  const frames: Frame[] = [];
  const listeners = new Set<() => void>();
  const ending = new AbortController();
  let chart: Chart | null = null;
  let header: JournalHeader | null = null;
  let isLive = false;
  let isCaughtUp = false;
  let isGivenUp = false;
  let writing: Writing | null = null;
  let problem: string | null = null;
  const changed = () => {
    for (const onChange of listeners) onChange();
  };

  async function draw(): Promise<void> {
    chart = await describeChart();
    changed();
  }

  /** Whether there was anything new. */
  async function readAll(): Promise<boolean> {
    if (problem !== null || !existsSync(file)) return false;
    let isNew = false;
    try {
      for (let records = await tail.next(); records.length > 0 && !isGivenUp; records = await tail.next()) {
        for (const record of records) {
          if (record.type === 'run.opened') header = record;
          onRecord?.(record);
        }
        frames.push(...maker.add(records));
        if (records.some(endsWriting)) writing = null;
        isNew = true;
        changed();
      }
      isCaughtUp = true;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    return isNew;
  }

  async function follow(): Promise<void> {
    let isBusy = false;
    while (!ending.signal.aborted) {
      // Asked before the journal is read: what a run writes last is there when it is gone. One that writes is not asked.
      const before = { isLive, isCaughtUp, problem };
      if (!isBusy) isLive = await isRunAlive(runId);
      isBusy = await readAll();
      if (isLive !== before.isLive || isCaughtUp !== before.isCaughtUp || problem !== before.problem) changed();
      await pause(isBusy ? READ_MS : POLL_MS);
    }
  }

  async function listen(): Promise<void> {
    while (!ending.signal.aborted) {
      if (isLive) await watchControl(file, onWriting, ending.signal).catch(() => false);
      await pause(POLL_MS);
    }
  }

  async function pause(ms: number): Promise<void> {
    await wait(ms, null, { signal: ending.signal }).catch(() => {});
  }

  function onWriting(latest: Writing): void {
    writing = latest.text === '' ? null : latest;
    changed();
  }

  const work = Promise.all([draw(), follow(), listen()]);
  return {
    hello: () => header && chart && helloOf(header, chart, isLive),
    frames: () => frames,
    isLive: () => isLive,
    writing: () => writing,
    problem: () => problem,
    isCaughtUp: () => isCaughtUp,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    async order(order) {
      const answer = await sendControl(file, order);
      return answer ?? { ok: false, message: 'The run has ended, or does not listen.' };
    },
    count: () => countCoverage(stateDir),
    async close({ toEnd } = { toEnd: false }) {
      isGivenUp = !toEnd;
      ending.abort();
      await work;
      await readAll();
      changed();
    },
  };
}

/** While nothing comes. */
const POLL_MS = 250;

/**
 * While records come. They are read together, and the file is not watched: to be woken by each write costs the run more
 * than the write.
 */
const READ_MS = 150;

/** The decision is whole, or will not be. */
function endsWriting(record: JournalRecord): boolean {
  return record.type === 'run.ended' || (record.type === 'chart.moved' && !record.event.type.startsWith('user.'));
}
