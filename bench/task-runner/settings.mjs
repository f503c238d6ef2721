import { homedir } from 'node:os';
import { join } from 'node:path';
import { createServices } from '../../dist/agent-services.js';
import { loadConfig } from '../../dist/config.js';
import { openLlamaModel } from '../../dist/services/model/llama.js';
import { readAvailableMemoryBytes } from '../../dist/services/model/memory.js';
import { resolveModel, scriptFile } from '../../dist/services/model/resolve-model.js';
import { verifyModel } from '../../dist/services/model/verify-model.js';
import { openOriginalModel } from './original.mjs';

/** Long enough to be seen, short enough not to count. */
const LOOP_INTERVAL_MS = 200;

/**
 * The settings of every run: the defaults, and what the options say. Of the environment only the places of models count,
 * and no settings file does: the same line gives the same results everywhere.
 *
 * @param {import('./options.mjs').Options} options
 * @param {string} stateDir
 */
export function settingsFor({ model, adapter, iterations, temperature, seed, prompt }, stateDir) {
  const flags = new Map([
    ['maxIterations', String(iterations)],
    ['temperature', String(temperature)],
    ['seed', String(seed)],
    ['loopIntervalMs', String(LOOP_INTERVAL_MS)],
    ['stateDir', stateDir],
    ...(model === null ? [] : [['model', model]]),
    ...(adapter === null ? [] : [['adapter', adapter]]),
    // The original goes on after answers that it cannot read, and after refused commands.
    ...(prompt === 'original' ? [['maxConsecutiveFailures', 'none']] : []),
  ]);
  const { MODELS_DIR, LOCAL_SMALL_MODEL } = process.env;
  return loadConfig({
    flags,
    env: { MODELS_DIR, LOCAL_SMALL_MODEL },
    configFile: undefined,
    homeDir: homedir(),
    workingDir: process.cwd(),
    readFile: () => undefined,
  }).settings;
}

/**
 * Finds the model and verifies its file once, so that no run has to.
 * @returns {Promise<{ name: string, file: string }>}
 */
export async function findModel(settings) {
  const resolved = await resolveModel({
    ...settings,
    cwd: process.cwd(),
    availableMemoryBytes: readAvailableMemoryBytes(),
  });
  if (resolved.kind === 'script') return { name: `script-${resolved.file.split('/').at(-1)}`, file: resolved.file };
  await verifyModel({
    ...resolved,
    stateDir: settings.stateDir,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  return resolved;
}

/**
 * The real services for one task, the model among them as `--prompt` and `--demonstrations` ask for it.
 *
 * @param {import('./options.mjs').Options} options
 * @param {object} place
 * @param {string} place.boxSeen the box's path as commands see it
 * @param {Function} [place.openShell] in place of the jail's
 */
export function servicesFor(options, { settings, goal, boxDir, boxSeen, model, openShell }) {
  const { prompt, demonstrations, original } = options;
  const real = createServices({ settings, goal, boxDir, workingDir: process.cwd() });
  const services = openShell === undefined ? real : { ...real, openShell };
  if (scriptFile(settings.model, process.cwd()) !== null) return services;
  if (prompt === 'original') return withOriginal(services, { ...settings, ...model, original, sandboxDir: boxSeen });
  if (demonstrations === null) return services;
  return {
    ...services,
    // As the real service does it, but for the number, and for an adapter, with which none would be shown.
    openModel: (onProgress, signal) =>
      openLlamaModel({
        ...settings,
        ...model,
        goal,
        adapter: null,
        demonstrationCount: demonstrations,
        prefixDir: join(settings.stateDir, 'prefixes'),
        onProgress,
        signal,
      }),
  };
}

/** The original lists the directory with a command of its own, in the same shell. */
function withOriginal(services, options) {
  let shell = null;
  const list = async (workingDirectory) => {
    const { signal } = new AbortController();
    const request = { command: 'ls -la', workingDirectory, timeoutMs: 30_000, signal, isPersons: true };
    return (await shell.run(request)).stdout;
  };
  return {
    ...services,
    async openShell(onNotice) {
      shell = await services.openShell(onNotice);
      return shell;
    },
    openModel: () => openOriginalModel({ ...options, list }),
  };
}
