import { readFileSync } from 'node:fs';

/** @typedef {import('../../dist/machine/types.js').Decision} Decision */
/** @typedef {{ exitCode: number, stdout: string, stderr: string }} Result */
/** @typedef {{ files: readonly string[], decision: Decision, result: Result | null }} Iteration */

/**
 * A scripted run: what each iteration saw, decided and got. Recorded once, from commands that were really run.
 *
 * @returns {{ goal: string, iterations: readonly Iteration[] }}
 */
export function readTrace() {
  return JSON.parse(readFileSync(new URL('../traces/twenty.json', import.meta.url), 'utf8'));
}

/**
 * The trace's turns as a run holds them, `length` of them: behind its end it begins again.
 *
 * @param {ReturnType<typeof readTrace>} trace
 * @param {number} length
 */
export function listTurns({ iterations }, length = iterations.length) {
  let last = null;
  return Array.from({ length }, (_, index) => {
    const { files, decision, result } = iterations[index % iterations.length];
    const turn = { surroundings: { workingDirectory: '', files, filesOmitted: 0, last }, decision };
    last = resultOf(decision, result);
    return turn;
  });
}

/** What the model is asked at a turn: all turns before it, and what it sees. */
export function requestAt({ goal }, turns, index) {
  return {
    iteration: index + 1,
    goal,
    turns: turns.slice(0, index),
    surroundings: turns[index].surroundings,
    earlierTurns: 0,
    budget: `${turns.length - index} iterations left`,
    isDiversifying: false,
  };
}

function resultOf(decision, result) {
  const { exitCode = null, stdout = '', stderr = '' } = result ?? {};
  const kind = exitCode === null || exitCode === 0 ? 'ok' : 'setback';
  const outcome = { kind, exitCode, truncated: false, durationMs: 3 };
  return { decision, outcome, output: { stdout, stderr }, message: null };
}
