// Runs tasks through the whole agent, grades them, and adds up. Each result is on the disk before the next task starts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError } from '../dist/errors.js';
import { openExam, readExam } from './task-runner/exam.mjs';
import { decidingOptions, defaultResultsFile, HELP, readOptions } from './task-runner/options.mjs';
import { readOwnTasks, runOwnTask } from './task-runner/own.mjs';
import { openResults } from './task-runner/results.mjs';
import { findModel, settingsFor } from './task-runner/settings.mjs';
import { summarise, table } from './task-runner/summary.mjs';
import { UsageError } from './task-runner/usage-error.mjs';

const stateDir = mkdtempSync(join(tmpdir(), 'gyre-bench-tasks-'));
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => interrupted.abort());
try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 1;
  const hint = error instanceof AgentError && error.hint !== undefined ? `\n${error.hint}` : '';
  const isExpected = error instanceof UsageError || error instanceof AgentError;
  process.stderr.write(`${isExpected ? error.message : error.stack}${hint}\n`);
} finally {
  rmSync(stateDir, { recursive: true, force: true });
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const isExam = options.format === 'exam';
  const tasks = isExam ? await readExam(options) : await readOwnTasks(options);
  const settings = settingsFor(options, stateDir);
  const model = await findModel(settings);
  const deciding = decidingOptions(options, model.name);
  const file = options.results ?? defaultResultsFile(deciding);
  const results = openResults(file, deciding, options);
  const done = new Map(results.records.map((record) => [record.name, record]));
  const isDone = ({ name, hash }) => done.get(name)?.hash === hash;
  process.stderr.write(`${model.name}, ${tasks.length} tasks, ${tasks.filter(isDone).length} done before: ${file}\n`);
  const exam = isExam ? await openExam(options) : null;
  const runTask = exam?.runTask ?? runOwnTask;
  try {
    for (const [index, task] of tasks.entries()) {
      if (isDone(task)) continue;
      const record = await runTask(task, { options, settings, model, signal: interrupted.signal });
      if (interrupted.signal.aborted) return 130;
      results.add(record);
      done.set(task.name, record);
      process.stderr.write(`${progressLine(record, index + 1, tasks.length)}\n`);
    }
  } finally {
    results.close();
    await exam?.close();
  }
  const summary = summarise(tasks.map(({ name }) => done.get(name)));
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...deciding, type: 'summary', ...summary })}\n` : `${table(summary)}\n`,
  );
  return 0;
}

function progressLine({ name, passed, iterations, seconds, cause }, number, count) {
  const place = `[${String(number).padStart(String(count).length)}/${count}]`;
  const words = [
    passed ? 'passed' : 'failed',
    `${iterations} ${iterations === 1 ? 'iteration' : 'iterations'}`,
    `${seconds.toFixed(1)} s`,
    cause,
  ];
  return `${place} ${name.padEnd(28)}  ${words.join('  ')}`;
}
