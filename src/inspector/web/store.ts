import type { Writing } from '../../machine/types.ts';
import type { Frame, Hello, Message, Story } from '../messages.ts';
import { createHistory, type History } from './history.ts';

/** How the page is connected to the run. */
export type Link = 'saved' | 'connecting' | 'open' | 'retrying' | 'refused';

/** All that the page shows follows from this. */
export interface View {
  readonly hello: Hello | null;
  readonly history: History;
  /** The frame that is looked at; -1 while there is none. */
  readonly cursor: number;
  /** The cursor stays at the last frame. */
  readonly isFollowing: boolean;
  readonly isPlaying: boolean;
  readonly writing: Writing | null;
  readonly link: Link;
  readonly isLive: boolean;
  /** More frames are on their way that have happened already. */
  readonly isCatchingUp: boolean;
  /** Why the journal can be read no further. */
  readonly lost: string | null;
}

export interface Store {
  readonly view: View;
  /** Takes what a server tells. What it has after a reconnect replaces what was there once it is no less. */
  take(message: Message): void;
  setLink(link: Link): void;
  moveTo(index: number): void;
  step(by: number): void;
  stepIteration(by: number): void;
  follow(): void;
  setPlaying(isPlaying: boolean): void;
}

/** @param changed is called after each change, and may be called often */
export function createStore(changed: () => void): Store {
  let hello: Hello | null = null;
  let history = createHistory();
  /** What a new connection tells, until it has told as much as is shown. */
  let next: { hello: Hello; history: History } | null = null;
  let cursor = -1;
  let isFollowing = true;
  let isPlaying = false;
  let writing: Writing | null = null;
  let link: Link = 'connecting';
  let isLive = false;
  let isCatchingUp = true;
  let lost: string | null = null;

  function begin(begun: Hello) {
    const isOther = hello !== null && hello.runId !== begun.runId;
    isLive = begun.isLive;
    lost = null;
    writing = null;
    isCatchingUp = true;
    next = { hello: begun, history: createHistory() };
    if (isOther || history.length === 0) replace();
    if (isOther) follow();
  }

  function replace() {
    if (next === null) return;
    ({ hello, history } = next);
    next = null;
    cursor = Math.min(cursor, history.length - 1);
  }

  function add(frames: readonly Frame[], isMoreComing: boolean) {
    isCatchingUp = isMoreComing;
    const growing = next?.history ?? history;
    growing.push(frames);
    // Whatever moves the chart ends a thought; what is still being written is told again, whole.
    if (frames.some(({ kind }) => kind === 'moved')) writing = null;
    if (next !== null && (growing.length >= history.length || !isMoreComing)) replace();
    if (isFollowing || cursor < 0) cursor = history.length - 1;
  }

  function follow() {
    isFollowing = true;
    isPlaying = false;
    cursor = history.length - 1;
  }

  function moveTo(index: number) {
    const last = history.length - 1;
    cursor = Math.max(Math.min(index, last), Math.min(0, last));
    isFollowing = index >= last;
    if (isFollowing) isPlaying = false;
  }

  const changing =
    <Arguments extends readonly unknown[]>(change: (...given: Arguments) => void) =>
    (...given: Arguments) => {
      change(...given);
      changed();
    };

  return {
    get view() {
      return { hello, history, cursor, isFollowing, isPlaying, writing, link, isLive, isCatchingUp, lost };
    },
    take: changing((message: Message) => {
      if (message.type === 'hello') begin(message);
      else if (message.type === 'frames') add(message.frames, message.isCatchingUp);
      else if (message.type === 'writing') writing = message.writing;
      else if (message.type === 'liveness') isLive = message.isLive;
      else if (message.type === 'lost') lost = message.message;
    }),
    setLink: changing((changedLink: Link) => {
      link = changedLink;
      if (link !== 'open') writing = null;
    }),
    moveTo: changing(moveTo),
    step: changing((by: number) => moveTo(cursor + by)),
    stepIteration: changing((by: number) => {
      const { stretches } = history;
      const at = history.stretchAt(cursor);
      const stretch = stretches[at];
      if (stretch === undefined) return;
      // Back leads to the beginning of this iteration first, as it does in music.
      if (by < 0) moveTo(cursor > stretch.first ? stretch.first : (stretches[at - 1]?.first ?? 0));
      else moveTo(stretches[at + 1]?.first ?? history.length - 1);
    }),
    follow: changing(follow),
    setPlaying: changing((play: boolean) => {
      if (play && cursor >= history.length - 1) cursor = 0;
      if (play) isFollowing = false;
      isPlaying = play;
    }),
  };
}

/** Fills a store with a run that needs no server. */
export function takeStory(store: Store, { hello, frames }: Story): void {
  store.setLink('saved');
  store.take(hello);
  store.take({ type: 'frames', frames, isCatchingUp: false });
}
