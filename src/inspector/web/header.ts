import { reasonOf } from '../../terminal/reasons.ts';
import { make, setAttribute, setText, withAttributes } from './dom.ts';
import type { View } from './store.ts';
import { oneLine, shown } from './text.ts';

/** Which run it is, and how it is doing. */
export interface Header {
  readonly element: HTMLElement;
  show(view: View): void;
}

/** @param buttons stand at its right */
export function createHeader(...buttons: readonly Node[]): Header {
  const goal = make('h1', 'goal');
  const about = make('span', 'about');
  const dot = make('i', 'dot-sign');
  const state = make('span', 'state-text');
  const status = withAttributes(make('div', 'status', dot, state), { role: 'status' });
  const notice = make('div', 'notice');
  const element = make(
    'header',
    'header',
    make('div', 'brand', 'gyre'),
    make('div', 'titles', goal, make('div', 'subtitle', about)),
    status,
    make('div', 'header-buttons', ...buttons),
    notice,
  );

  return {
    element,
    show(view) {
      const { hello } = view;
      setText(goal, hello === null ? 'Waiting for the run' : oneLine(hello.goal, 400));
      setAttribute(goal, 'title', hello === null ? '' : shown(hello.goal, 4000));
      setText(
        about,
        hello === null
          ? ''
          : `run ${oneLine(hello.runId)} · ${oneLine(hello.sandboxDir)} · gyre ${oneLine(hello.gyreVersion, 30)}`,
      );
      const { mood, text, more } = statusOf(view);
      status.dataset['mood'] = mood;
      setText(state, text);
      const said = more ?? view.lost ?? hello?.note ?? '';
      setText(notice, shown(said));
      notice.hidden = said === '';
      const title = hello === null ? 'gyre' : `${text} · ${oneLine(hello.goal, 60)} · gyre`;
      if (document.title !== title) document.title = title;
    },
  };
}

type Mood = 'live' | 'good' | 'quiet' | 'bad' | 'waiting';

function statusOf({ history, link, isLive, isCatchingUp, hello }: View): { mood: Mood; text: string; more?: string } {
  const last = endOf(history);
  const again = `Run “gyre inspect ${hello?.runId ?? 'RUN'}” to open it again.`;
  if (link === 'refused')
    return { mood: 'bad', text: 'address not valid', more: `This address is not valid any more. ${again}` };
  const ended = last === null ? null : `${oneLine(last.status)}: ${oneLine(reasonOf(last.cause))}`;
  if (link === 'retrying' && ended !== null)
    return {
      mood: moodOf(last?.status),
      text: ended,
      more: `The server has gone; this page keeps what it has. ${again}`,
    };
  if (link === 'retrying') return { mood: 'bad', text: 'no connection', more: 'The connection is lost. Trying again…' };
  if (link === 'connecting') return { mood: 'waiting', text: 'connecting' };
  if (isCatchingUp && history.length === 0) return { mood: 'waiting', text: 'reading the run' };
  if (ended !== null && !isLive) return { mood: moodOf(last?.status), text: ended };
  if (isLive) return { mood: 'live', text: 'live' };
  return {
    mood: 'quiet',
    text: 'not running',
    more: `It has not come to an end. “gyre resume ${hello?.runId ?? 'RUN'}” goes on with it.`,
  };
}

/** The last frames of a run that has ended: its end, and the last moves of its chart. */
function endOf(history: View['history']) {
  for (let at = history.length - 1; at >= Math.max(0, history.length - 8); at--) {
    const frame = history.frame(at);
    if (frame?.kind === 'ended') return frame;
    if (frame?.kind === 'resumed') return null;
  }
  return null;
}

function moodOf(status: string | undefined): Mood {
  if (status === 'completed') return 'good';
  return status === 'failed' ? 'bad' : 'quiet';
}
