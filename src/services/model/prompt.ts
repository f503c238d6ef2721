import type { Surroundings, Turn, TurnFacts } from '../../machine/types.ts';
import type { Demonstration } from './demonstrations.ts';
import { describeEarlier } from './earlier.ts';
import { renderDecision, renderSurroundings, shortenGoal, type TurnSize } from './render-turn.ts';

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
  /** Of turns of the run: the first message after the head tells those of turns before `historyStart`. */
  readonly facts: readonly TurnFacts[];
  /** Never dropped. The only turn of the run that carries a budget. Null: it is not known yet. */
  readonly current: Message | null;
  /** The current turn in few words, for where there is no room for it. Null together with `current`. */
  readonly brief: Message | null;
}

/** What is known of a prompt before the current turn is. */
export interface PromptBeginning {
  readonly goal: string;
  readonly demonstrations: readonly Demonstration[];
  /** The run's turns, oldest first. */
  readonly turns: readonly Turn[];
  /** How many turns the run had before those; they are not shown any more. */
  readonly earlierTurns: number;
  /** What turns have left behind. Default: none. */
  readonly facts?: readonly TurnFacts[];
  /** The current turn carries a budget. */
  readonly hasBudget: boolean;
  /** A check tries each STOP. Default false. */
  readonly hasCheck?: boolean;
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
  const goal = shortenGoal(request.goal);
  return {
    ...beginning,
    current: renderQuestion(goal, surroundings, budget),
    brief: renderQuestion(goal, surroundings, budget, 'brief'),
  };
}

/** The same prompt as far as it is known before the current turn: evaluated early, it need not be read when it is due. */
export function buildPromptBeginning(request: PromptBeginning): Prompt {
  const { turns, earlierTurns, hasBudget, memoryContextSize } = request;
  const goal = shortenGoal(request.goal);
  const told = request.hasCheck ? `${rules}\n${checkRule}` : rules;
  const historyStart = Math.max(earlierTurns, findWindowStart(earlierTurns + turns.length, memoryContextSize));
  return {
    head: [
      { role: 'system', text: goal === request.goal ? told : `${told}\n\nThe whole goal:\n${request.goal}` },
      // A line that only the current turn has would be taken for news: the model then decides STOP at once.
      ...request.demonstrations.flatMap((shown, index) =>
        renderExchange(shortenGoal(shown.goal), shown, hasBudget ? `${20 - index} iterations left` : null),
      ),
    ],
    history: turns.slice(historyStart - earlierTurns).map((turn) => renderExchange(goal, turn, null)),
    historyStart,
    facts: request.facts ?? [],
    current: null,
    brief: null,
  };
}

/** All messages in the order in which the model reads them. */
export function listMessages(prompt: Prompt): readonly Message[] {
  const [first, ...others] = [...prompt.history.flat(), ...(prompt.current === null ? [] : [prompt.current])];
  if (first === undefined) return prompt.head;
  const earlier = describeEarlier(prompt.facts.filter(({ turn }) => turn < prompt.historyStart));
  return [...prompt.head, earlier === null ? first : { ...first, text: `${earlier}\n${first.text}` }, ...others];
}

/**
 * The same prompt, shorter and shorter: without the older half of its history, and again; then with the current turn in
 * few words; then with half of the demonstrations, and again. The rules always stay.
 * @param start the first turn of the history that may be shown
 */
export function* shorterPrompts(prompt: Prompt, start: number): Generator<Prompt> {
  const end = prompt.historyStart + prompt.history.length;
  for (let begin = start; begin < end; begin += Math.ceil((end - begin) / 2)) yield dropHistory(prompt, begin);
  const alone = dropHistory(prompt, end);
  yield alone;
  const brief = { ...alone, current: prompt.brief };
  yield brief;
  const [rules, ...shown] = prompt.head;
  for (let exchanges = Math.floor(shown.length / 4); rules !== undefined; exchanges = Math.floor(exchanges / 2)) {
    yield { ...brief, head: [rules, ...shown.slice(shown.length - 2 * exchanges)] };
    if (exchanges === 0) return;
  }
}

function dropHistory(prompt: Prompt, start: number): Prompt {
  return { ...prompt, history: prompt.history.slice(start - prompt.historyStart), historyStart: start };
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

const checkRule =
  'A check that you cannot see tries the result when you decide STOP. When it fails you are told what it says, and go on.';

function renderExchange(goal: string, turn: Turn, budget: string | null): Message[] {
  return [renderQuestion(goal, turn.surroundings, budget), { role: 'assistant', text: renderDecision(turn.decision) }];
}

function renderQuestion(goal: string, surroundings: Surroundings, budget: string | null, size?: TurnSize): Message {
  const text = renderSurroundings(goal, surroundings, size);
  return { role: 'user', text: budget === null ? text : `${text}\nBudget: ${budget}` };
}
