import { AgentError } from '../../errors.ts';
import { parseDecision } from '../../protocol/decision.ts';
import type { Adapter } from './adapter-file.ts';
import { type ChooseDemonstrations, chooseDemonstrations, chooseNone } from './demonstrations.ts';
import type { Model, Thought, ThoughtRequest } from './model.ts';
import { buildPrompt, buildPromptBeginning, findWindowStart, type PromptBeginning } from './prompt.ts';
import { hasFailedTwice, reconsider, repeatsCommand } from './second-thought.ts';
import { startWorker, type Worker } from './worker-client.ts';
import { createHealthWatch } from './worker-health.ts';
import type { LoadedModel, LoadOptions, ThinkOrder } from './worker-protocol.ts';

export interface LlamaModelOptions {
  /** A GGUF file, absolute. */
  readonly file: string;
  /** What the person calls it. */
  readonly name: string;
  /** Tokens of prompt and answer together. */
  readonly contextSize: number;
  /** Tokens of one answer. */
  readonly maxTokens: number;
  /** 0 always takes the likeliest token. */
  readonly temperature: number;
  /** With it, the same run thinks the same thoughts; null leaves it to the clock. */
  readonly seed: number | null;
  /** Layers on the graphics card: 0 uses the processor only, `max` means all, `auto` as many as fit. */
  readonly gpuLayers: number | 'auto' | 'max';
  readonly memoryContextSize: number;
  /** Demonstrations are chosen for it, once. */
  readonly goal: string;
  /** The requests will carry a budget. Only what is read ahead of the first one depends on it. Default true. */
  readonly hasBudget?: boolean;
  /** A check tries each STOP, and the model is told so. Default false. */
  readonly hasCheck?: boolean;
  /** Loaded with the model. Default: none. */
  readonly adapter?: Adapter | null;
  /** Default: from the bank that comes with gyre, and none with an adapter, which was trained without. */
  readonly demonstrations?: ChooseDemonstrations;
  /** From 4 to 8; default 6. */
  readonly demonstrationCount?: number;
  /** Where the evaluated beginning of a prompt is kept for the next start, absolute. Default: nowhere. */
  readonly prefixDir?: string;
  /** From 0 to 1, while the weights are read. */
  readonly onProgress?: (fraction: number) => void;
  /** Aborted while the model is loading: the loading is given up, and the promise rejects. */
  readonly signal?: AbortSignal;
}

/**
 * Loads a GGUF model into a process of its own, and lets it read rules and demonstrations while the caller does something
 * else. Rejects with `model-unavailable` when the file is missing, no GGUF, too big for the memory or of an unknown chat
 * format; nothing is left running then.
 *
 * A decision that is not worth carrying out is made once more, as `reconsider` says, and the second one stands. When the
 * process dies, that thought is `ok: false`, and the next one starts a new process. A process that has grown or become
 * slow is replaced between two thoughts.
 */
export async function openLlamaModel(options: LlamaModelOptions): Promise<Model> {
  const { file, name, goal, temperature, maxTokens, memoryContextSize } = options;
  const demonstrationCount = options.demonstrationCount ?? 6;
  const hasCheck = options.hasCheck ?? false;
  const adapter = options.adapter ?? null;
  const choose = options.demonstrations ?? (adapter === null ? chooseDemonstrations : chooseNone);
  const usual = choose(goal, demonstrationCount);
  const health = createHealthWatch();
  let worker = startWorker();
  const loaded = await loadInto(worker, options);
  let isClosed = false;
  let count = 0;
  let queue: Promise<unknown> = Promise.resolve();

  const readAhead = (known: Pick<PromptBeginning, 'turns' | 'earlierTurns' | 'hasBudget' | 'facts'>): void => {
    worker.warm(
      buildPromptBeginning({ ...known, goal, demonstrations: usual, memoryContextSize, hasCheck }),
      maxTokens,
    );
  };
  const readFirst = () => readAhead({ turns: [], earlierTurns: 0, hasBudget: options.hasBudget ?? true });
  readFirst();

  /** What is wrong, or null when a process is there to think. */
  const ensureWorker = async (giveUp: Promise<string>): Promise<string | null> => {
    if (worker.isAlive()) return null;
    worker = startWorker();
    const problem = await reload(worker, options, giveUp);
    if (problem !== null) return problem;
    health.restarted();
    readFirst();
    return null;
  };

  const decide = async (
    request: ThoughtRequest,
    { giveUp, onText }: { giveUp: Promise<string>; onText: (text: string) => void },
  ): Promise<Thought> => {
    const { isDiversifying } = request;
    const demonstrations = isDiversifying ? choose(goal, demonstrationCount, usual) : usual;
    const heat = isDiversifying ? otherHeat : 0;
    const promptFor = (asked: ThoughtRequest) => buildPrompt({ ...asked, demonstrations, memoryContextSize, hasCheck });
    const order = {
      prompt: promptFor(request),
      maxTokens,
      thoughtTokens: hasFailedTwice(request) ? Math.min(maxThoughtTokens, Math.floor(maxTokens / 2)) : 0,
    };
    const ask = async (how: Partial<ThinkOrder> & Pick<ThinkOrder, 'seed' | 'temperature' | 'commandStart'>) => {
      count += 1;
      const { thought, health: sample } = await worker.think({ ...order, ...how, id: count }, { giveUp, onText });
      if (sample !== null && health.note(sample) !== null) replaceLater();
      return thought;
    };
    const seed = seedFor(request, options.seed);
    const first = await ask({ seed, temperature: Math.min(2, temperature + heat), commandStart: null });
    const again = first.ok ? reconsider(first.answer, request, demonstrations) : null;
    if (again === null) return first;
    onText('\n');
    const { commandStart, warning } = again;
    const warned =
      warning === undefined
        ? {}
        : { prompt: promptFor({ ...request, surroundings: { ...request.surroundings, nudge: warning } }) };
    // A command that must come is another answer by itself. Without that, what was likeliest was wrong.
    const otherSeed = seed === null ? null : ~seed >>> 0;
    const second = await ask(
      commandStart === null
        ? { seed: otherSeed, temperature: Math.min(2, temperature + heat + otherHeat), commandStart }
        : { seed, temperature, commandStart, ...warned },
    );
    const tokens = {
      evaluated: first.tokens.evaluated + second.tokens.evaluated,
      generated: first.tokens.generated + second.tokens.generated,
    };
    // Whoever has nothing new to do when stopping is not a choice is done.
    const isRepeated = commandStart !== null && second.ok && repeatsCommand(second.answer, request);
    return { ...(isRepeated ? first : second), tokens };
  };

  /** When the window is cut after this turn, most of the next prompt is new: it is read while the command runs. */
  const prepareNext = (request: ThoughtRequest, thought: Thought): void => {
    const { turns, earlierTurns, surroundings, budget, facts = [] } = request;
    const parsed = thought.ok ? parseDecision(thought.answer) : null;
    if (!parsed?.ok) return;
    const total = earlierTurns + turns.length;
    if (findWindowStart(total + 1, memoryContextSize) === findWindowStart(total, memoryContextSize)) return;
    const next = [...turns, { surroundings, decision: parsed.decision }];
    readAhead({ turns: next, earlierTurns, hasBudget: budget !== null, facts });
  };

  function replaceLater(): void {
    queue = queue.then(async () => {
      if (isClosed) return;
      await worker.close();
      await ensureWorker(new Promise(() => {}));
    });
  }

  const think: Model['think'] = async (request, { signal, timeoutMs, onText }) => {
    const limit = watch(signal, timeoutMs);
    try {
      if (isClosed) return failure('The model is closed.');
      if (signal.aborted) return failure(givenUp);
      const problem = await ensureWorker(limit.reached);
      if (problem !== null) return failure(problem);
      const thought = await decide(request, { giveUp: limit.reached, onText });
      prepareNext(request, thought);
      return thought;
    } finally {
      limit.dismiss();
    }
  };

  return {
    description: { name, file, adapter: adapter?.name ?? null, summary: summarise(name, adapter, loaded) },
    think(request, thinkOptions) {
      const thought = queue.then(() => think(request, thinkOptions));
      queue = thought;
      return thought;
    },
    async close() {
      isClosed = true;
      await worker.close();
    },
  };
}

