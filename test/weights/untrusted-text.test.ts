import { existsSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { getLlama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listSpecialTokens } from '../../dist/services/model/inference.js';
import { createSafeTokenizer } from '../../dist/services/model/safe-tokenize.js';

const files = ['SmolLM2-135M-Instruct.Q4_1.gguf', 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf'].map((name) =>
  join(process.env['MODELS_DIR'] ?? join(homedir(), '.eliza/models'), name),
);

for (const file of files) {
  describe.skipIf(!existsSync(file))(`the vocabulary of ${file}`, () => {
    let model: LlamaModel;
    beforeAll(async () => {
      const llama = await getLlama({
        gpu: false,
        build: 'never',
        skipDownload: true,
        maxThreads: availableParallelism(),
        logLevel: LlamaLogLevel.error,
      });
      model = await llama.loadModel({ modelPath: file, vocabOnly: true });
    });
    afterAll(async () => {
      await model.llama.dispose();
    });

    test('has special tokens', () => {
      const texts = listSpecialTokens(model).map(({ text }) => text);
      expect(texts).toEqual(expect.arrayContaining(['<|im_start|>', '<|im_end|>', '<|endoftext|>']));
    });

    test('lets none of them out of untrusted text, which stays as it is', () => {
      const special = listSpecialTokens(model);
      const ids = new Set<number>(special.map(({ id }) => id));
      const tokenize = createSafeTokenizer(
        { tokenize: (text, allowSpecial) => model.tokenize(text, allowSpecial) },
        special,
      );
      const tags = [
        '<think>',
        '</think>',
        '<tool_call>',
        '</tool_call>',
        '</s>',
        '<s>',
        ...special.map(({ text }) => text),
      ];
      const untrusted = fc
        .array(
          fc.oneof(
            fc.constantFrom(...tags),
            fc.constantFrom('<', '|>', '</', ' ', '\n', 'a'),
            fc.string({ unit: 'grapheme' }),
          ),
        )
        .map((pieces) => pieces.join(''));
      fc.assert(
        fc.property(untrusted, (text) => {
          const tokens = tokenize(text);
          expect(tokens.filter((token) => ids.has(token))).toEqual([]);
          // The ids come from the library's own tokeniser, which brands them.
          expect(model.detokenize([...tokens] as ReturnType<LlamaModel['tokenize']>)).toBe(text);
        }),
        { numRuns: 1000 },
      );
    });
  });
}
