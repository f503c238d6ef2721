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
  /** Never dropped. The only turn of the run that carries a budget. */
  readonly current: Message;
}

export interface PromptRequest {
  readonly goal: string;
  readonly demonstrations: readonly Demonstration[];
  /** All turns of the run, oldest first. */
  readonly turns: readonly Turn[];
  readonly surroundings: Surroundings;
  /** One line, or null. */
  readonly budget: string | null;
  /** How many turns are left after a cut; before it there are up to twice as many. */
  readonly memoryContextSize: number;
}

/** Builds what the model sees. Pure: a turn has the same text whenever it is shown again. */
export function buildPrompt(request: PromptRequest): Prompt {
  const goal = shortenGoal(request.goal);
  const hasBudget = request.budget !== null;
  const historyStart = findWindowStart(request.turns.length, request.memoryContextSize);
  return {
    head: [
      { role: 'system', text: goal === request.goal ? rules : `${rules}\n\nThe whole goal:\n${request.goal}` },
      // A line that only the current turn has would be taken for news: the model then decides STOP at once.
      ...request.demonstrations.flatMap((shown, index) =>
        renderExchange(shortenGoal(shown.goal), shown, hasBudget ? `${20 - index} iterations left` : null),
      ),
    ],
    history: request.turns.slice(historyStart).map((turn) => renderExchange(goal, turn, null)),
    historyStart,
    current: renderQuestion(goal, request.surroundings, request.budget),
  };
}

/** All messages in the order in which the model reads them. */
export function listMessages(prompt: Prompt): readonly Message[] {
  return [...prompt.head, ...prompt.history.flat(), prompt.current];
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
  'Only this directory and what is below it can be used. Refused are: paths outside of it, network programs (curl, wget, ssh), interpreters (python, node), kill, chmod, chown and sudo. A refusal is final.',
  'After an error, try something else.',
].join('\n');

function renderExchange(goal: string, turn: Turn, budget: string | null): Message[] {
  return [renderQuestion(goal, turn.surroundings, budget), { role: 'assistant', text: renderDecision(turn.decision) }];
}

function renderQuestion(goal: string, surroundings: Surroundings, budget: string | null): Message {
  const text = renderSurroundings(goal, surroundings);
  return { role: 'user', text: budget === null ? text : `${text}\nBudget: ${budget}` };
}
