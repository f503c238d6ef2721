// biome-ignore-all lint/suspicious/noTemplateCurlyInString: commands are full of them
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'unbash';
import { describe, expect, test } from 'vitest';
import { createValidator } from '../../../src/services/validator/validator.ts';

/** Always the same, so that a change is judged by what it changes. Set GYRE_TEST_SEED to look elsewhere. */
const seed = Number(process.env['GYRE_TEST_SEED'] ?? 20261123);
console.info(`policy fuzz: seed ${seed}`);

const validator = createValidator({ allow: [], deny: [] });
const allows = (command: string) => validator.check(command).kind === 'allow';

describe('against bash -n', () => {
  test('a denied program is refused wherever bash would run it, in 10,000 commands', () => {
    const commands = fc.sample(anyCommand(anyProgramSpelling()), { numRuns: 10_000, seed });
    const accepted = acceptedByBash(commands);
    const missed = accepted.filter(allows);
    console.info(`policy fuzz: bash accepts ${accepted.length} of ${commands.length} commands that start curl`);
    expect(missed).toEqual([]);
    // Else the grammar makes little that bash would run, and proves little.
    expect(accepted.length).toBeGreaterThan(8_000);
  });

  test('a harmless program in the same places is hardly ever refused', () => {
    const commands = fc.sample(anyCommand(fc.constant('grep')), { numRuns: 2_000, seed });
    // `((ls); ls)` is arithmetic to the parser, so that it refuses what bash tries again as a command.
    const refused = acceptedByBash(commands).filter((command) => !allows(command) && !command.includes('(('));
    console.info(`policy fuzz: ${refused.length} of ${commands.length} harmless commands are refused`, refused);
    // In nests of here-documents and substitutions, bash and the parser differ now and then.
    expect(refused.length).toBeLessThanOrEqual(5);
  });

  test('what the parser cannot read is refused, and bash seldom accepts it', () => {
    const broken = fc.sample(anyMutation(anyCommand(anyProgramSpelling())), { numRuns: 10_000, seed });
    const unread = broken.filter((command) => (parse(command).errors?.length ?? 0) > 0);
    expect(unread.filter(allows)).toEqual([]);
    const accepted = new Set(acceptedByBash(unread));
    console.info(
      `policy fuzz: ${unread.length} of ${broken.length} mutations cannot be read, bash accepts ${accepted.size} of them`,
    );
    // Wrong refusals cost a turn; they stay rare.
    expect(accepted.size / Math.max(unread.length, 1)).toBeLessThan(0.05);
  });
});

test('arbitrary text and broken commands get a verdict in time', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    anyMutation(anyCommand(anyProgramSpelling())),
    fc.tuple(anyCommand(anyProgramSpelling()), fc.integer({ min: 1, max: 200 })).map(([piece, n]) => piece.repeat(n)),
  );
  let worst = 0;
  for (const command of fc.sample(text, { numRuns: 2_000, seed })) {
    const startedAt = performance.now();
    expect(['allow', 'deny']).toContain(validator.check(command).kind);
    worst = Math.max(worst, performance.now() - startedAt);
  }
  console.info(`policy fuzz: slowest verdict ${worst.toFixed(1)} ms`);
  // Most take less than one. The bound leaves room for a slow machine.
  expect(worst).toBeLessThan(2_000);
});

/** Spellings that all start curl. */
function anyProgramSpelling(): fc.Arbitrary<string> {
  return fc.constantFrom(
    ...['curl', '/usr/bin/curl', '\\curl', 'c\\url', "'curl'", '"curl"', '"cu"rl', "cu''rl", "$'curl'", "$'\\x63url'"],
    ...['$"curl"', 'cu\\\nrl', '"cu\\\nrl"', "$'c\\165rl'", './curl', 'cu"r"l', '$c', '${c}rl', 'c$@url', '{curl,-s}'],
    ...['cur?', '/usr/bin/[c]url', '$(echo curl)', '`echo curl`', "cur''l", 'env curl', 'command curl', 'exec curl'],
    ...['timeout 5 curl', 'nice -n 5 curl', 'xargs curl', "sh -c 'curl x'", 'eval curl', 'busybox curl', 'curl7.88'],
  );
}

