import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openLlamaModel } from '../../dist/services/model/llama.js';
import { readAvailableMemoryBytes } from '../../dist/services/model/memory.js';
import { resolveModel } from '../../dist/services/model/resolve-model.js';

/** What a run has when nobody sets anything else. */
export const DEFAULTS = {
  contextSize: 8192,
  maxTokens: 512,
  temperature: 0.7,
  seed: 1,
  gpuLayers: 0,
  memoryContextSize: 10,
};

/**
 * The model's name and file: the named one, else the tiny one, else the one that gyre would choose.
 *
 * @param {string | null} model
 * @param {string | undefined} modelsDir
 */
export async function findModel(model, modelsDir = path.join(os.homedir(), '.eliza/models')) {
  const options = { modelsDir, cwd: process.cwd(), availableMemoryBytes: readAvailableMemoryBytes() };
  const find = (name) => resolveModel({ ...options, model: name });
  const found = model === null ? await find('tiny').catch(() => find(null)) : await find(model);
  if (found.kind !== 'gguf') throw new Error(`${model} is no model file.`);
  return { name: found.name, file: found.file };
}

/** The agent's own model service, with a process of its own. */
export async function openMind({ name, file }, goal, given = {}) {
  return await openLlamaModel({ ...DEFAULTS, name, file, goal, ...given });
}

/** One thought, with its milliseconds. */
export async function think(mind, request, { signal = new AbortController().signal, onText = () => {} } = {}) {
  const startedAt = performance.now();
  const thought = await mind.think(request, { signal, timeoutMs: 600_000, onText });
  return { ...thought, ms: performance.now() - startedAt };
}

/** The same, for a thought that has to succeed. */
export async function thinkWell(mind, request, options) {
  const thought = await think(mind, request, options);
  if (!thought.ok) throw new Error(`A thought failed: ${thought.message}`);
  return thought;
}

/** The ids of this process's own children that hold a model. */
export function findWorkers() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
        return parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('model/worker.js');
      } catch {
        return false;
      }
    });
}

/** Resident megabytes of a process; null when it is gone. */
export function readResidentMb(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return null;
  }
}
