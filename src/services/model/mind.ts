import { parseDecision } from '../../protocol/decision.ts';
import { type ChooseDemonstrations, chooseDemonstrations, chooseNone } from './demonstrations.ts';
import { limitOf } from './limit.ts';
import type { Model, ModelDescription, Thought, ThoughtRequest } from './model.ts';
import type { Ask, ModelProcess } from './model-process.ts';
import { buildPrompt, buildPromptBeginning, findWindowStart, type PromptBeginning } from './prompt.ts';
import type { Seats } from './seats.ts';
import { hasFailedTwice, reconsider, repeatsCommand } from './second-thought.ts';
import type { ThinkOrder } from './worker-protocol.ts';

/** What one goal asks of a model. */
export interface MindOptions {
  /** Tokens of one answer. */
  readonly maxTokens: number;
  /** 0 always takes the likeliest token. */
  readonly temperature: number;
  /** With it, the same run thinks the same thoughts; null leaves it to the clock. */
  readonly seed: number | null;
  readonly memoryContextSize: number;
  /** Demonstrations are chosen for it, once. */
  readonly goal: string;
  /** The requests will carry a budget. Only what is read ahead of the first one depends on it. Default true. */
  readonly hasBudget?: boolean;
  /** A check tries each STOP, and the model is told so. Default false. */
  readonly hasCheck?: boolean;
  /** Default: from the bank that comes with gyre, and none with an adapter, which was trained without. */
  readonly demonstrations?: ChooseDemonstrations;
  /** From 4 to 8; default 6. */
  readonly demonstrationCount?: number;
}

/** One goal's share of a loaded model. */
export interface Mind extends Model {
  /** Reads rules and demonstrations, when the mind has a sequence, while the caller does something else. */
  readAhead(): void;
  /** Gives up its thought and its sequence. The model stays loaded. */
  close(): Promise<void>;
}

/**
 * Thinks for one goal with a loaded model that others use too.
 *
 * A decision that is not worth carrying out is made once more, as `reconsider` says, and the second one stands. A sequence
 * that another mind has used meanwhile holds what that one read: then all is read again, and the answer is the same.
 */