type Wrap = (inner: string) => string;

/** Places where bash runs a command. */
const PLACES: readonly Wrap[] = [
  (c) => c,
  (c) => `ls; ${c}`,
  (c) => `ls && ${c} || ls`,
  (c) => `ls | ${c} | cat`,
  (c) => `ls |& ${c}`,
  (c) => `{ ${c}\n} & wait`,
  (c) => `! { ${c}\n}`,
  (c) => `time { ${c}\n}`,
  (c) => `time -p ! (${c}\n)`,
  (c) => `(${c}\n)`,
  (c) => `( (${c}\n) )`,
  (c) => `{ ${c}\n}`,
  (c) => `if ${c}\nthen ls; fi`,
  (c) => `if ls; then ${c}\nelif ls; then ls; else ls; fi`,
  (c) => `if ls; then ls; elif ls; then ls; else ${c}\nfi`,
  (c) => `while ${c}\ndo ls; done`,
  (c) => `until ls; do ${c}\ndone`,
  (c) => `for a in 1 2; do ${c}\ndone`,
  (c) => `for a; { ${c}\n}`,
  (c) => `for ((i=0; i<2; i++)); do ${c}\ndone`,
  (c) => `select a in x; do ${c}\ndone`,
  (c) => `case x in a|b) ls;; (*) ${c}\n;; esac`,
  (c) => `case x in a) ${c}\n;& b) ls;;& c) ls; esac`,
  (c) => `f() { ${c}\n}`,
  (c) => `function f { ${c}\n}`,
  (c) => `function f () ( ${c}\n)`,
  (c) => `f() for a in 1; do ${c}\ndone`,
  (c) => `coproc { ${c}\n}`,
  (c) => `coproc N (${c}\n)`,
  (c) => `echo "$(${c}\n)"`,
  (c) => `echo $(${c}\n)x`,
  (c) => `echo "a $(echo "b $(${c}\n)") d"`,
  (c) => `echo \${a:-$(${c}\n)}`,
  (c) => `echo "\${a:+"$(${c}\n)"}"`,
  (c) => `echo \${a/x/$(${c}\n)}`,
  (c) => `echo \${a:$(${c}\n):1}`,
  (c) => `echo \${a[$(${c}\n)]}`,
  (c) => `echo \${a[@]:$((1+$(${c}\n)))}`,
  (c) => `echo $((1 + $(${c}\n)))`,
  (c) => `(( x = $(${c}\n) ))`,
  (c) => `a=$(${c}\n)`,
  (c) => `a+=$(${c}\n) ls`,
  (c) => `a[$(${c}\n)]=1`,
  (c) => `a=(1 $(${c}\n) [3]=x)`,
  (c) => `declare -A m=([k]=$(${c}\n))`,
  (c) => `export a="$(${c}\n)"`,
  (c) => `[[ -n $(${c}\n) && x == y ]]`,
  (c) => `[[ x =~ ^$(${c}\n)$ ]]`,
  (c) => `cat <(${c}\n)`,
  (c) => `ls > >(${c}\n)`,
  (c) => `cat < <(${c}\n)`,
  (c) => `ls > "$(${c}\n)"`,
  (c) => `ls 2>&1 >> $(${c}\n)`,
  (c) => `cat <<< "$(${c}\n)"`,
  (c) => `cat <<E\na $(${c}\n) b\nE\nls`,
  (c) => `cat <<-E\n\ta \${x:-$(${c}\n)}\n\tE`,
  (c) => `cat <<A <<'B'; ${c.includes('\n') ? 'ls' : c}\nA\nB\n${c}`,
  (c) => `cat <<'E' | cat; ls; { ${c}\n}\nit's "$(\nE`,
  (c) => `# it's a comment $(\n${c}`,
  (c) => `ls # "\n${c}`,
  (c) => `echo 'it''s' "\\"" \\' ; ${c}`,
  (c) => `echo $'it\\'s' ; ${c}`,
  (c) => `echo \${x#\\}} "\${y%"}"}" ; ${c}`,
  (c) => `echo $# \${#a} \${#a[@]} $$ $! ; ${c}`,
  (c) => `echo a#b \\# ; ${c}`,
  (c) => `echo if then fi done ; ${c}`,
  (c) => `echo esac; case esac in (esac) ${c}\n;; esac`,
  (c) => `> out ls; ${c}`,
  (c) => `ls \\\n -l && \\\n${c}`,
  (c) => `ls;\n\n\t ${c}`,
  (c) => `{ ls; } 2>/dev/null && ${c}`,
  (c) => `if ((1<2)); then ${c}\nfi`,
  (c) => `((1)) && ${c}`,
  (c) => `[[ a < b || ( -f x ) ]] && ${c}`,
  (c) => `x=1 y="2 3" z=$'4' ; ${c}`,
  (c) => `ls {a,b}{1..3} *.[ch] ?(x) ; ${c}`,
];

