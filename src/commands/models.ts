import path from 'node:path';
import type { Settings } from '../config.ts';
import { AgentError } from '../errors.ts';
import { CATALOGUE, type CatalogueEntry, findByName } from '../services/model/catalogue.ts';
import { readAvailableMemoryBytes } from '../services/model/memory.ts';
import { DEFAULT_HF_ENDPOINT } from '../services/model/pull-model.ts';
import { hasCatalogueModel, suggestModel } from '../services/model/resolve-model.ts';
import { verifyModel } from '../services/model/verify-model.ts';
import { size } from '../terminal/style.ts';
import { type Command, type Invocation, type Io, jsonFlag } from './command.ts';
import { type ModelFiles, pullModelCommand, removeModel } from './model-files.ts';
import { listModels } from './model-list.ts';
import { nextKey } from './next-key.ts';

export const models: Command = {
  name: 'models',
  usage: 'list | pull NAME | remove NAME',
  about:
    'list shows the catalogue, what fits the memory and what is on disk. pull fetches a model from the first of its\n' +
    'sources that has it and verifies its checksum. NAME may also be a file of the hub: hf:USER/REPOSITORY/FILE.gguf,\n' +
    'with #REVISION behind it if need be. HF_ENDPOINT names a mirror of the hub, HF_TOKEN is told to it and to nobody\n' +
    'else. remove deletes the file.',
  settings: ['modelsDir', 'stateDir'],
  flags: [jsonFlag],
  examples: [
    ['gyre models list', 'what there is'],
    ['gyre models pull starter', 'the model to begin with, 1.1 GB'],
    [
      'gyre models pull hf:unsloth/gemma-3-1b-it-GGUF/gemma-3-1b-it-Q4_K_M.gguf',
      'any ChatML, Llama 3, Gemma or Mistral file',
    ],
  ],
  maxWords: 2,
  run: runCommand,
};

/**
 * `doctor --fix`: fetches the catalogue model that the settings name when it is missing or damaged; without a name, the
 * one to begin with when there is none at all. What it does is told to the person.
 */
export async function pullMissingStarter({ config, io, isJson }: Invocation): Promise<void> {
  const { settings } = config;
  const entry = await missingModel(settings);
  if (entry === undefined) return;
  // Data is doctor's own: what it did on the way is for people.
  const told = { ...io, out: isJson ? io.err : io.out };
  await untilSignal(io, (signal) => pullModelCommand(entry.name, modelFiles(settings, told, false, signal)));
}

/**
 * Opens the model. When nobody named one and none is there, a person at the terminal is first asked whether to fetch
 * one. Without a terminal, or after a "no", `open` says what is missing.
 */
export async function offerStarter<T>(
  open: () => Promise<T>,
  settings: ModelSettings,
  io: Io,
  signal: AbortSignal,
): Promise<T> {
  if (settings.model !== null || io.keyboard === null || (await hasCatalogueModel(settings.modelsDir))) return open();
  const entry = suggestModel(CATALOGUE, readAvailableMemoryBytes());
  const what = `${entry.name} (${size(entry.bytes)}, ${entry.licence})`;
  io.err.write(`There is no model in ${settings.modelsDir}. Fetch ${what} now? y / n\n`);
  if ((await nextKey(io.keyboard, ['y', 'n'], signal)) === 'y') {
    await pullModelCommand(entry.name, modelFiles(settings, { ...io, out: io.err }, false, signal));
  }
  return open();
}

type ModelSettings = Pick<Settings, 'model' | 'modelsDir' | 'stateDir'>;

async function runCommand({ words, config, io, isJson }: Invocation): Promise<number> {
  const [action = 'list', name] = words;
  return untilSignal(io, async (signal) => {
    const files = modelFiles(config.settings, io, isJson, signal);
    if (action === 'list' && name === undefined) return listModels(files);
    if (action === 'pull' && name !== undefined) return pullModelCommand(name, files);
    if (action === 'remove' && name !== undefined) return removeModel(name, files);
    throw new AgentError('usage', `"gyre models ${words.join(' ')}" is not complete, or not known.`, {
      hint: 'Type "gyre models list", "gyre models pull NAME" or "gyre models remove NAME".',
    });
  });
}

async function missingModel({ model, modelsDir, stateDir }: ModelSettings): Promise<CatalogueEntry | undefined> {
  if (model === null) {
    return (await hasCatalogueModel(modelsDir)) ? undefined : suggestModel(CATALOGUE, readAvailableMemoryBytes());
  }
  const pinned = findByName(CATALOGUE, model);
  if (pinned === undefined) return undefined;
  const file = path.join(modelsDir, pinned.file);
  const signal = new AbortController().signal;
  return verifyModel({ file, pinned, stateDir, onProgress: () => {}, signal }).then(
    () => undefined,
    () => pinned,
  );
}

function modelFiles(
  { modelsDir, stateDir }: Pick<Settings, 'modelsDir' | 'stateDir'>,
  { env, out, err }: Pick<Io, 'env' | 'out' | 'err'>,
  isJson: boolean,
  signal: AbortSignal,
): ModelFiles {
  return {
    modelsDir,
    stateDir,
    hfEndpoint: env['HF_ENDPOINT'] || DEFAULT_HF_ENDPOINT,
    hfToken: env['HF_TOKEN'] || null,
    availableMemoryBytes: readAvailableMemoryBytes(),
    out,
    err,
    isJson,
    signal,
  };
}

/** The first signal ends the work in order; then 128 + its number is answered. */
async function untilSignal(io: Io, work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  let code = 130;
  const forget = io.onSignal((name) => {
    code = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[name];
    controller.abort();
  });
  try {
    return await work(controller.signal);
  } catch (thrown) {
    if (!controller.signal.aborted) throw thrown;
    io.err.write('Stopped. What the hub has sent is kept: the next pull goes on from there.\n');
    return code;
  } finally {
    forget();
  }
}
