import {
  type LlamaContextSequence,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import type { Tokenizer } from './safe-tokenize.ts';
import type { FieldRule, Sampler } from './skeleton.ts';

/** Tokens that were evaluated and sampled so far; counted up while it goes on. */
export interface Counts {
  evaluated: number;
  generated: number;
}

export interface SamplerParts {
  readonly model: LlamaModel;
  readonly sequence: LlamaContextSequence;
  readonly grammars: Readonly<Record<Exclude<FieldRule, 'free'>, LlamaGrammar>>;
  readonly tokenizer: Tokenizer;
  /** Tokens that end an answer, besides those that the library knows. */
  readonly ends: ReadonlySet<number>;
  /** 0 is greedy. */
  readonly temperature: number;
  /** Null leaves it to the clock. */
  readonly seed: number | null;
  readonly signal: AbortSignal;
  readonly counts: Counts;
  /** The prompt's last token, not yet evaluated. */
  readonly last: number;
}

/** Samples behind a prompt that has been evaluated but for its last token. Aborted, it rejects after one token. */
export function createSampler(parts: SamplerParts): Sampler & { close(): Promise<void> } {
  const { model, sequence, grammars, tokenizer, ends, temperature, seed, signal, counts, last } = parts;
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
      counts.evaluated += forced.length;
      let step: IteratorResult<Token, void>;
      if (stream === null) {
        counts.evaluated += 1;
        // No repeat penalty: it would punish the tags.
        stream = sequence.evaluate([asToken(last), ...ready], {
          temperature,
          topP: 0.9,
          topK: 40,
          ...(seed === null ? {} : { seed }),
          yieldEogToken: true,
          grammarEvaluationState: () => grammarState,
        });
        step = await stream.next();
      } else {
        step = await stream.next(ready);
      }
      signal.throwIfAborted();
      if (step.done) throw new Error('The model stopped sampling.');
      counts.generated += 1;
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

/** The library brands its token ids; ours come from its own tokeniser. */
export function asToken(id: number): Token {
  return id as Token;
}
