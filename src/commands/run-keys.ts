import type { Agent } from '../agent.ts';
import type { RunProgress } from '../machine/types.ts';
import type { RunView } from '../terminal/run-view.ts';
import type { Io } from './command.ts';

type Moved = Extract<RunProgress, { type: 'moved' }>;

/** What the keys mean while a run is shown: p pauses and goes on; y and n, c and s answer a question. */
export function listenToKeys(agent: Agent, view: RunView, io: Io): { moved(progress: Moved): void; close(): void } {
  let label = '';
  let isPauseAsked = false;
  const stop = io.keyboard?.listen((key) => {
    const isHeld = label === 'paused' || isPauseAsked;
    if (label === 'approving' && (key === 'y' || key === 'n')) agent.answer(key === 'y');
    else if (label === 'askingPerson' && key === 'c') agent.goOn();
    else if (label === 'askingPerson' && key === 's') agent.stop('person');
    else if (key === 'p' && isHeld) agent.goOn();
    else if (key === 'p') agent.pause();
  });
  return {
    moved(progress) {
      isPauseAsked = progress.context.pauseAsked;
      if (progress.label === label) return;
      label = progress.label;
      if (label === 'approving') view.ask('Run this command? y / n');
      if (label === 'askingPerson') view.ask('The agent is going in circles. c goes on, s stops.');
      if (label === 'paused') view.ask('Paused. p goes on, Ctrl+C stops.');
    },
    close: () => stop?.(),
  };
}
