import { setTimeout } from 'node:timers/promises';
import { AgentError } from '../errors.ts';
import { type ControlOrder, MAX_SAID, sendControl } from '../journal/control.ts';
import { findRun, readRun } from '../journal/read.ts';
import { type Command, type Invocation, jsonFlag } from './command.ts';

export const stop: Command = orderCommand({
  name: 'stop',
  about: 'Ends a live run in order, and returns when it has ended. A run that has ended is left as it is.',
  examples: [['gyre stop last', 'end the run that was started last']],
  run: (invocation) => give(invocation, { do: 'stop' }, { untilEnd: true, ofEnded: 0 }),
});

export const pause: Command = orderCommand({
  name: 'pause',
  about: 'Holds a live run where nothing can be lost: at once while it thinks or waits, else after its iteration.',
  examples: [
    ['gyre pause last', 'hold it'],
    ['gyre go-on last', 'and let it go on'],
  ],
  run: (invocation) => give(invocation, { do: 'pause' }, { ofEnded: 1 }),
});

export const goOn: Command = orderCommand({
  name: 'go-on',
  about: 'Lets a paused run go on. One that is not paused is left as it is.',
  examples: [['gyre go-on last', 'let it go on']],
  run: (invocation) => give(invocation, { do: 'go-on' }, { ofEnded: 1 }),
});

export const say: Command = {
  ...orderCommand({
    name: 'say',
    about: `Tells a live run something: it stands in the agent's next turn as a person's words. Up to ${MAX_SAID} characters.`,
    examples: [['gyre say last "The file is in data, not in docs"', 'help it along']],
    run: (invocation) => give(invocation, { do: 'say', text: textOf(invocation) }, { ofEnded: 1 }),
  }),
  usage: 'RUN TEXT [FLAGS]',
  maxWords: 2,
};

function orderCommand({ about, ...command }: Pick<Command, 'name' | 'about' | 'examples' | 'run'>): Command {
  return {
    ...command,
    usage: 'RUN [FLAGS]',
    about: `${about}\nRUN is an id, the beginning of one, or "last".`,
    settings: ['stateDir'],
    flags: [jsonFlag],
    maxWords: 1,
  };
}

/** @param ofEnded the exit code for a run that has ended */
async function give(
  { words: [name], config, io, isJson }: Invocation,
  order: ControlOrder,
  { untilEnd = false, ofEnded }: { untilEnd?: boolean; ofEnded: number },
): Promise<number> {
  if (name === undefined) throw new AgentError('usage', 'No run is named.', { hint: `gyre ${order.do} last` });
  const { stateDir } = config.settings;
  const runId = await findRun(stateDir, name);
  const { journal } = await readRun(stateDir, runId);
  let answer = await sendControl(journal, order, { untilEnd });
  let { status, cause } = await readRun(stateDir, runId);
  // A run that is just beginning does not listen yet, and one that is just ending does not listen any more.
  for (let tries = 0; answer === null && status === 'running' && tries < 20; tries += 1) {
    await setTimeout(100);
    answer = await sendControl(journal, order, { untilEnd });
    ({ status, cause } = await readRun(stateDir, runId));
  }
  const ended = cause === null ? status : `${status} (${cause})`;
  const message =
    answer === null || untilEnd
      ? status === 'running'
        ? `Run ${runId} does not answer. To end it, touch a file named STOP in its box, or press Ctrl+C where it runs.`
        : `Run ${runId} has ended: ${ended}.`
      : answer.message;
  const code = answer !== null ? Number(!answer.ok) : status === 'running' ? 1 : ofEnded;
  if (isJson) io.out.write(`${JSON.stringify({ runId, ok: code === 0, status, message })}\n`);
  else (code === 0 ? io.out : io.err).write(`${message}\n`);
  return code;
}

function textOf({ words: [, text] }: Invocation): string {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '')
    throw new AgentError('usage', 'There is nothing to say.', { hint: 'gyre say last "Look in data"' });
  if (trimmed.length <= MAX_SAID) return trimmed;
  throw new AgentError('usage', `The text has ${trimmed.length} characters; ${MAX_SAID} fit.`);
}
