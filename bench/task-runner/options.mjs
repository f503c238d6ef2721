import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gyreVersion } from '../../dist/version.js';
import { COMPARISON } from './comparison.mjs';
import { ORIGINAL_FILE, readOriginalPrompt } from './original-prompt.mjs';
import { UsageError } from './usage-error.mjs';

/**
 * @typedef {object} Options
 * @property {string} tasks a directory of tasks, one task file, or an exam: absolute
 * @property {'own' | 'exam'} format
 * @property {string | null} model null: the one that gyre would choose
 * @property {string | null} adapter absolute, or none; null: the model's own
 * @property {'open' | 'closing' | 'all'} half
 * @property {readonly string[] | null} only names of tasks
 * @property {'ours' | 'original'} prompt
 * @property {string | null} original the original's source, with its prompt
 * @property {number | null} demonstrations null: as many as gyre shows by itself
 * @property {string | null} setup
 * @property {string | null} box
 * @property {number} iterations
 * @property {number} temperature
 * @property {number} seed
 * @property {number | null} limit
 * @property {string | null} results null: a name made of what decides the results
 * @property {boolean} again
 * @property {boolean} json
 */

/**
 * Reads the command line.
 * @param {readonly string[]} args
 * @returns {Options | 'help'}
 * @throws {UsageError}
 */
export function readOptions(args) {
  const values = parse(args);
  if (values.help) return 'help';
  const tasks = resolve(values.tasks ?? OWN_TASKS);
  if (!existsSync(tasks)) throw new UsageError(`--tasks: there is no ${tasks}.`);
  const format = formatOf(tasks);
  if (format === 'exam' && values.setup === undefined) {
    throw new UsageError(`--tasks: ${tasks} is an exam, and an exam needs --setup FILE.`);
  }
  if (format === 'own' && (values.setup !== undefined || values.box !== undefined)) {
    throw new UsageError('--setup and --box go with an exam; tasks of our own bring their setup along.');
  }
  if (values.setup !== undefined && !existsSync(values.setup)) {
    throw new UsageError(`--setup: there is no ${values.setup}.`);
  }
  if (values.comparison && values.only !== undefined) throw new UsageError('Give --comparison or --only, not both.');
  const only = values.comparison ? COMPARISON : (values.only?.split(',').filter((name) => name !== '') ?? null);
  const prompt = oneOf('prompt', values.prompt ?? 'ours', ['ours', 'original']);
  if (values.original !== undefined && prompt !== 'original') {
    throw new UsageError('--original goes with --prompt original.');
  }
  if (prompt === 'original' && values.demonstrations !== undefined) {
    throw new UsageError("--demonstrations: the original's prompt has none.");
  }
  if (values.adapter !== undefined && (prompt === 'original' || values.demonstrations !== undefined)) {
    throw new UsageError('--adapter goes with our prompt and without --demonstrations: with one, none are shown.');
  }
  return {
    tasks,
    format,
    model: values.model ?? null,
    adapter: adapterOf(values.adapter),
    half: oneOf('half', values.half ?? 'open', ['open', 'closing', 'all']),
    only,
    prompt,
    original: prompt === 'original' ? originalOf(values.original) : null,
    demonstrations: values.demonstrations === undefined ? null : whole('demonstrations', values.demonstrations, 4, 8),
    setup: values.setup === undefined ? null : resolve(values.setup),
    box: values.box ?? null,
    // An exam asks for one command.
    iterations: whole('iterations', values.iterations ?? (format === 'exam' ? '1' : '6'), 1, 1000),
    temperature: temperatureOf(values.temperature ?? (prompt === 'original' ? '0.7' : '0')),
    seed: whole('seed', values.seed ?? '1', 0, 0xffff_ffff),
    limit: values.limit === undefined ? null : whole('limit', values.limit, 1, 100_000),
    results: values.results === undefined ? null : resolve(values.results),
    again: values.again ?? false,
    json: values.json ?? false,
  };
}

/**
 * All that decides what comes out: the first line of a file of results.
 * @param {Options} options
 * @param {string} model its resolved name
 */
export function decidingOptions(
  { tasks, format, adapter, prompt, iterations, temperature, seed, demonstrations, ...rest },
  model,
) {
  return {
    type: 'options',
    tasks: basename(tasks),
    format,
    model,
    ...(adapter === null ? {} : { adapter: adapter === 'none' ? adapter : shortHash(readFileSync(adapter)) }),
    prompt,
    iterations,
    temperature,
    seed,
    demonstrations,
    ...(rest.original === null ? {} : { original: shortHash(readFileSync(rest.original)) }),
    ...(rest.setup === null ? {} : { setup: shortHash(readFileSync(rest.setup)), box: rest.box }),
    gyre: gyreVersion(),
    code: hashOfCode(),
  };
}

/**
 * Where the results go when nobody says: a name made of the options.
 * @param {ReturnType<typeof decidingOptions>} deciding
 */
