import { duration, size } from './style.ts';

/** Where text for people goes. */
export interface ProgressSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressLine {
  /** `label` says what is under way; `done` may start again at 0. Neither has to be called often or seldom. */
  update(progress: { readonly label: string; readonly done: number; readonly total: number }): void;
  /** Writes a line that stays, above the progress. */
  note(text: string): void;
  /** Takes the progress away on a terminal, and leaves `text` behind if there is one. */
  end(text?: string): void;
}

export interface ProgressOptions {
  readonly out: ProgressSink;
  /** Bytes show sizes and speed; a share shows the percentage only. */
  readonly unit: 'bytes' | 'share';
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number;
}

/**
 * Shows how far something is. On a terminal one line is redrawn, at most ten times a second. Elsewhere a plain line
 * comes with each further 10 %, at most one a second, and after 10 s at the latest: what is quick says nothing.
 */
export function createProgressLine({ out, unit, now }: ProgressOptions): ProgressLine {
  const isLive = out.isTTY === true;
  const speed = createSpeed();
  let shown: { readonly atMs: number; readonly tenths: number } | null = null;
  let line = '';
  return {
    update({ label, done, total }) {
      const atMs = now();
      const share = total > 0 ? Math.min(done / total, 1) : 1;
      const perSecond = speed.note(atMs, done);
      const tenths = Math.floor(share * 10);
      const isFirst = shown === null;
      shown ??= { atMs, tenths };
      if (isLive ? !isFirst && atMs - shown.atMs < 100 : !isDue(atMs - shown.atMs, tenths > shown.tenths)) return;
      shown = { atMs, tenths };
      const facts = unit === 'share' ? '' : describeBytes(done, total, perSecond);
      if (!isLive) {
        out.write(`${label}: ${percent(share)}${facts}\n`);
        return;
      }
      line = cutTo(`${drawBar(share)} ${percent(share)}${facts}  ${label}`, out.columns ?? 80);
      out.write(`${ERASE}${line}`);
    },
    note(text) {
      out.write(isLive ? `${ERASE}${text}\n${line}` : `${text}\n`);
    },
    end(text) {
      if (isLive && line !== '') out.write(ERASE);
      line = '';
      shown = null;
      if (text !== undefined) out.write(`${text}\n`);
    },
  };
}

const ERASE = '\r\x1b[2K';
const BAR_WIDTH = 20;

function isDue(sinceMs: number, isNextTenth: boolean): boolean {
  return sinceMs >= 10_000 || (isNextTenth && sinceMs >= 1000);
}

function drawBar(share: number): string {
  const filled = Math.floor(share * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
}

/** 100 % is said only of what is whole. */
function percent(share: number): string {
  return `${String(Math.floor(share * 100)).padStart(3)} %`;
}

function describeBytes(done: number, total: number, perSecond: number): string {
  const amount = `  ${size(done)} of ${size(total)}`;
  if (perSecond <= 0 || done >= total) return amount;
  return `${amount}  ${size(perSecond)}/s  ${duration(secondsLeft(done, total, perSecond) * 1000)} left`;
}

function secondsLeft(done: number, total: number, perSecond: number): number {
  return Math.ceil((total - done) / perSecond);
}

/** A line that wraps could not be erased again. */
function cutTo(text: string, columns: number): string {
  return text.length < columns ? text : text.slice(0, Math.max(columns - 1, 0));
}

/** Units per second over the last ten seconds. */
function createSpeed(): { note(atMs: number, done: number): number } {
  let samples: { readonly atMs: number; readonly done: number }[] = [];
  return {
    note(atMs, done) {
      const last = samples.at(-1);
      if (last !== undefined && done < last.done) samples = [];
      if (last === undefined || samples.length === 0 || atMs - last.atMs >= 200) samples.push({ atMs, done });
      while (samples.length > 2 && atMs - (samples[0]?.atMs ?? atMs) > 10_000) samples.shift();
      const first = samples[0];
      return first === undefined || atMs - first.atMs < 500 ? 0 : ((done - first.done) * 1000) / (atMs - first.atMs);
    },
  };
}
