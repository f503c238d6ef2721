// biome-ignore-all lint/suspicious/noTemplateCurlyInString: commands are full of them
// What a verdict of the policy costs: over the corpora, and over text made to be slow to read. Beside it the time of a
// bare `bash -n`, in one run, because machines are noisy.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createValidator } from '../dist/services/validator/validator.js';

/** No verdict may take longer, on whatever text. */
const BOUND_MS = 250;
const ROUNDS = 5;
const MAX_BYTES = 8192;

const validator = createValidator({ allow: [], deny: [] });
const corpus = ['escape', 'policy'].flatMap(casesOf);
const pathological = new Map([
  ['2,000 nested $(', '$('.repeat(2000)],
  ['2,000 nested $( ) closed', '$('.repeat(2000) + ')'.repeat(2000)],
  ['8,000 (', '('.repeat(8000)],
  ['4,000 pipes', `${'a|'.repeat(4000)}a`],
  ['8 KiB of a=a;', 'a=a;'.repeat(2048)],
  ['8 KiB of backticks', '`'.repeat(MAX_BYTES)],
  ['8 KiB of here-documents', '<<A\n'.repeat(2048)],
  ['8 KiB of "$(', '"$('.repeat(2730)],
  ['8 KiB of $((', '$(('.repeat(2730)],
  ['8 KiB of ${a:-', '${a:-'.repeat(1638)],
  ['8 KiB of eval', `${'eval '.repeat(1637)}ls`],
  ['8 KiB of env', `${'env '.repeat(2046)}ls`],
  ['8 KiB of xargs', `${'xargs '.repeat(1364)}ls`],
  ['8 KiB of find -exec', 'find -exec '.repeat(744)],
  ['8 KiB of if a;then', 'if a;then '.repeat(819)],
  ['8 KiB of a[', 'a['.repeat(4096)],
  ['8 KiB of x=$x', 'x=$x$x '.repeat(1170)],
  ['8 KiB of x=$x and an eval', `${'x=$x$x;'.repeat(1100)}eval a$x`],
  ['8 KiB of variables in paths', 'x=a;cat $x$x;'.repeat(600)],
  ['8 KiB of eval $x', 'x=$x;eval a$x;'.repeat(585)],
  ['8 KiB of sed s', `sed '${'s/'.repeat(4000)}'`],
  ['8 KiB of awk strings', `awk '${'"a" '.repeat(2000)}'`],
  ['8 KiB of awk pipes', `awk '${'print a|b;'.repeat(800)}'`],
  ['8 KiB of awk (/', `awk '${'(/'.repeat(4000)}'`],
  ['8 KiB of awk print', `awk '${'print '.repeat(1360)}'`],
  ['8 KiB of awk |', `awk '${'a|'.repeat(4000)}'`],
  ['8 KiB of echo | sh', 'echo a|sh;'.repeat(819)],
  ['8 KiB of git -c', `git ${'-c a.b=c '.repeat(900)}`],
  ['8 KiB of printf', `printf '${'%s'.repeat(2000)}' ${'a '.repeat(2000)} | sh`],
  ['8 KiB of written files', '>a echo ls;./a;'.repeat(546)],
]);

const corpusMs = corpus.map((command) => best(() => validator.check(command)));
for (const [name, text] of pathological)
  pathological.set(
    name,
    best(() => validator.check(text.slice(0, MAX_BYTES))),
  );
const slow = [...pathological].sort(([, a], [, b]) => b - a);
const bashMs = median(Array.from({ length: 41 }, bareBash));
const worst = Math.max(...corpusMs, slow[0][1]);

console.log(
  `corpus, ${corpus.length} commands   median ${median(corpusMs).toFixed(3)} ms, worst ${Math.max(...corpusMs).toFixed(2)} ms`,
);
console.log(
  `pathological, ${slow.length} texts  median ${median(slow.map(([, ms]) => ms)).toFixed(2)} ms, worst ${slow[0][1].toFixed(1)} ms`,
);
for (const [name, ms] of slow.slice(0, 5)) console.log(`  ${ms.toFixed(1).padStart(7)} ms  ${name}`);
console.log(`bare bash -n          median ${bashMs.toFixed(2)} ms`);
console.log(`worst ÷ bash -n       ${(worst / bashMs).toFixed(1)}`);
console.log(`worst verdict         ${worst.toFixed(1)} ms   (${BOUND_MS} ms is the limit)`);
process.exit(worst <= BOUND_MS ? 0 : 1);

/** Milliseconds, the best of some rounds: what else the machine does is not ours to measure. */
function best(check) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    check();
    least = Math.min(least, performance.now() - startedAt);
  }
  return least;
}

function bareBash() {
  const startedAt = performance.now();
  spawnSync('bash', ['-n'], { input: 'ls -la | head -n 3\n', env: { PATH: '/usr/bin:/bin' } });
  return performance.now() - startedAt;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function casesOf(name) {
  return readFileSync(new URL(`../test/security/corpus/${name}.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ id }) => id !== '_meta')
    .map(({ command }) => command);
}