export function createMind(
  options: MindOptions,
  shared: { readonly process: ModelProcess; readonly seats: Seats<Mind>; readonly description: ModelDescription },
): Mind {
  const { goal, temperature, maxTokens, memoryContextSize } = options;
  const { process, seats, description } = shared;
  const demonstrationCount = options.demonstrationCount ?? 6;
  const hasCheck = options.hasCheck ?? false;
  const choose = options.demonstrations ?? (description.adapter === null ? chooseDemonstrations : chooseNone);
  const usual = choose(goal, demonstrationCount);
  let queue: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let giveUpNow = (_reason: string): void => {};

  const read = (known: Pick<PromptBeginning, 'turns' | 'earlierTurns' | 'hasBudget' | 'facts'>): void => {
    const sequence = seats.find(mind);
    if (sequence === null) return;
    const prompt = buildPromptBeginning({ ...known, goal, demonstrations: usual, memoryContextSize, hasCheck });
    process.warm({ sequence, prompt, maxTokens });
  };

  const decide = async (
    request: ThoughtRequest,
    { sequence, ask, ...how }: { sequence: number; ask: Ask } & Parameters<Ask>[1],
  ): Promise<Thought> => {
    const { isDiversifying } = request;
    const demonstrations = isDiversifying ? choose(goal, demonstrationCount, usual) : usual;
    const heat = isDiversifying ? otherHeat : 0;
    const promptFor = (asked: ThoughtRequest) => buildPrompt({ ...asked, demonstrations, memoryContextSize, hasCheck });
    const order = {
      sequence,
      prompt: promptFor(request),
      maxTokens,
      thoughtTokens: hasFailedTwice(request) ? Math.min(maxThoughtTokens, Math.floor(maxTokens / 2)) : 0,
    };
    const askFor = (its: Partial<ThinkOrder> & Pick<ThinkOrder, 'seed' | 'temperature' | 'commandStart'>) =>
      ask({ ...order, ...its }, how);
    const seed = seedFor(request, options.seed);
    const first = await askFor({ seed, temperature: Math.min(2, temperature + heat), commandStart: null });
    const again = first.ok ? reconsider(first.answer, request, demonstrations) : null;
    if (again === null) return first;
    how.onText('\n');
    const { commandStart, warning } = again;
    const warned =
      warning === undefined
        ? {}
        : { prompt: promptFor({ ...request, surroundings: { ...request.surroundings, nudge: warning } }) };
    const otherSeed = seed === null ? null : ~seed >>> 0;
    const otherwise = { seed: otherSeed, temperature: Math.min(2, temperature + heat + otherHeat), commandStart };
    const isRepeated = (thought: Thought) =>
      commandStart !== null && thought.ok && repeatsCommand(thought.answer, request);
    // A command that must come is another answer by itself. Without that, what was likeliest was wrong.
    let latest = await askFor(commandStart === null ? otherwise : { seed, temperature, commandStart, ...warned });
    const thoughts = [first, latest];
    // What is certainly not done is worth one more try.
    if (warning !== undefined && isRepeated(latest)) {
      latest = await askFor({ ...otherwise, ...warned });
      thoughts.push(latest);
    }
    // Whoever has nothing new to do when stopping is not a choice is done.
    return { ...(isRepeated(latest) ? first : latest), tokens: tokensOf(thoughts) };
  };

  /** When the window is cut after this turn, most of the next prompt is new: it is read while the command runs. */
  const prepareNext = (request: ThoughtRequest, thought: Thought): void => {
    const { turns, earlierTurns, surroundings, budget, facts = [] } = request;
    const parsed = thought.ok ? parseDecision(thought.answer) : null;
    // Who comes next would wait for it, and overwrite it.
    if (!parsed?.ok || !seats.areEnough()) return;
    const total = earlierTurns + turns.length;
    if (findWindowStart(total + 1, memoryContextSize) === findWindowStart(total, memoryContextSize)) return;
    const next = [...turns, { surroundings, decision: parsed.decision }];
    read({ turns: next, earlierTurns, hasBudget: budget !== null, facts });
  };

  const think = async (
    sequence: number,
    request: ThoughtRequest,
    { signal, timeoutMs, onText }: Parameters<Model['think']>[1],
  ): Promise<Thought> => {
    if (isClosed) return failure(closed);
    const limit = limitOf(signal, timeoutMs);
    giveUpNow = limit.reach;
    try {
      const thought = await process.use(async (ask) => {
        const made = await decide(request, { sequence, ask, giveUp: limit.reached, onText });
        prepareNext(request, made);
        return made;
      }, limit.reached);
      return 'problem' in thought ? failure(thought.problem) : thought;
    } finally {
      limit.dismiss();
    }
  };

  const mind: Mind = {
    description,
    readAhead: () => read({ turns: [], earlierTurns: 0, hasBudget: options.hasBudget ?? true }),
    think(request, how) {
      const thought = queue.then(async () => {
        if (isClosed) return failure(closed);
        const taken = await seats.take(mind, (sequence) => think(sequence, request, how), how.signal);
        return taken ?? failure(givenUp);
      });
      queue = thought;
      return thought;
    },
    async close() {
      isClosed = true;
      giveUpNow(closed);
      await queue;
      seats.leave(mind);
    },
  };
  return mind;
}

/** What a model that can think may think after two failures in a row. Thinking is by far its most expensive habit. */
const maxThoughtTokens = 256;
/** Added to the temperature when a decision is made once more, and when the run goes in circles. */
const otherHeat = 0.4;
const givenUp = 'The thought was given up.';
const closed = 'The model is closed.';

/** Each iteration has its own seed, and the same one when it is thought again. */
function seedFor({ iteration }: ThoughtRequest, seed: number | null): number | null {
  return seed === null ? null : (seed + iteration) >>> 0;
}

function tokensOf(thoughts: readonly Thought[]): Thought['tokens'] {
  return {
    evaluated: thoughts.reduce((sum, { tokens }) => sum + tokens.evaluated, 0),
    generated: thoughts.reduce((sum, { tokens }) => sum + tokens.generated, 0),
  };
}

function failure(message: string): Thought {
  return { ok: false, message, tokens: { evaluated: 0, generated: 0 } };
}
