import type { LlamaModel } from 'node-llama-cpp';
import { readModelFile } from './model-file.ts';
import { openRuntime } from './runtime.ts';
import { createSafeTokenizer, type SpecialToken, type Tokenizer } from './safe-tokenize.ts';
import { asToken } from './sampler.ts';
import { openSavedPrefixes } from './saved-prefix.ts';
import { createSequence, type Sequence } from './sequence.ts';
import { createSpeedWatch } from './speed-watch.ts';
import { createPromptTokenizer } from './tokenize-prompt.ts';
import type { LoadedModel, LoadOptions, WorkerHealth } from './worker-protocol.ts';

/** A loaded model with one context, for the life of its process. Its sequences think side by side. */
export interface Inference {
  readonly model: LoadedModel;
  readonly sequences: readonly Sequence[];
  /** What a planned restart is decided by. */
  health(): WorkerHealth;
  close(): Promise<void>;
}

/** Loads a model. Rejects with `model-unavailable` before the weights are read, when the file or the memory forbids it. */
export async function openInference(options: LoadOptions, onProgress: (fraction: number) => void): Promise<Inference> {
  const file = await readModelFile(options);
  const runtime = await openRuntime(options, file, onProgress);
  const { llama, model } = runtime;
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
  const speed = createSpeedWatch();
  const { describe } = runtime;
  const parts = { options, file, model, grammars, tokenizer, ends, tokenizePrompt, describe, saved, speed };
  const sequences = runtime.sequences.map((sequence) => createSequence(sequence, parts));

  return {
    model: {
      fileBytes: file.bytes,
      threads: runtime.threads,
      graphics: runtime.graphics,
      sequences: sequences.length,
    },
    sequences,

    health: () => ({ residentBytes: process.memoryUsage.rss(), msPerToken: speed.msPerToken() }),

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