/** What a model that can think may think after two failures in a row. Thinking is by far its most expensive habit. */
const maxThoughtTokens = 256;
/** Added to the temperature when a decision is made once more, and when the run goes in circles. */
const otherHeat = 0.4;
const givenUp = 'The thought was given up.';

async function loadInto(worker: Worker, options: LlamaModelOptions): Promise<LoadedModel> {
  const { name, onProgress, signal } = options;
  const onAbort = (): void => {
    void worker.kill();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted) throw new AgentError('model-unavailable', `Loading ${name} was given up.`);
    return await worker.load(loadOptionsOf(options), onProgress ?? (() => {}));
  } catch (error) {
    await worker.kill();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Loads the model again into a new process. Null when it is there, else what is wrong; then nothing is left running. */
async function reload(worker: Worker, options: LlamaModelOptions, giveUp: Promise<string>): Promise<string | null> {
  const loading = worker
    .load(loadOptionsOf(options), () => {})
    .then(
      () => null,
      (error: Error) => error.message,
    );
  const problem = await Promise.race([loading, giveUp]);
  if (problem !== null) await worker.kill();
  return problem;
}

function loadOptionsOf(options: LlamaModelOptions): LoadOptions {
  const { file, name, contextSize, gpuLayers, prefixDir = null, adapter = null } = options;
  return { file, name, contextSize, gpuLayers, prefixDir, adapter };
}

/** Resolves with the reason when the signal is aborted or the time is over, whichever comes first. */
function watch(signal: AbortSignal, timeoutMs: number): { readonly reached: Promise<string>; dismiss(): void } {
  let dismiss = (): void => {};
  const reached = new Promise<string>((resolve) => {
    const onAbort = (): void => resolve(givenUp);
    const timer = setTimeout(() => resolve(`The model took longer than ${timeoutMs} ms.`), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    dismiss = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  });
  return { reached, dismiss: () => dismiss() };
}

/** Each iteration has its own seed, and the same one when it is thought again. */
function seedFor({ iteration }: ThoughtRequest, seed: number | null): number | null {
  return seed === null ? null : (seed + iteration) >>> 0;
}

function summarise(name: string, adapter: Adapter | null, { fileBytes, threads, graphics }: LoadedModel): string {
  const size = fileBytes >= 1e9 ? `${(fileBytes / 1e9).toFixed(1)} GB` : `${Math.round(fileBytes / 1e6)} MB`;
  const facts = [
    size,
    ...(adapter === null ? [] : [`with the adapter ${adapter.name}`]),
    ...(graphics.found === null ? [] : [`${graphics.found.layers} layers on ${graphics.found.name}`]),
    `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    ...(graphics.asked && graphics.found === null ? ['no graphics card that can be used was found'] : []),
  ];
  return `${name} (${facts.join(', ')})`;
}

function failure(message: string): Thought {
  return { ok: false, message, tokens: { evaluated: 0, generated: 0 } };
}