export function defaultResultsFile({ tasks, model, adapter, prompt, iterations, temperature, seed, demonstrations }) {
  const words = [
    tasks.replace(/\.json$/, ''),
    model.replace(/\.gguf$/, ''),
    ...(adapter === undefined ? [] : [`adapter-${adapter}`]),
    prompt,
    `${iterations}-iterations`,
    `temperature-${temperature}`,
    `seed-${seed}`,
    ...(demonstrations === null ? [] : [`${demonstrations}-demonstrations`]),
  ];
  const name = words.join('_').replace(/[^A-Za-z0-9._-]+/g, '-');
  return fileURLToPath(new URL(`../results/${name}.jsonl`, import.meta.url));
}

export const HELP = `npm run bench:tasks -- [FLAGS]

Runs tasks through the whole agent, grades what is left in the box, and adds it up.

  --tasks DIR|FILE     own tasks (one, or a directory of them), or an exam: [{"query", "gold", "gold2"}]   (bench/tasks)
  --model NAME|FILE    as in gyre run --model                                     (the one that gyre would choose)
  --adapter FILE       as in gyre run --adapter; also none                        (the model's own)
  --half HALF          open, closing or all; of own tasks                         (open)
  --only NAMES         these tasks alone, separated by commas
  --comparison         the twelve tasks named for comparing with the original's prompt
  --prompt PROMPT      ours, or original: the prompt, sampling and parser of the original   (ours)
  --demonstrations N   shows N demonstrations, from 4 to 8, and uses no adapter   (as many as gyre does)
  --setup FILE         for an exam: the shell script that builds its files, in a root of its own
  --box DIR            for an exam: the directory whose files are listed          (/testbed if there is one, else /)
  --original FILE      with --prompt original: its autonomous_agent.py, out of which its prompt is read
  --iterations N       at most so many for each task                              (6; for an exam 1)
  --temperature T      0 to 2                                                     (0; for the original 0.7)
  --seed N             0 to 4294967295                                            (1)
  --limit N            stops after the first N of the chosen tasks
  --results FILE       where each result is kept; tasks in it are not run again   (in bench/results/)
  --again              forgets earlier results
  --json               prints one JSON object in place of the table

Exit codes: 0 all were run, 1 something broke, 2 usage, 130 interrupted: type the same again to go on.

Examples:
  npm run bench:tasks -- --model tiny --limit 3
  npm run bench:tasks -- --model starter --comparison --prompt original --original autonomous_agent.py
  npm run bench:tasks -- --tasks exam.json --setup exam.sh --model starter
`;

const OWN_TASKS = fileURLToPath(new URL('../tasks', import.meta.url));

function parse(args) {
  const text = { type: /** @type {const} */ ('string') };
  const flag = { type: /** @type {const} */ ('boolean') };
  try {
    return parseArgs({
      args: [...args],
      options: {
        adapter: text,
        ...{ tasks: text, model: text, half: text, only: text, comparison: flag, prompt: text, demonstrations: text },
        ...{
          setup: text,
          box: text,
          original: text,
          iterations: text,
          temperature: text,
          seed: text,
          limit: text,
          results: text,
        },
        ...{ again: flag, json: flag, help: flag },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error.message.split('. ')[0].replace(/\.$/, '')}.`);
  }
}

function adapterOf(file) {
  if (file === undefined || file === 'none') return file ?? null;
  if (!existsSync(file)) throw new UsageError(`--adapter: there is no ${file}.`);
  return resolve(file);
}

function originalOf(file) {
  if (file === undefined) {
    throw new UsageError(
      `--prompt original needs --original FILE: the original's ${ORIGINAL_FILE}, whose prompt it is.`,
    );
  }
  try {
    readOriginalPrompt(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--original: ${file} cannot be used: ${error.message}.`);
  }
  return resolve(file);
}

/** A directory, or a file with one object, is ours; a list is an exam. */
function formatOf(tasks) {
  if (!tasks.endsWith('.json')) return 'own';
  try {
    return Array.isArray(JSON.parse(readFileSync(tasks, 'utf8'))) ? 'exam' : 'own';
  } catch (error) {
    throw new UsageError(`--tasks: ${tasks} cannot be read: ${error.message}.`);
  }
}

function oneOf(name, value, allowed) {
  if (allowed.includes(value)) return value;
  throw new UsageError(`--${name}: expected one of ${allowed.join(', ')}, got ${JSON.stringify(value)}.`);
}

function whole(name, value, min, max) {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`--${name}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(value)}.`);
}

function temperatureOf(value) {
  const number = /^(\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : Number.NaN;
  if (number <= 2) return number;
  throw new UsageError(`--temperature: expected a number from 0 to 2, got ${JSON.stringify(value)}.`);
}

/** The version stays the same while a prompt is worked on; this does not. */
function hashOfCode() {
  const dist = fileURLToPath(new URL('../../dist', import.meta.url));
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.js') && /^(agent|services|protocol|machine)/.test(name),
  );
  return shortHash(
    files
      .sort()
      .map((name) => `${name}\0${readFileSync(join(dist, name))}\0`)
      .join(''),
  );
}

export function shortHash(content) {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
