import os from 'node:os';
import { getLlama, LlamaGrammarEvaluationState, LlamaLogLevel } from 'node-llama-cpp';
import { readModelFile } from '../../dist/services/model/model-file.js';
import { createSafeTokenizer } from '../../dist/services/model/safe-tokenize.js';
import { createPromptTokenizer } from '../../dist/services/model/tokenize-prompt.js';
import { DEFAULTS } from './mind.mjs';

const CHUNK_TOKENS = 64;

/**
 * The library with the model service's settings and nothing of the service around it: what ours is compared to.
 *
 * @param {{ name: string, file: string }} found
 * @param {{ vocabOnly?: boolean, contextSize?: number, adapter?: string | null }} [given]
 */
export async function openBare(
  { name, file },
  { vocabOnly = false, contextSize = DEFAULTS.contextSize, adapter = null } = {},
) {
  const { format, addsSpace } = await readModelFile({ name, file });
  const threads = os.availableParallelism();
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    maxThreads: threads,
    logLevel: LlamaLogLevel.error,
  });
  const model = await llama.loadModel({ modelPath: file, gpuLayers: 0, useMmap: false, vocabOnly });
  const trim = addsSpace ? 'trimLeadingSpace' : undefined;
  const tokenizer = { tokenize: (text, allowSpecial) => model.tokenize(text, allowSpecial, trim) };
  const specialTokens = listSpecialTokens(model);
  const vocabulary = {
    llama,
    model,
    format,
    tokenizer,
    specialTokens,
    /** A tokeniser of prompts remembers where it cut the last one: one for each run. */
    promptTokenizer: () => createPromptTokenizer(format, tokenizer, createSafeTokenizer(tokenizer, specialTokens)),
    detokenize: (tokens) => model.detokenize([...tokens]),
    isEnd: (token) => model.isEogToken(token) || model.getTokenAttributes(token).control,
    close: () => llama.dispose(),
  };
  if (vocabOnly) return vocabulary;
  const lora = adapter === null ? {} : { lora: { adapters: [{ filePath: adapter }] } };
  const context = await model.createContext({ contextSize, threads, batchSize: 128, flashAttention: false, ...lora });
  const sequence = context.getSequence({ contextShift: { strategy: refuseToShift } });
  return { ...vocabulary, sequence, writer: createWriter({ ...vocabulary, sequence }) };
}

/** What the service takes for special, told anew here: what is measured must not say what is right. */
function listSpecialTokens(model) {
  const texts = model.fileInfo.metadata.tokenizer.ggml.tokens;
  return [...model.iterateAllTokens()].flatMap((id) => {
    const { control, userDefined, unknown } = model.getTokenAttributes(id);
    return control || userDefined || unknown ? [{ id, text: texts[id], control }] : [];
  });
}

function createWriter({ llama, model, sequence, tokenizer, detokenize, isEnd }) {
  const grammars = Promise.all(
    ['root ::= "RUN" | "SLEEP" | "STOP"', 'root ::= [0-9]{1,6} "</"'].map((grammar) =>
      llama.createGrammar({ grammar }),
    ),
  );
  const sampling = ({ temperature = DEFAULTS.temperature, seed = 1 }) => ({
    temperature,
    topP: 0.9,
    topK: 40,
    seed,
    yieldEogToken: true,
  });

  /** Evaluates all but the last token, which is answered. What stands there already is not evaluated again. */
  const read = async (tokens) => {
    const rest = tokens.slice(0, -1);
    await sequence.adaptStateToTokens(rest, false);
    for (let at = sequence.nextTokenIndex; at < rest.length; at += CHUNK_TOKENS) {
      await sequence.evaluateWithoutGeneratingNewTokens(rest.slice(at, at + CHUNK_TOKENS));
    }
    return tokens.at(-1);
  };

  return {
    read,
    /** The library's own loop. Yields each token; the first one has cost the prompt's last token too. */
    generate: (last, given) => sequence.evaluate([].concat(last), sampling(given)),
    /** A sampler for `writeDecisionWith`. */
    async sampler(last, given) {
      const [action, digits] = await grammars;
      let rule = 'free';
      let state;
      let stream = null;
      return {
        async sample(previous, forced, nextRule) {
          if (nextRule !== rule) {
            rule = nextRule;
            const grammar = rule === 'action' ? action : digits;
            state = rule === 'free' ? undefined : new LlamaGrammarEvaluationState({ model, grammar });
          }
          const ready = [...(previous === null ? [] : [previous]), ...forced];
          const isFirst = stream === null;
          stream ??= sequence.evaluate([last, ...ready], { ...sampling(given), grammarEvaluationState: () => state });
          const step = await (isFirst ? stream.next() : stream.next(ready));
          return step.value;
        },
        tokenize: (text) => tokenizer.tokenize(text, false),
        detokenize,
        isEnd,
        close: async () => void (await stream?.return()),
      };
    },
  };
}

function refuseToShift() {
  throw new Error('The text grew beyond the window.');
}
