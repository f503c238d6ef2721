import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createValidator } from '../../dist/services/validator/validator.js';
import { describeTree, normaliseOutput } from './exam-grading.mjs';
import { aCommand, createExamRoot } from './exam-root.mjs';
import { shortHash } from './options.mjs';
import { runAgent } from './run-agent.mjs';
import { servicesFor } from './settings.mjs';
import { UsageError } from './usage-error.mjs';

/**
 * The chosen questions of an exam: a list of `{query, gold, gold2}`. They have no names of their own: q1, q2, and so on.
 * @param {import('./options.mjs').Options} options
 */
export async function readExam({ tasks, only, limit }) {
  const list = JSON.parse(readFileSync(tasks, 'utf8'));
  const all = list.map(({ query, gold, gold2 }, index) => {
    if (typeof query !== 'string' || typeof gold !== 'string') {
      throw new UsageError(`--tasks: entry ${index + 1} of ${tasks} has no query or no gold.`);
    }
    const golds = [gold, gold2].filter((text) => typeof text === 'string' && text.trim() !== '');
    return {
      name: `q${index + 1}`,
      goal: query,
      golds: [...new Set(golds)],
      hash: shortHash(JSON.stringify([query, golds])),
    };
  });
  const missing = only?.find((name) => !all.some((task) => task.name === name));
  if (missing !== undefined) throw new UsageError(`There is no ${missing} in ${tasks}: it has q1 to q${all.length}.`);
  return all.filter(({ name }) => only === null || only.includes(name)).slice(0, limit ?? undefined);
}

/**
 * Builds the exam's root once.
 * @param {import('./options.mjs').Options} options
 * @returns {Promise<{ runTask: Function, close(): Promise<void> }>}
 */
export async function openExam({ setup, box }) {
  const origin = await createExamRoot(readFileSync(setup, 'utf8'));
  const directory = (box ?? (origin.has('testbed') ? '/testbed' : '/')).replace(/\/+$/, '');
  if (directory !== '' && !(directory.startsWith('/') && origin.has(directory))) {
    await origin.remove();
    throw new UsageError(`--box: after the setup there is no directory ${box}.`);
  }
  return {
    runTask: (task, context) => runQuestion(task, { ...context, origin, box: directory }),
    close: origin.remove,
  };
}

/** Plays one question in a copy of the root, and its golds in others. */
async function runQuestion({ name, goal, golds, hash }, { options, settings, model, signal, origin, box }) {
  const { record, left } = await inCopy(origin, box, async ({ root, shell }) => {
    const boxDir = join(root, box);
    const services = {
      ...servicesFor(options, { settings, goal, boxDir, boxSeen: box || '/', model, openShell: async () => shell }),
      validator: validatorIn(box),
    };
    const ran = await runAgent(options, { goal, settings, boxDir, services, signal });
    return { record: ran, left: leftBy(root, shell) };
  });
  const grades = [];
  for (const gold of golds) {
    const wanted = await inCopy(origin, box, async ({ root, shell }) => {
      await shell.run(aCommand(gold));
      return leftBy(root, shell);
    });
    grades.push(compare(left, wanted));
    if (grades.at(-1).passed) break;
  }
  const passed = grades.at(-1)?.passed === true;
  return { name, hash, passed, falseStop: false, ...(passed ? { by: grades.length } : { golds: grades }), ...record };
}

async function inCopy(origin, box, use) {
  const copy = await origin.copy(box);
  try {
    return await use(copy);
  } finally {
    await copy.shell.close();
    await copy.remove();
  }
}

function leftBy(root, shell) {
  const last = shell.last();
  return { hasRun: last !== null, output: normaliseOutput(last?.stdout ?? ''), tree: describeTree(root) };
}

function compare(left, wanted) {
  const isOutputSame = left.output === wanted.output;
  const isTreeSame = left.tree === wanted.tree;
  return { passed: left.hasRun && isOutputSame && isTreeSame, isOutputSame, isTreeSame };
}

/** The default policy, for which everything in the root is inside. */
function validatorIn(box) {
  const validator = createValidator({ allow: [], deny: [], box: '' });
  return { check: (command, workingDirectory = '') => validator.check(command, `${box}/${workingDirectory}`) };
}
