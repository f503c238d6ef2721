import type { LlamaContextSequence, LlamaModel } from 'node-llama-cpp';
import { readModelFile } from './model-file.ts';
import type { Prompt } from './prompt.ts';
import { openRuntime } from './runtime.ts';
import { createSafeTokenizer, type SpecialToken, type Tokenizer } from './safe-tokenize.ts';
import { asToken, createSampler } from './sampler.ts';
import { keyOf, openSavedPrefixes } from './saved-prefix.ts';
import { writeDecisionWith } from './skeleton.ts';
import { createPromptTokenizer } from './tokenize-prompt.ts';
import type { LoadedModel, LoadOptions, ThinkOrder, ThoughtAnswer, WorkerHealth } from './worker-protocol.ts';

/** A loaded model with one context and one sequence, for the life of its process. */
export interface Inference {
  readonly model: LoadedModel;
  /**
   * Evaluates the beginning of a prompt before the rest is known. The first one of a process is taken from a file where
   * an earlier process left it, and left there otherwise. Never rejects. What it evaluates counts with the next thought.
   */
  warm(prompt: Prompt, options: { readonly maxTokens: number; readonly signal: AbortSignal }): Promise<void>;
  /**
   * Answers one order; never rejects. Aborted, it lets go after one chunk of the prompt or one token. Neither it nor
   * `warm` may be called before the call before has settled.
   */
  think(
    order: ThinkOrder,
    options: { readonly signal: AbortSignal; readonly onText: (text: string) => void },
  ): Promise<ThoughtAnswer>;
  /** What a planned restart is decided by. */
  health(): WorkerHealth;
  close(): Promise<void>;
}

/** Loads a model. Rejects with `model-unavailable` before the weights are read, when the file or the memory forbids it. */
export async function openInference(options: LoadOptions, onProgress: (fraction: number) => void): Promise<Inference> {
  const file = await readModelFile(options);
  const runtime = await openRuntime(options, file, onProgress);
  const { llama, model, sequence } = runtime;
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
  const saved = options.prefixDir === null ? null : openSavedPrefixes(options.prefixDir);
  let evaluatedEarly = 0;
  let isFirst = true;
  let msPerToken: number | null = null;

  return {
    model: { fileBytes: file.bytes, threads: runtime.threads, graphics: runtime.graphics },

    async warm(prompt, { maxTokens, signal }) {
      const counts = { evaluated: 0, generated: 0 };
      try {
        const beginning = tokenizePrompt(prompt, options.contextSize - maxTokens - skeletonTokens);
        if (!beginning.ok) return;
        const mayLoad = isFirst && saved !== null;
        isFirst = false;
        const key = keyOf(await runtime.describe(), beginning.tokens);
        if (mayLoad && (await saved.load(key, sequence))) return;
        await evaluate(sequence, beginning.tokens, signal, counts);
        if (mayLoad) await saved.save(key, sequence);
      } catch {
        // The thought that needs it will meet the same trouble, and can tell. Given up, what it has is good.
        if (!signal.aborted) await sequence.clearHistory();
      } finally {
        evaluatedEarly += counts.evaluated;
      }
    },

    async think(order, { signal, onText }) {
      const room = options.contextSize - order.maxTokens - skeletonTokens;
      const counts = { evaluated: evaluatedEarly, generated: 0 };
      evaluatedEarly = 0;
      const thought = order.thoughtTokens > 0 && file.format.thinking !== null ? file.format.thinking : null;
      try {
        const prompt = tokenizePrompt(order.prompt, room, thought === null ? 'answer' : 'thought');
        if (!prompt.ok) return { ok: false, message: describeOverflow(prompt.needed, room, options), tokens: counts };
        await evaluate(sequence, prompt.tokens.slice(0, -1), signal, counts);
        const { temperature, seed, maxTokens } = order;
        const last = prompt.tokens.at(-1) ?? 0;
        const parts = { model, sequence, grammars, tokenizer, ends, temperature, seed, signal, counts, last };
        const sampler = createSampler(parts);
        const startedAt = performance.now();
        try {
          const answer = await writeDecisionWith(sampler, {
            maxTokens,
            onText,
            commandStart: order.commandStart,
            ...(thought === null ? {} : { thought: { maxTokens: order.thoughtTokens, closing: thought.closing } }),
          });
          msPerToken = (performance.now() - startedAt) / Math.max(1, counts.generated);
          const effort = { promptTokens: prompt.tokens.length, tokensPerSecond: 1000 / msPerToken };
          return { ok: true, answer, tokens: counts, effort };
        } finally {
          await sampler.close();
        }
      } catch (error) {
        if (signal.aborted) return { ok: false, message: 'The thought was given up.', tokens: counts };
        // Whatever failed, the next thought starts from a state that is known.
        await sequence.clearHistory();
        const reason = error instanceof Error ? error.message : error;
        return { ok: false, message: `The model failed: ${reason}`, tokens: counts };
      }
    },

    health: () => ({ residentBytes: process.memoryUsage.rss(), msPerToken }),

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

/** Room for the tags, which nobody samples. Between 14 and 22 tokens in the vocabularies that were tried. */
const skeletonTokens = 48;

/** Tokens that are evaluated between two looks at the signal. Fewer waste the matrix units. */
const chunkTokens = 64;

/** Makes these tokens what the sequence holds. What is the same as before is not evaluated again. */
async function evaluate(
  sequence: LlamaContextSequence,
  prompt: readonly number[],
  signal: AbortSignal,
  counts: { evaluated: number },
): Promise<void> {
  const tokens = prompt.map(asToken);
  // False: by default it shifts what it keeps, which is approximate, and leaves a stale tail.
  await sequence.adaptStateToTokens(tokens, false);
  for (let at = sequence.nextTokenIndex; at < tokens.length; at += chunkTokens) {
    signal.throwIfAborted();
    const chunk = tokens.slice(at, at + chunkTokens);
    await sequence.evaluateWithoutGeneratingNewTokens(chunk);
    counts.evaluated += chunk.length;
  }
  signal.throwIfAborted();
}

function describeOverflow(needed: number, room: number, { contextSize }: LoadOptions): string {
  return (
    `The prompt takes ${needed} tokens, and there is room for ${Math.max(0, room)}: the window holds ${contextSize}, ` +
    'and the answer needs some of them. Raise --context-size, or shorten the goal.'
  );
}
