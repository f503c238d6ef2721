import type { Surroundings, Turn } from '../../machine/types.ts';
import type { Demonstration } from './demonstrations.ts';
import { renderDecision, renderSurroundings, shortenGoal } from './render-turn.ts';

export type Role = 'system' | 'user' | 'assistant';

export interface Message {
  readonly role: Role;
  readonly text: string;
}

/**
 * A conversation in order of change: what stands earlier changes less often, so that almost all of it is reused from
 * one thought to the next.
 */
export interface Prompt {
  /** Rules and demonstrations: the same for the whole run, never dropped. */
  readonly head: readonly Message[];
  /** The run's own turns, question and answer. When the whole does not fit, they are dropped from the front. */
  readonly history: readonly (readonly Message[])[];
  /** Which turn of the run the first one is, from 0. */
  readonly historyStart: number;
  /** Never dropped. The only turn of the run that carries a budget. Null: it is not known yet. */
  readonly current: Message | null;
}

/** What is known of a prompt before the current turn is. */
export interface PromptBeginning {
  readonly goal: string;
  readonly demonstrations: readonly Demonstration[];
  /** The run's turns, oldest first. */
  readonly turns: readonly Turn[];
  /** How many turns the run had before those; they are not shown any more. */
  readonly earlierTurns: number;
  /** The current turn carries a budget. */
  readonly hasBudget: boolean;
  /** How many turns are left after a cut; before it there are up to twice as many. */
  readonly memoryContextSize: number;
}

export interface PromptRequest extends Omit<PromptBeginning, 'hasBudget'> {
  readonly surroundings: Surroundings;
  /** One line, or null. */
  readonly budget: string | null;
}

/** Builds what the model sees. Pure: a turn has the same text whenever it is shown again. */
export function buildPrompt(request: PromptRequest): Prompt {
  const { surroundings, budget } = request;
  const beginning = buildPromptBeginning({ ...request, hasBudget: budget !== null });
  return { ...beginning, current: renderQuestion(shortenGoal(request.goal), surroundings, budget) };
}

/** The same prompt as far as it is known before the current turn: evaluated early, it need not be read when it is due. */
export function buildPromptBeginning(request: PromptBeginning): Prompt {
  const { turns, earlierTurns, hasBudget, memoryContextSize } = request;
  const goal = shortenGoal(request.goal);
  const historyStart = Math.max(earlierTurns, findWindowStart(earlierTurns + turns.length, memoryContextSize));
  return {
    head: [
      { role: 'system', text: goal === request.goal ? rules : `${rules}\n\nThe whole goal:\n${request.goal}` },
      // A line that only the current turn has would be taken for news: the model then decides STOP at once.
      ...request.demonstrations.flatMap((shown, index) =>
        renderExchange(shortenGoal(shown.goal), shown, hasBudget ? `${20 - index} iterations left` : null),
      ),
    ],
    history: turns.slice(historyStart - earlierTurns).map((turn) => renderExchange(goal, turn, null)),
    historyStart,
    current: null,
  };
}

/** All messages in the order in which the model reads them. */
export function listMessages(prompt: Prompt): readonly Message[] {
  return [...prompt.head, ...prompt.history.flat(), ...(prompt.current === null ? [] : [prompt.current])];
}

/**
 * The index of the first turn that is shown. The window grows to 2 × `memoryContextSize` turns, is then cut to
 * `memoryContextSize`, and grows again. It depends on the number of turns alone.
 */
export function findWindowStart(turnCount: number, memoryContextSize: number): number {
  const widest = 2 * memoryContextSize;
  const cut = memoryContextSize + 1;
  return turnCount <= widest ? 0 : cut * Math.ceil((turnCount - widest) / cut);
}

const rules = [
  'You work towards a goal in a Linux shell. Each turn shows the goal, the files and the last result. Answer with one decision.',
  'RUN runs one bash command in the current directory. SLEEP waits some milliseconds. STOP ends the work: decide it as soon as the goal is reached.',
  'Only this directory and what is below it can be used. Refused are: paths outside of it, network programs (curl, wget, ssh), interpreters (python, node), kill, chmod, chown and sudo.',
  'Look into a file before you work on what is in it. After an error or a refusal, try another way.',
].join('\n');

function renderExchange(goal: string, turn: Turn, budget: string | null): Message[] {
  return [renderQuestion(goal, turn.surroundings, budget), { role: 'assistant', text: renderDecision(turn.decision) }];
}

function renderQuestion(goal: string, surroundings: Surroundings, budget: string | null): Message {
  const text = renderSurroundings(goal, surroundings);
  return { role: 'user', text: budget === null ? text : `${text}\nBudget: ${budget}` };
}
