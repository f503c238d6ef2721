import os from 'node:os';
import {
  getLlama,
  type Llama,
  type LlamaContextSequence,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import { AgentError } from '../../errors.ts';
import { assertFitsMemory, readModelFile } from './model-file.ts';
import { createSafeTokenizer, type SpecialToken, type Tokenizer } from './safe-tokenize.ts';
import { type FieldRule, type Sampler, writeDecisionWith } from './skeleton.ts';
import { createPromptTokenizer } from './tokenize-prompt.ts';
import type { LoadedModel, LoadOptions, ThinkOrder, ThoughtAnswer } from './worker-protocol.ts';

/** A loaded model with one context and one sequence, for the life of its process. */
export interface Inference {
  readonly model: LoadedModel;
  /** Answers one order at a time; never rejects. Aborted, it lets go after one chunk of the prompt or one token. */
  think(
    order: ThinkOrder,
    options: { readonly signal: AbortSignal; readonly onText: (text: string) => void },
  ): Promise<ThoughtAnswer>;
  close(): Promise<void>;
}

/** Loads a model. Rejects with `model-unavailable` before the weights are read, when the file or the memory forbids it. */
export async function openInference(options: LoadOptions, onProgress: (fraction: number) => void): Promise<Inference> {
  const file = await readModelFile(options);
  assertFitsMemory(options, file);
  // Without maxThreads the library takes four threads on two cores, and is 76 times slower.
  const threads = os.availableParallelism();
  const onProcessor = options.gpuLayers === 0;
  let complaint = '';
  const llama = await getLlama({
    gpu: onProcessor ? false : 'auto',
    build: 'never',
    skipDownload: true,
    maxThreads: threads,
    logLevel: LlamaLogLevel.error,
    logger: (_level, message) => {
      complaint = message;
    },
  });
  const model = await llama
    .loadModel({
      modelPath: options.file,
      gpuLayers: options.gpuLayers < 0 ? 'max' : options.gpuLayers,
      useMmap: false,
      onLoadProgress: onProgress,
    })
    .catch((error: unknown) => {
      throw unloadable(options, error, complaint);
    });
  const context = await model.createContext({
    contextSize: options.contextSize,
    threads,
    batchSize,
    ...(onProcessor ? { flashAttention: false } : {}),
  });
  // By default the library would drop the beginning of the prompt, which is where the rules stand.
  const sequence = context.getSequence({ contextShift: { strategy: refuseToShift } });
  const grammars = {
    action: await llama.createGrammar({ grammar: 'root ::= "RUN" | "SLEEP" | "STOP"' }),
    digits: await llama.createGrammar({ grammar: 'root ::= [0-9]{1,6} "</"' }),
  };
  // Else vocabularies that begin each text with a blank would put one before every piece of the prompt.
  const trim = file.addsSpace ? 'trimLeadingSpace' : undefined;
  const tokenizer: Tokenizer = { tokenize: (text, allowSpecial) => model.tokenize(text, allowSpecial, trim) };
  const specialTokens = listSpecialTokens(model);
  const ends = new Set(
    specialTokens.filter(({ id }) => model.getTokenAttributes(asToken(id)).control).map(({ id }) => id),
  );
  const tokenizePrompt = createPromptTokenizer(file.format, tokenizer, createSafeTokenizer(tokenizer, specialTokens));

  return {
    model: { fileBytes: file.bytes, threads },

    async think(order, { signal, onText }) {
      const room = options.contextSize - order.maxTokens;
      const tokens = { evaluated: 0, generated: 0 };
      try {
        const prompt = tokenizePrompt(order.prompt, room);
        if (!prompt.ok) return { ok: false, message: describeOverflow(prompt.needed, room, options), tokens };
        const last = await evaluatePrompt(sequence, prompt.tokens, signal, tokens);
        const sampler = createSampler({
          llama,
          model,
          sequence,
          grammars,
          tokenizer,
          ends,
          order,
          signal,
          tokens,
          last,
        });
        try {
          const answer = await writeDecisionWith(sampler, { maxTokens: order.maxTokens, onText });
          return { ok: true, answer, tokens };
        } finally {
          await sampler.close();
        }
      } catch (error) {
        if (signal.aborted) return { ok: false, message: 'The thought was given up.', tokens };
        // Whatever failed, the next thought starts from a state that is known.
        await sequence.clearHistory();
        return { ok: false, message: `The model failed: ${error instanceof Error ? error.message : error}`, tokens };
      }
    },

    async close() {
      await llama.dispose();
    },
  };
}

/** Everything in the vocabulary that llama.cpp could read out of text as more than text. */
export function listSpecialTokens(model: LlamaModel): SpecialToken[] {
  const texts = model.fileInfo.metadata.tokenizer.ggml.tokens;
  const special: SpecialToken[] = [];
  for (const token of model.iterateAllTokens()) {
    const attributes = model.getTokenAttributes(token);
    const text = texts[token];
    if (text !== undefined && (attributes.control || attributes.userDefined || attributes.unknown)) {
      special.push({ id: token, text });
    }
  }
  return special;
}

/** Tokens that are evaluated between two looks at the signal. Fewer waste the matrix units. */
const chunkTokens = 64;
const batchSize = 128;

interface Counts {
  evaluated: number;
  generated: number;
}

interface SamplerParts {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly sequence: LlamaContextSequence;
  readonly grammars: Readonly<Record<Exclude<FieldRule, 'free'>, LlamaGrammar>>;
  readonly tokenizer: Tokenizer;
  readonly ends: ReadonlySet<number>;
  readonly order: ThinkOrder;
  readonly signal: AbortSignal;
  readonly tokens: Counts;
  /** The prompt's last token, not yet evaluated. */
  readonly last: number;
}

/** Evaluates all but the last token, which is answered. What is the same as before is not evaluated again. */
async function evaluatePrompt(
  sequence: LlamaContextSequence,
  prompt: readonly number[],
  signal: AbortSignal,
  counts: Counts,
): Promise<number> {
  const tokens = prompt.slice(0, -1).map(asToken);
  // False: by default it shifts what it keeps, which is approximate, and leaves a stale tail.
  await sequence.adaptStateToTokens(tokens, false);
  for (let at = sequence.nextTokenIndex; at < tokens.length; at += chunkTokens) {
    signal.throwIfAborted();
    const chunk = tokens.slice(at, at + chunkTokens);
    await sequence.evaluateWithoutGeneratingNewTokens(chunk);
    counts.evaluated += chunk.length;
  }
  signal.throwIfAborted();
  return prompt[prompt.length - 1] ?? 0;
}

function createSampler(parts: SamplerParts): Sampler & { close(): Promise<void> } {
  const { model, sequence, grammars, tokenizer, ends, order, signal, tokens, last } = parts;
  let rule: FieldRule = 'free';
  let grammarState: LlamaGrammarEvaluationState | undefined;
  let stream: AsyncGenerator<Token, void, undefined | Token | Token[]> | null = null;

  return {
    async sample(previous, forced, nextRule) {
      signal.throwIfAborted();
      if (nextRule !== rule) {
        rule = nextRule;
        grammarState =
          rule === 'free' ? undefined : new LlamaGrammarEvaluationState({ model, grammar: grammars[rule] });
      }
      const ready = [...(previous === null ? [] : [previous]), ...forced].map(asToken);
      tokens.evaluated += forced.length;
      let step: IteratorResult<Token, void>;
      if (stream === null) {
        tokens.evaluated += 1;
        // No repeat penalty: it would punish the tags.
        stream = sequence.evaluate([asToken(last), ...ready], {
          temperature: order.temperature,
          topP: 0.9,
          topK: 40,
          ...(order.seed === null ? {} : { seed: order.seed }),
          yieldEogToken: true,
          grammarEvaluationState: () => grammarState,
        });
        step = await stream.next();
      } else {
        step = await stream.next(ready);
      }
      signal.throwIfAborted();
      if (step.done) throw new Error('The model stopped sampling.');
      tokens.generated += 1;
      return step.value;
    },
    tokenize: (text) => tokenizer.tokenize(text, false),
    detokenize: (ids) => model.detokenize(ids.map(asToken)),
    isEnd: (token) => ends.has(token) || model.isEogToken(asToken(token)),
    async close() {
      await stream?.return();
    },
  };
}

function unloadable({ name, file }: LoadOptions, error: unknown, complaint: string): AgentError {
  const reason = [error instanceof Error ? error.message : String(error), complaint.replace(/\s+/g, ' ').trim()]
    .filter((text) => text !== '')
    .join(': ');
  return new AgentError('model-unavailable', `${name} (${file}) could not be loaded: ${reason.slice(0, 400)}.`, {
    hint: 'Run "gyre models pull NAME" to fetch it again, or name another file with --model.',
    cause: error,
  });
}

function refuseToShift(): never {
  throw new AgentError('internal', 'The prompt grew beyond the window of the model.');
}

function describeOverflow(needed: number, room: number, { contextSize }: LoadOptions): string {
  return (
    `The prompt takes ${needed} tokens, and there is room for ${Math.max(0, room)}: the window holds ${contextSize}, ` +
    'and the answer needs some of them. Raise --context-size, or shorten the goal.'
  );
}

/** The library brands its token ids; ours come from its own tokeniser. */
function asToken(id: number): Token {
  return id as Token;
}
