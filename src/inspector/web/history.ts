import type { Frame, Moved } from '../messages.ts';

type Context = Readonly<Record<string, unknown>>;

/** All that has happened, in order, and what follows from it. It only ever grows. */
export interface History {
  readonly length: number;
  /** The frames of one iteration each, in order. */
  readonly stretches: readonly Stretch[];
  frame(index: number): Frame | null;
  all(): readonly Frame[];
  /** Takes the frames that continue it; those it has already are passed over. */
  push(frames: readonly Frame[]): void;
  /** The whole context after the frame with this index. */
  contextAt(index: number): Context;
  /** The last move of the chart at or before this index. */
  moveAt(index: number): MovedFrame | null;
  /** The position in `stretches` of the one that holds this index. */
  stretchAt(index: number): number;
}

export type MovedFrame = Extract<Frame, Moved>;

export interface Stretch {
  readonly iteration: number;
  readonly first: number;
  readonly last: number;
  readonly look: StretchLook;
}

/** How an iteration is shown in the time line. */
export type StretchLook = 'none' | 'under-way' | 'ok' | 'sleep' | 'stop' | 'setback' | 'failure';

export function createHistory(): History {
  const frames: Frame[] = [];
  const stretches: { iteration: number; first: number; last: number; look: StretchLook }[] = [];
  const stretchOf: number[] = [];
  const moves: number[] = [];
  const checkpoints: Context[] = [];
  let context: Context = {};
  let lastMove = -1;

  function add(frame: Frame) {
    const { index, iteration } = frame;
    if (frame.kind === 'moved') {
      context = frame.event === '' ? frame.context : { ...context, ...frame.context };
      lastMove = index;
    }
    frames.push(frame);
    moves.push(lastMove);
    if (index % CHECKPOINT_EVERY === 0) checkpoints.push(context);

    const current = stretches.at(-1);
    if (current === undefined || current.iteration !== iteration) {
      if (current?.look === 'under-way') current.look = 'none';
      stretches.push({ iteration, first: index, last: index, look: iteration === 0 ? 'none' : 'under-way' });
    } else current.last = index;
    stretchOf.push(stretches.length - 1);
    const stretch = stretches.at(-1);
    if (stretch === undefined) return;
    if (frame.kind === 'saved') stretch.look = lookOf(frame);
    if (frame.kind === 'ended' && stretch.look === 'under-way') stretch.look = 'none';
  }

  return {
    get length() {
      return frames.length;
    },
    stretches,
    frame: (index) => frames[index] ?? null,
    all: () => frames,
    push(added) {
      for (const frame of added) if (frame.index === frames.length) add(frame);
    },
    contextAt(index) {
      const checkpoint = Math.floor(index / CHECKPOINT_EVERY);
      let whole = { ...checkpoints[checkpoint] };
      for (let at = checkpoint * CHECKPOINT_EVERY + 1; at <= index; at++) {
        const frame = frames[at];
        if (frame?.kind !== 'moved') continue;
        whole = frame.event === '' ? { ...frame.context } : Object.assign(whole, frame.context);
      }
      return whole;
    },
    moveAt(index) {
      const frame = frames[moves[index] ?? -1];
      return frame?.kind === 'moved' ? frame : null;
    },
    stretchAt: (index) => stretchOf[index] ?? -1,
  };
}

const CHECKPOINT_EVERY = 256;

function lookOf({ decision, outcome }: Extract<Frame, { kind: 'saved' }>): StretchLook {
  if (outcome.kind !== 'ok') return outcome.kind;
  if (decision?.action === 'SLEEP') return 'sleep';
  return decision?.action === 'STOP' ? 'stop' : 'ok';
}
