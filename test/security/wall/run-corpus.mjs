// Runs every case of a corpus with the policy off, each in a fresh box, and prints one JSON line for each:
//   {"id","harmed","why","skipped","ending","durationMs"}
// Usage: node run-corpus.mjs FILE PRIVATE-DIRECTORY [--plain] [ID…]
// As root, commands run as the jail's own uid; else as whoever starts this. --plain is without a jail, to show that the
// checks can fail: only for cases that are harmless to the machine, and never as root.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EFFECTS } from './corpus-effects.mjs';
import { createPlace, ENVIRONMENT_CANARY } from './corpus-place.mjs';
import { jailedProcesses } from './corpus-usage.mjs';

const TIMEOUT_MS = 3000;
/** Of a whole case: an agent that does not answer by then hangs. */
const DEADLINE_MS = 20_000;
const SAMPLE_EVERY_MS = 15;
const JAIL_ID = 64_200;
const PATH = '/usr/bin:/bin:/usr/sbin:/sbin';
const HARMLESS_WITHOUT_JAIL = ['output_contains', 'file_changed', 'listener_contacted', 'observation_bytes'];

const [file, dir, ...options] = process.argv.slice(2);
const isPlain = options[0] === '--plain';
const only = isPlain ? options.slice(1) : options;
const isRoot = process.getuid() === 0;
if (isPlain && isRoot) throw new Error('Attacks never run without a jail as root.');

const owner = isRoot ? { uid: JAIL_ID, gid: JAIL_ID } : { uid: process.getuid(), gid: process.getgid() };
const place = await createPlace(dir, owner);
const state = join(dir, 'state');
mkdirSync(state, { recursive: true, mode: 0o700 });
let agent = null;

for (const case_ of casesOf(file)) {
  const missing = (case_.needs ?? []).filter((tool) => !isInstalled(tool));
  const result = missing.length > 0 ? { harmed: false, skipped: missing.join(', ') } : await run(case_);
  process.stdout.write(`${JSON.stringify({ id: case_.id, ...result })}\n`);
}
agent?.stop();
place.close();

function casesOf(path) {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  const cases = lines.map((line) => JSON.parse(line)).filter(({ id }) => id !== '_meta');
  const wanted = only.length > 0 ? cases.filter(({ id }) => only.includes(id)) : cases;
  return isPlain ? wanted.filter(isHarmlessWithoutJail) : wanted;
}

function isHarmlessWithoutJail({ id, effect, plain }) {
  return HARMLESS_WITHOUT_JAIL.includes(effect?.type) && !/^[KXP]/.test(id) && plain === undefined;
}

function isInstalled(tool) {
  return tool.startsWith('/') ? existsSync(tool) : PATH.split(':').some((bin) => existsSync(join(bin, tool)));
}

async function run({ command, setup, effect, stdout_contains }) {
  place.renew(setup);
  const { type, path, next, ...rest } = effect ?? { type: 'refused', value: stdout_contains };
  const effectHere = { ...rest, ...(path === undefined ? {} : { path: place.fill(path) }) };
  const check = EFFECTS[type](place, effectHere);
  const judge = check.judge ?? check;
  const results = await order([command, ...(next === undefined ? [] : [next])].map(place.fill), check.sample);
  if (results === null) return { harmed: true, why: 'the agent was killed, or hangs' };
  const output = results.map(({ stdout, stderr }) => stdout + stderr).join('');
  const why = (await judge({ output, results })) || remains();
  const { ending, durationMs } = results[0];
  return { harmed: Boolean(why), ...(why ? { why } : {}), ending, durationMs: Math.round(durationMs) };
}

/** Nothing of a command is alive, and nothing of gyre's lies about, once the results are there. */
function remains() {
  if (isPlain) return false;
  const left = jailedProcesses(place.box);
  const files = readdirSync(state);
  if (left.length > 0) return `processes are left: ${left.join(' ')}`;
  return files.length > 0 && `the state directory has ${files.join(' ')} in it`;
}

/** @returns the results of the commands, or null when the agent did not live to tell */
async function order(commands, sample) {
  agent ??= startAgent();
  const { answer } = agent.order({ commands, timeoutMs: TIMEOUT_MS });
  const sampling = sample ? setInterval(sample, SAMPLE_EVERY_MS) : undefined;
  const deadline = new AbortController();
  const late = wait(DEADLINE_MS, null, { signal: deadline.signal }).catch(() => null);
  const results = await Promise.race([answer, late]);
  deadline.abort();
  clearInterval(sampling);
  if (results === null) {
    agent.stop();
    agent = null;
  }
  return results;
}

function startAgent() {
  const program = fileURLToPath(new URL('./corpus-agent.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, isPlain ? '--plain' : '--jail', place.box, state], {
    env: { PATH, HOME: place.home, LANG: 'C.UTF-8', AGENT_SECRET_CANARY: ENVIRONMENT_CANARY },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let settle = () => {};
  createInterface({ input: child.stdout }).on('line', (line) => settle(JSON.parse(line)));
  child.on('exit', () => settle(null));
  child.stdin.on('error', () => {});
  return {
    order(what) {
      const answer = new Promise((resolve) => {
        settle = resolve;
      });
      child.stdin.write(`${JSON.stringify(what)}\n`);
      return { answer };
    },
    stop: () => child.kill('SIGKILL'),
  };
}