function anyCommand(program: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const start = fc
    .tuple(
      fc.constantFrom('', '', '', 'A=1 ', '> out ', '2>&1 ', 'A="x y" B=\'z\' ', '<<< x '),
      program,
      fc.constantFrom('', ' x', ' -s x', ' "a b"', ' > out', ' 2>/dev/null', ' <<< x', ' "$(ls)"', ' \\\n x'),
    )
    .map((parts) => parts.join(''));
  return fc
    .tuple(start, fc.array(fc.constantFrom(...PLACES), { maxLength: 4 }))
    .map(([inner, places]) => places.reduce((text, place) => place(text), inner));
}

/** A command with some of it lost, doubled or put in. */
function anyMutation(command: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const piece = fc.constantFrom(
    ...['', '', '"', "'", '`', '$(', ')', '((', '))', '{', '}', '${', '<<E', '\n', ';', ';;', '|', '&', '\\', '#', '>'],
    ...[
      '<',
      ' then ',
      ' fi ',
      ' do ',
      ' done ',
      ' esac ',
      ' in ',
      '[[ ',
      ' ]]',
      '!',
      '=(',
      '$',
      '*',
      '\u00a0',
      '\ud800',
    ],
  );
  return fc.tuple(command, fc.nat(), fc.nat({ max: 6 }), piece).map(([text, place, length, put]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + length);
  });
}

/** Commands that one bash parses in turn. */
const CHUNK = 500;
/** An id that owns nothing and runs nothing else. */
const NOBODY = 64_201;

/** Those that `bash -n` finds no fault with. It only parses, and still does so as nobody, with limits. */
function acceptedByBash(commands: readonly string[]): readonly string[] {
  const dir = mkdtempSync(join(tmpdir(), 'gyre-fuzz-'));
  try {
    chmodSync(dir, 0o755);
    const accepted: string[] = [];
    for (let from = 0; from < commands.length; from += CHUNK) {
      const chunk = commands.slice(from, from + CHUNK).filter((command) => !command.includes('\0'));
      const list = join(dir, 'commands');
      writeFileSync(list, chunk.map((command) => `${command}\0`).join(''), { mode: 0o644 });
      const verdicts = parseAll(list);
      if (verdicts.length !== chunk.length)
        throw new Error(`bash judged ${verdicts.length} of ${chunk.length} commands`);
      accepted.push(...chunk.filter((_, index) => verdicts[index] === '0'));
    }
    return accepted;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

// `bash -n` reports an unclosed here-document as a warning only.
const LOOP =
  'while IFS= read -r -d "" c; do printf "%s\\n" "$c" | bash -n 2>/dev/null; printf "%s\\n" "${PIPESTATUS[1]}"; done < "$1"';

function parseAll(list: string): readonly string[] {
  const { stdout, status, stderr } = spawnSync(
    'timeout',
    [
      '-s',
      'KILL',
      '120',
      'prlimit',
      '--as=1073741824',
      '--cpu=100',
      '--nproc=64',
      '--fsize=0',
      'bash',
      '-c',
      LOOP,
      '_',
      list,
    ],
    {
      encoding: 'utf8',
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
      ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
    },
  );
  if (status !== 0) throw new Error(`bash ended with ${status}: ${stderr}`);
  return stdout.split('\n').slice(0, -1);
}
