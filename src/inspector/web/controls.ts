import type { Answer, Connection } from './connection.ts';
import { createAsk, createConfirm, type Dialog } from './dialogs.ts';
import { drawIcon, make, setAttribute, setText, textButton } from './dom.ts';
import type { View } from './store.ts';
import { fieldOf } from './text.ts';

/** What a person can do to a run that is alive. */
export interface Controls {
  readonly element: HTMLElement;
  readonly dialogs: readonly Dialog[];
  show(view: View): void;
  togglePause(): void;
}

/** @param tell says what came of an order */
export function createControls(connection: Connection, tell: (answer: Answer) => void): Controls {
  const order = async (...sent: Parameters<Connection['send']>) => tell(await connection.send(...sent));
  const say = createAsk({
    title: 'Say something to the agent',
    text: 'It reads this in its next turn. It is written into the journal.',
    label: 'What you want to say',
    send: 'Say it',
    onText: (text) => void order({ do: 'say', text }),
  });
  const stop = createConfirm({
    title: 'Stop this run?',
    text: 'The command under way is killed, the iteration is saved, and the run ends as stopped. “gyre resume” can go on later.',
    yes: 'Stop the run',
    no: 'Let it go on',
    onYes: () => void order({ do: 'stop' }),
  });
  const pauseText = make('span', '', 'Pause');
  const pause = textButton('', togglePause, 'pause');
  const sayButton = textButton('', say.open);
  sayButton.append(drawIcon('say'), 'Say…');
  const stopButton = textButton('', stop.open, 'danger');
  stopButton.append(drawIcon('stop'), 'Stop…');
  const element = make('div', 'controls', pause, sayButton, stopButton);
  let isPaused: boolean | null = null;

  function togglePause() {
    if (!pause.disabled) void order({ do: isPaused ? 'go-on' : 'pause' });
  }

  return {
    element,
    dialogs: [say, stop],
    togglePause,
    show({ history, isLive, link }) {
      const isAble = isLive && link === 'open';
      for (const button of [pause, sayButton, stopButton]) button.disabled = !isAble;
      const last = history.length - 1;
      const isWaiting = history.moveAt(last)?.active.some((id) => WAITING.has(id)) ?? false;
      const now = isWaiting || fieldOf(history.contextAt(last), 'pauseAsked') === true;
      if (now === isPaused) return;
      isPaused = now;
      setText(pauseText, now ? 'Go on' : 'Pause');
      setAttribute(pause, 'title', now ? 'Let the run go on (Space)' : 'Pause the run (Space)');
      pause.replaceChildren(drawIcon(now ? 'play' : 'pause'), pauseText);
    },
  };
}

/** The states in which the run waits for `go-on`. */
const WAITING: ReadonlySet<string> = new Set(['agent.paused', 'agent.askingPerson']);
