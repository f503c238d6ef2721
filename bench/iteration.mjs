// What one scripted iteration costs, beside what it cannot do without: a bare start of bubblewrap with the same
// arguments, and two bare fdatasyncs. All are measured in turns, in one run, because machines are noisy.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  fdatasyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GROUP, jailArguments, PASSWD } from '../dist/services/shell/bubblewrap.js';
import { JAIL_ID } from '../dist/services/shell/identity.js';
import { buildSeccompFilter } from '../dist/services/shell/seccomp.js';

const ROUNDS = 5;
const ITERATIONS = 60;
const dir = mkdtempSync(join(tmpdir(), 'gyre-bench-'));
chmodSync(dir, 0o755);

const rounds = [];
for (let round = 0; round < ROUNDS; round += 1) {
  rounds.push({ bwrap: await bareBubblewrap(), sync: bareSync(), iteration: await scriptedIteration(round) });
}
const best = (name) => Math.min(...rounds.map((round) => round[name]));
const floor = best('bwrap') + 2 * best('sync');
const ratio = best('iteration') / floor;
console.log(
  `bare bubblewrap start   ${best('bwrap').toFixed(2)} ms   (with the jail's arguments; median of 40, best of ${ROUNDS} rounds)`,
);
console.log(`bare fdatasync          ${best('sync').toFixed(2)} ms`);
console.log(`scripted iteration      ${best('iteration').toFixed(2)} ms   (median of ${ITERATIONS})`);
console.log(`ratio                   ${ratio.toFixed(2)}   (1.5 is the limit)`);
rmSync(dir, { recursive: true, force: true });
process.exit(ratio <= 1.5 ? 0 : 1);

/** Milliseconds from one record to the next in a run of `true`, as its own lines tell. */
async function scriptedIteration(round) {
  const box = join(dir, `box-${round}`);
  mkdirSync(box);
  const script = join(dir, 'script.txt');
  writeFileSync(script, '<action>RUN</action><command>true</command>\n---\n'.repeat(ITERATIONS));
  const flags = [
    '--model',
    `script:${script}`,
    '--loop-interval-ms',
    '0',
    '--max-iterations',
    `${ITERATIONS}`,
    '--give-up-after',
    'none',
  ];
  const places = ['--sandbox-dir', box, '--state-dir', join(dir, `state-${round}`), '--sandbox', 'bubblewrap'];
  const output = await outputOf(process.execPath, ['dist/cli.js', 'run', 'bench', '--json', ...flags, ...places]);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const times = lines.filter(({ type }) => type === 'iteration.saved').map(({ time }) => Date.parse(time));
  // Times are in whole milliseconds: the mean of all gaps says more than their median.
  return (times.at(-1) - times[9]) / (times.length - 10);
}

/** One start of bubblewrap with the jail's own arguments and nothing of gyre around it. */
async function bareBubblewrap() {
  const roots = ['/bin', '/sbin', '/lib', '/lib64'].filter((root) => existsSync(root));
  const facts = {
    canDisableUserns: true,
    roots: new Map(roots.map((root) => [root, lstatSync(root).isSymbolicLink() ? readlinkSync(root) : null])),
  };
  const contents = [PASSWD, GROUP, buildSeccompFilter(process.arch) ?? ''];
  const files = ['passwd', 'group', 'filter'].map((name) => join(dir, name));
  for (const [index, file] of files.entries()) writeFileSync(file, contents[index]);
  const box = join(dir, 'bare-box');
  mkdirSync(box, { recursive: true });
  const args = jailArguments(facts, { passwd: 3, group: 4, masks: 5, seccomp: 5 }, [], {
    box,
    check: null,
    usr: '/usr',
  });
  const identity = process.getuid() === 0 ? { uid: JAIL_ID, gid: JAIL_ID } : {};
  const times = [];
  for (let index = 0; index < 40; index += 1) {
    const descriptors = files.map((file) => openSync(file, 'r'));
    const startedAt = performance.now();
    const options = { ...identity, env: {}, stdio: ['ignore', 'pipe', 'inherit', ...descriptors] };
    await outputOf('/usr/bin/bwrap', [...args, '/bin/bash', '--noprofile', '--norc', '-c', 'true'], options);
    times.push(performance.now() - startedAt);
    for (const descriptor of descriptors) closeSync(descriptor);
  }
  return times.sort((a, b) => a - b)[20];
}

function bareSync() {
  const file = openSync(join(dir, 'sync'), 'a');
  const times = [];
  for (let index = 0; index < 100; index += 1) {
    const startedAt = performance.now();
    writeSync(file, `${'x'.repeat(400)}\n`);
    fdatasyncSync(file);
    times.push(performance.now() - startedAt);
  }
  closeSync(file);
  return times.sort((a, b) => a - b)[50];
}

function outputOf(file, args, options = { stdio: ['ignore', 'pipe', 'ignore'] }) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, options);
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}
