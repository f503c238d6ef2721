import type { LlamaContextSequence } from 'node-llama-cpp';
import type { ModelFile } from './model-file.ts';
import type { Runtime } from './runtime.ts';
import { asToken, type Counts, createSampler, type SamplerParts } from './sampler.ts';
import { keyOf, type SavedPrefixes } from './saved-prefix.ts';
import { writeDecisionWith } from './skeleton.ts';
import type { SpeedWatch } from './speed-watch.ts';
import type { createPromptTokenizer } from './tokenize-prompt.ts';
import type { LoadOptions, ThinkOrder, ThoughtAnswer, WarmOrder } from './worker-protocol.ts';

/** One sequence of a loaded model. Neither of its functions may be called before the call before has settled. */
export interface Sequence {
  /**
   * Evaluates the beginning of a prompt before the rest is known. The first one is taken from a file where an earlier
   * sequence left it, and left there otherwise. Never rejects. What it evaluates counts with the next thought.
   */
  warm(order: WarmOrder, signal: AbortSignal): Promise<void>;
  /** Answers one order; never rejects. Aborted, it lets go after one chunk of the prompt or one token. */
  think(
    order: ThinkOrder,
    options: { readonly signal: AbortSignal; readonly onText: (text: string) => void },
  ): Promise<ThoughtAnswer>;
}

/** What all sequences of a model share. */
export interface SequenceParts extends Pick<SamplerParts, 'model' | 'grammars' | 'tokenizer' | 'ends'> {
  readonly options: LoadOptions;
  readonly file: ModelFile;
  readonly tokenizePrompt: ReturnType<typeof createPromptTokenizer>;
  readonly describe: Runtime['describe'];
  readonly saved: SavedPrefixes | null;
  readonly speed: SpeedWatch;
}

export function createSequence(sequence: LlamaContextSequence, parts: SequenceParts): Sequence {
  const { options, file, tokenizePrompt, saved, speed, model, grammars, tokenizer, ends } = parts;
  let evaluatedEarly = 0;
  let isFirst = true;

  return {
    async warm({ prompt, maxTokens }, signal) {
      const counts = { evaluated: 0, generated: 0 };
      const done = speed.begin();
      try {
        const beginning = tokenizePrompt(prompt, options.contextSize - maxTokens - skeletonTokens);
        if (!beginning.ok) return;
        const mayLoad = isFirst && saved !== null;
        isFirst = false;
        const key = keyOf(await parts.describe(), beginning.tokens);
        if (mayLoad && (await saved.load(key, sequence))) return;
        await evaluate(sequence, beginning.tokens, signal, counts);
        if (mayLoad) await saved.save(key, sequence);
      } catch {
        // The thought that needs it will meet the same trouble, and can tell. Given up, what it has is good.
        if (!signal.aborted) await sequence.clearHistory();
      } finally {
        evaluatedEarly += counts.evaluated;
        done();
      }
    },

    async think(order, { signal, onText }) {
      const room = options.contextSize - order.maxTokens - skeletonTokens;
      const counts = { evaluated: evaluatedEarly, generated: 0 };
      evaluatedEarly = 0;
      const thought = order.thoughtTokens > 0 && file.format.thinking !== null ? file.format.thinking : null;
      const done = speed.begin();
      try {
        const prompt = tokenizePrompt(order.prompt, room, thought === null ? 'answer' : 'thought');
        if (!prompt.ok) return { ok: false, message: describeOverflow(prompt.needed, room, options), tokens: counts };
        await evaluate(sequence, prompt.tokens.slice(0, -1), signal, counts);
        const { temperature, seed, maxTokens } = order;
        const last = prompt.tokens.at(-1) ?? 0;
        const sampler = createSampler({
          ...{ model, grammars, tokenizer, ends },
          ...{ sequence, temperature, seed, signal, counts, last },
        });
        const written = speed.measure();
        try {
          const answer = await writeDecisionWith(sampler, {
            maxTokens,
            onText,
            commandStart: order.commandStart,
            ...(thought === null ? {} : { thought: { maxTokens: order.thoughtTokens, closing: thought.closing } }),
          });
          const msPerToken = written(counts.generated);
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
      } finally {
        done();
      }
    },
  };
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
  counts: Pick<Counts, 'evaluated'>,
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
