import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { posix } from 'node:path';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import { writeDecision } from '../../dist/protocol/decision.js';
import { parseOriginal } from './original-parser.mjs';
import { firstOf, readOriginalPrompt } from './original-prompt.mjs';

/** What the original gives its library, and what that library takes by itself. */
const SAMPLING = { topP: 0.9, topK: 40, minP: 0.05 };
const BATCH_SIZE = 512;
const STOP = '</note>';
const LISTED_CHARACTERS = 1000;

/**
 * A model that is asked as the original asks it: its prompt as one raw text, its sampling, its parser. Of a prompt it
 * reuses the part that it has in common with the one before.
 *
 * An answer that its parser can read comes in the form of our protocol, any other one as it is: so it counts as
 * malformed here, where the original would sleep a second.
 *
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.file a GGUF file
 * @param {string} options.original the original's source
 * @param {string} options.sandboxDir as commands see it
 * @param {(workingDirectory: string) => Promise<string>} options.list what `ls -la` prints
 * @param {number} options.contextSize
 * @param {number} options.maxTokens
 * @param {number} options.temperature
 * @param {number | null} options.seed
 * @param {number} options.memoryContextSize
 * @returns {Promise<import('../../dist/services/model/model.js').Model>}
 */
export async function openOriginalModel(options) {
  const { name, file, sandboxDir, contextSize, maxTokens, memoryContextSize } = options;
  const buildPrompt = readOriginalPrompt(readFileSync(options.original, 'utf8'));
  const { llama, model, sequence } = await load(file, contextSize);
  const steps = [];
  const commands = [];

  async function think({ iteration, goal, surroundings }, { signal, timeoutMs, onText }) {
    const tokens = { evaluated: 0, generated: 0 };
    const giveUp = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    remember(surroundings.last);
    const prompt = buildPrompt({
      goal,
      sandboxDir,
      currentDir: posix.join(sandboxDir, surroundings.workingDirectory),
      listing: firstOf(await options.list(surroundings.workingDirectory), LISTED_CHARACTERS),
      steps: steps.slice(-memoryContextSize),
      commands,
    });
    commands.push('ls -la');
    try {
      const answer = `${await complete(prompt, { iteration, giveUp, onText, tokens })}${STOP}`;
      const decision = parseOriginal(answer);
      // What its parser cannot read is a SLEEP to it.
      steps.push({ number: steps.length + 1, action: decision?.action ?? 'SLEEP', command: decision?.command });
      return { ok: true, answer: decision === null ? answer : writeDecision(decision), tokens };
    } catch (error) {
      return { ok: false, message: `The model failed: ${error.message}`, tokens };
    }
  }

  /** What came of the last step is known only now. */
  function remember(last) {
    const step = steps.at(-1);
    if (step?.command === undefined || last === null) return;
    const { outcome, output } = last;
    if (outcome.code === 'command-denied') {
      step.result = { exitCode: 1, stdout: '' };
    } else {
      step.result = { exitCode: outcome.exitCode, stdout: outcome.code === undefined ? output.stdout : '' };
      commands.push(step.command);
    }
  }

  async function complete(prompt, { iteration, giveUp, onText, tokens }) {
    const begin = model.tokens.shouldPrependBosToken && model.tokens.bos !== null ? [model.tokens.bos] : [];
    const wanted = [...begin, ...model.tokenize(prompt, true)];
    if (wanted.length >= contextSize) throw new Error(`the prompt has ${wanted.length} tokens, and ${contextSize} fit`);
    await sequence.adaptStateToTokens(wanted.slice(0, -1), false);
    for (let at = sequence.nextTokenIndex; at < wanted.length - 1; at += BATCH_SIZE) {
      giveUp.throwIfAborted();
      const chunk = wanted.slice(at, Math.min(at + BATCH_SIZE, wanted.length - 1));
      await sequence.evaluateWithoutGeneratingNewTokens(chunk);
      tokens.evaluated += chunk.length;
    }
    tokens.evaluated += 1;
    const written = [];
    let text = '';
    const { temperature, seed } = options;
    const sampling = { ...SAMPLING, temperature, ...(seed === null ? {} : { seed: seed + iteration }) };
    for await (const token of sequence.evaluate([wanted.at(-1)], { ...sampling, yieldEogToken: true })) {
      giveUp.throwIfAborted();
      if (model.isEogToken(token)) break;
      written.push(token);
      tokens.generated += 1;
      const longer = model.detokenize(written);
      onText(longer.slice(text.length));
      text = longer;
      const end = text.indexOf(STOP);
      if (end !== -1) return text.slice(0, end);
      if (written.length >= Math.min(maxTokens, contextSize - wanted.length)) break;
    }
    return text;
  }

  return {
    description: { name, file, summary: `${name}, asked as the original asks it` },
    think,
    close: () => llama.dispose(),
  };
}

async function load(file, contextSize) {
  const threads = availableParallelism();
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    maxThreads: threads,
    logLevel: LlamaLogLevel.error,
  });
  const model = await llama.loadModel({ modelPath: file, useMmap: false });
  const context = await model.createContext({ contextSize, threads, batchSize: BATCH_SIZE, flashAttention: false });
  const strategy = () => {
    throw new Error('the context is full');
  };
  return { llama, model, sequence: context.getSequence({ contextShift: { strategy } }) };
}
