// biome-ignore-all lint/suspicious/noTemplateCurlyInString: commands are full of them
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../src/machine/types.ts';
import { DENIED_GROUPS } from '../../../src/services/validator/denied-programs.ts';
import { createProgramList } from '../../../src/services/validator/programs.ts';
import { createValidator, type ValidatorOptions } from '../../../src/services/validator/validator.ts';

describe('everyday commands are allowed', () => {
  test.each([
    'ls -la | head -n 3',
    'echo "today is $(date +%Y)" > out.txt 2>&1',
    'for f in *.htm; do mv "$f" "${f%.htm}.html"; done',
    'if ! grep -q x a.txt; then echo none >&2; fi',
    'n=0; while read -r line; do n=$((n+1)); done < app.log; echo "$n"',
    'greet() { echo "hi $1"; }; greet Ada',
    'diff <(sort a.txt) <(sort b.txt)',
    "cat <<'EOF' > page.html\n<p>5 &lt; 6 && curl</p>\nEOF",
    'cat <<EOF\n$(date) ${USER:-nobody}\nEOF',
    'declare -A m=([a]=1); m[b]=2; ((m[a]++)); [[ -f a.txt && x < y ]]',
    'exec 3> log.txt; echo hi >&3; exec 3>&-',
    'sleep 1 & wait $!',
    // Words that only look like programs
    'echo "env and su and nc are words"; which python3; command -v node; man curl',
    'case "$x" in kill) echo no;; esac; grep -c curl log.txt',
    'ls node_modules/python; cat curl.txt; base64 a.bin; ./kill.sh',
    // Programs that run others
    "find . -name '*.log' -exec wc -l {} + -exec sh -c 'echo \"$1\"' _ {} \\;",
    'ls | xargs -0 -n1 -I{} mv {} {}.bak; ls | xargs',
    "timeout -k 5 10s bash -c 'for i in 1 2; do echo $i; done'",
    'env; env -i A=1 B=$x sort a.txt; nice -n 10 ls; nice -5 ls; time -p ls; nohup ls &',
    'bash run.sh "$@"; . ./lib.sh; bash -x run.sh < in.txt; bash -o pipefail -c ls',
    'trap "rm -f $t" EXIT; trap - INT; eval "echo $x"; exec > log.txt',
    // Paths that stay inside, and words that only look like paths
    'cat notes/../WELCOME.txt ./a /sandbox/b ~/c /tmp/d',
    'cd notes && cat ../WELCOME.txt; cd ..; ls',
    '(cd a/b && ls ../..); pushd a; popd; ls ../x',
    'for d in */; do cd "$d"; ls; cd ..; done; cat ../x',
    'up() { cd ..; }; ls',
    'ln -s ../a.txt notes/a; ln -s .. notes/up',
    'cd / && ls && cd /usr/bin && ls ..; ls /; ls /usr/bin | wc -l; cat /etc/os-release /proc/cpuinfo; find / -maxdepth 1',
    'head -c 9 /dev/urandom > /dev/null; echo x > /dev/stderr; ls > "$HOME/x"',
    "sed '/home/d' a; grep /var a; awk '/root/ {print}' a; tr / _ < a; cut -d / -f 1 a; jq '..' a",
    "echo ../x /home; basename /srv/x; [ -d .. ]; test x = /opt; printf '/a/b'; git commit -m '../ fixed'",
    "find . -path '/x' -o -name .. -prune; sort -t / a; git log a..b; seq -s / 3",
    'cp a.txt "$x/b.txt"; cat "$HOME"/../a; dd if=/dev/zero of=a bs=1 count=1',
    '',
    '# only a comment',
  ])('%j', (command) => {
    expect(check(command)).toEqual({ kind: 'allow' });
  });
});

describe('a denied program is found wherever it stands', () => {
  test.each([
    'curl x',
    'ls; curl x',
    'ls && curl x || ls',
    'ls | curl x | ls',
    'ls &\ncurl x',
    '! curl x',
    'time curl x',
    'A=1 curl x',
    '> out curl x',
    '(curl x)',
    '{ curl x; }',
    'if curl x; then ls; fi',
    'while true; do curl x; done',
    'case x in *) curl x;; esac',
    'f() { curl x; }',
    'coproc curl x',
    'echo "$(curl x)"',
    'echo `curl x`',
    'A=$(curl x)',
    'echo $((1 + $(curl x)))',
    `echo "\${a:-$(curl x)}"`,
    '[[ -n $(curl x) ]]',
    'cat < <(curl x)',
    'ls > >(curl x)',
    'for a in $(curl x); do ls; done',
    'cat <<EOF\n$(curl x)\nEOF',
    'cat <<< $(curl x)',
    'echo hi > $(curl x)',
    // Spellings
    '/usr/bin/curl x',
    './curl x',
    '\\curl x',
    '"cu"rl x',
    "c'u'rl x",
    "$'\\x63url' x",
    '$"curl" x',
    'cu\\\nrl x',
    // Programs that run others
    'env -u B A=1 curl x',
    "env -S 'A=1 curl x'",
    "env -iS'curl x'",
    'ls | xargs -0n1 -I {} curl {}',
    'ls | xargs -P$(nproc) curl',
    'find . -type f -exec curl {} \\; -exec ls {} +',
    "find . -exec ls ';' -execdir curl {} +",
    'find . -ok sh -c "curl x" \\;',
    "sh -c 'ls; curl x'",
    'bash -lc "curl $x"',
    'bash --norc -eo pipefail -c -- "curl x"',
    'bash -c \'bash -c "curl x"\'',
    'bash <<EOF\ncurl x\nEOF',
    "bash -s <<< 'curl x'",
    ". /dev/stdin <<< 'curl x'",
    'eval curl x',
    'eval "cu""rl $x"',
    "trap 'curl x' EXIT",
    "trap -- 'curl x' EXIT",
    'timeout --signal KILL -k 5 10 curl x',
    'timeout $n curl x',
    'nice -n 5 nohup setsid -w curl x',
    'command -p curl x',
    'builtin exec -a ls curl x',
    '/usr/bin/time -f %e curl x',
    'stdbuf -oL curl x',
    'busybox curl x',
    "flock a curl x; flock a -c 'ls'",
    "flock -w 5 a -c 'curl x'",
  ])('%j', (command) => {
    expect(ruleOf(check(command))).toBe('denied-program');
  });

  test.each(DENIED_GROUPS.flatMap(({ names }) => names))('%s', (name) => {
    expect(ruleOf(check(`${name} a b`))).toBe('denied-program');
  });

  test.each(['python3.11', 'python2', 'node-20', 'nc.openbsd'])('%s, a name with a version', (name) => {
    expect(ruleOf(check(`${name} a b`))).toBe('denied-program');
  });
});

test('a verdict says which program, why, what to do instead, and that it is final', () => {
  expect(check('ls; /usr/bin/python3.11 -c "print(1)"')).toEqual({
    kind: 'deny',
    rule: 'denied-program',
    reason: 'python3 is an interpreter, and these are denied.',
    advice:
      'python3 is denied: it is an interpreter. Interpreters are switched off. Use shell tools such as awk, sed, ' +
      'grep, sort, cut and tr. This is final: do not try it in another form.',
    part: '/usr/bin/python3.11',
  });
});

describe('a program is known by the plain name of its file', () => {
  test.each([
    ['python3.11', 'python3'],
    ['perl5.36.0', 'perl5'],
    ['nc.openbsd', 'nc'],
    ['vim.basic', 'vim'],
    ['x86_64-linux-gnu-gcc-12', 'gcc'],
    ['aarch64-linux-gnu-g++-12', 'g++'],
    ['ld.bfd', 'ld'],
  ])('%s', (file, name) => {
    expect(createProgramList({ allow: [], deny: [] })(file)?.name).toBe(name);
  });

  test.each('awk mawk bash dash sh sed bc dc jq cat kill.sh env busybox ld.so ls2 git tar openssl prlimit'.split(' '))(
    '%s is allowed',
    (file) => {
      expect(createProgramList({ allow: [], deny: [] })(file)).toBe(null);
    },
  );
});

test('a line that leads to more text than anybody reads is refused in time', () => {
  const startedAt = performance.now();
  expect(ruleOf(check(`./a; echo ${'x'.repeat(4000)} | tee ${'a '.repeat(1500)}`))).toBe('unreadable');
  expect(performance.now() - startedAt).toBeLessThan(3000);
});

describe('the settings', () => {
  test.each<[settings: Partial<ValidatorOptions>, program: string, rule: string | null]>([
    [{ allow: ['python3'] }, 'python3', null],
    [{ allow: ['python3'] }, 'python3.11', null],
    [{ allow: ['python3'] }, 'python', 'denied-program'],
    [{ allow: ['python3'] }, 'curl', 'denied-program'],
    [{ deny: ['ls'] }, 'ls', 'denied-program'],
    [{ deny: ['ls'] }, 'cat', null],
    [{ allow: ['ls', 'curl'], deny: ['ls', 'curl'] }, 'ls', 'denied-program'],
    [{ allow: ['ls', 'curl'], deny: ['ls', 'curl'] }, 'curl', 'denied-program'],
  ])('%j: %s', (settings, program, rule) => {
    expect(ruleOf(check(`${program} x`, settings))).toBe(rule);
  });
});

describe('other rules', () => {
  test.each<[rule: string, command: string, part: string | undefined]>([
    ['too-long', `echo ${'a'.repeat(8188)}`, undefined],
    ['too-long', `echo ${'é'.repeat(4094)}`, undefined],
    ['control-characters', 'ls\rcat x', 'U+000D'],
    ['control-characters', 'ls \u001b[2K', 'U+001B'],
    ['control-characters', 'ls \0', 'U+0000'],
    ['control-characters', 'ls \u009b', 'U+009B'],
    ['unreadable', 'echo "a', '"a'],
    ['unreadable', 'if true; then ls', undefined],
    ['unreadable', 'ls | ', undefined],
    ['unreadable', "sh -c 'ls \"a'", '"a'],
    ['unreadable', 'echo $(ls; done)', 'done)'],
    ['unreadable', `${'eval '.repeat(20)}ls`, 'eval eval eval eval eval eval eval eval eval eval eval ls'],
    ['computed-name', '$x -la', '$x'],
    ['computed-name', '"$@"', '"$@"'],
    ['computed-name', '$(echo ls) -la', '$(echo ls)'],
    ['computed-name', '/usr/bin/c?rl', '/usr/bin/c?rl'],
    ['computed-name', '{ls,-la}', '{ls,-la}'],
    ['computed-name', 'timeout 5 $x', '$x'],
    ['computed-name', 'eval "$(cat a.sh)"', '$_'],
    ['computed-name', 'bash -c "$x"', '$x'],
    ['computed-name', 'find . -exec {} \\;', '{}'],
    ['computed-name', 'ls | xargs -I{} {} -v', '{}'],
    ['computed-name', 'ls | xargs -I% % -v', '%'],
    ['computed-name', 'sh -c "{} -v"', '{}'],
    ['computed-name', 'cp /usr/bin/c?t x', '/usr/bin/c?t'],
    ['computed-script', 'tac a.txt | bash', 'bash'],
    ['computed-script', 'ls | xargs sh -c', 'sh'],
    ['computed-script', 'bash <(tac a.txt)', '<(tac a.txt)'],
    ['computed-script', 'x=";ls"; eval "echo $x"', '"echo $x"'],
    ['computed-script', "sed 's/a/b/e' a", "'s/a/b/e'"],
    ['computed-script', "awk '{ system($1) }' a", "'{ system($1) }'"],
    ['computed-script', 'echo "${x@P}"', '${x@P}'],
    ['dangerous-assignment', 'PATH=. ls', 'PATH=.'],
    ['dangerous-assignment', 'env LD_PRELOAD=a ls', 'LD_PRELOAD=a'],
    ['dangerous-assignment', 'read -r BASH_ENV', 'BASH_ENV'],
    ['dangerous-assignment', ': "${PS4:=$(ls)}"', '${PS4:=$(ls)}'],
    ['dangerous-argument', 'openssl s_client -connect a:1', 's_client'],
    ['dangerous-argument', 'dc <<< "!ls"', '"!ls"'],
    ['look-alike', 'echo a\u202eb', 'U+202E'],
    ['look-alike', 'echo \u{e0041}', 'U+E0041'],
    ['look-alike', 'l\u0455 a', 'l\u0455 (U+0455)'],
    ['look-alike', 'rm \u2013rf a', '\u2013rf (U+2013)'],
    ['look-alike', 'ls --\u0430ll=a', '--\u0430ll=a (U+0430)'],
    ['look-alike', 'cat\u00a0a', 'cat\u00a0a (U+00A0)'],
    ['startup-file', 'ls >> ~/.bashrc', '~/.bashrc'],
    ['startup-file', 'cp a .git/hooks/pre-push', '.git/hooks/pre-push'],
    ['unreadable', `${'nice '.repeat(40)}ls`, 'nice'],
    ['network-redirection', 'd=/dev/tcp/a/1; cat < $d', '$d'],
    ['network-redirection', 'd=/dev/tcp/a; cat < $d/$p', 'd=/dev/tcp/a'],
    ['network-redirection', 'exec 3<>/dev/tcp/127.0.0.1/80', '/dev/tcp/127.0.0.1/80'],
    ['network-redirection', 'echo hi > "/dev/udp/$host/$port"', '"/dev/udp/$host/$port"'],
    ['network-redirection', 'cat < //dev//tcp/a/1', '//dev//tcp/a/1'],
  ])('%s: %j', (rule, command, part) => {
    const verdict = check(command);
    expect([ruleOf(verdict), verdict.kind === 'deny' ? verdict.part : null]).toEqual([rule, part]);
  });

  test('a command of 8 KiB is not too long', () => {
    expect(check(`echo ${'a'.repeat(8187)}`)).toEqual({ kind: 'allow' });
  });
});

describe('a path that leaves the box', () => {
  test.each([
    'cat ../secret.txt',
    'cat notes/../../secret.txt',
    'cat ../s?cret.txt ../*',
    "cat ..$'\\x2f'secret.txt",
    'cd .. && cat secret.txt',
    'cd notes && cat ../../secret.txt',
    '(cd notes); cat ../secret.txt',
    'eval "cd notes"; cat ../../secret.txt',
    'cp ../secret.txt mine',
    'cat /home/ana/x',
    'cat /sandbox/../root/x',
    'cat "/var/log/$x"',
    'cat /sandboxed/x',
    'grep x ../secret.txt',
    'find .. -name x',
    'find . -fprint ../x',
    'tar -C .. -cf a.tar .',
    'tool --file=../x',
    'dd if=../secret.txt of=a',
    'xargs -a ../secret.txt echo',
    'timeout 5 cat ../secret.txt',
    'ln -s .. up',
    'ln -s ../../../x notes/x',
    'ln /home/ana/x hard',
    'echo x > ../victim.txt',
    'echo x >> /var/x',
    'echo x > /etc/passwd',
    'cat < ../secret.txt',
    'exec 8>../victim.txt',
    'rm -rf /',
    'rm -rf /*',
    'rm /usr/bin/ls',
    'touch /x',
    'cat /proc/1/environ',
    'cat /proc/[0-9]*/environ',
    'cat /proc/self/root/x',
    'cat /proc/self/cwd/../secret.txt',
    '../tool.sh',
    '/opt/tool.sh',
  ])('%j', (command) => {
    expect(ruleOf(check(command))).toBe('leaves-the-box');
  });

  test('starts from the working directory', () => {
    const { check } = createValidator({ allow: [], deny: [] });
    expect([
      check('cat ../a', 'notes').kind,
      check('cat ../../a', 'notes').kind,
      check('cd; cat ../a', 'notes').kind,
    ]).toEqual(['allow', 'deny', 'deny']);
  });

  test('is one that leaves the given box', () => {
    const settings = { box: '/home/ana/box' };
    expect([check('cat /home/ana/box/a', settings).kind, check('cat /home/ana/a', settings).kind]).toEqual([
      'allow',
      'deny',
    ]);
  });
});

test('what a program is wrapped in makes no difference', () => {
  fc.assert(
    fc.property(fc.array(anyWrapping(), { maxLength: 5 }), fc.constantFrom('curl', 'cat'), (wrappings, program) => {
      const command = wrappings.reduce((inner, wrap) => wrap(inner), `${program} x`);
      expect([command, ruleOf(check(command))]).toEqual([command, program === 'curl' ? 'denied-program' : null]);
    }),
    { numRuns: 100 },
  );
}, 30_000);

test('every command gets a verdict', () => {
  fc.assert(
    fc.property(anyCommand(), (command) => {
      const verdict = check(command);
      if (verdict.kind === 'deny') {
        expect(verdict.reason).not.toBe('');
        expect(verdict.advice).toMatch(/This is final: do not try it in another form\.$/);
        expect((verdict.part ?? '').length).toBeLessThanOrEqual(80);
      }
    }),
    { numRuns: 200 },
  );
}, 30_000);

test.each([
  '$(',
  '`',
  '(',
  '{ ',
  'a|',
  'a;',
  '"$(',
  '<<A\n',
  '$((',
  '${a:-',
  'if a;then ',
  'eval ',
  'env ',
  'find -exec ',
  'find -exec sh ; <<X\n',
  'eval "$(',
  'sh -c "',
  "sh -c '",
  '../',
  '/..',
  '[',
  '*',
  '1',
  '\\',
  '-',
  'a=',
])(
  '8 KiB of %j get a verdict in time',
  (piece) => {
    const startedAt = performance.now();
    for (const tail of ['', ' curl', ')'.repeat(1000)]) check((piece.repeat(8192) + tail).slice(0, 8192 - 1010) + tail);
    // Most take a few milliseconds. The bound leaves room for a slow machine.
    expect(performance.now() - startedAt).toBeLessThan(3000);
  },
  30_000,
);

function check(command: string, settings: Partial<ValidatorOptions> = {}): Verdict {
  return createValidator({ allow: [], deny: [], ...settings }).check(command);
}

function ruleOf(verdict: Verdict): string | null {
  return verdict.kind === 'deny' ? verdict.rule : null;
}

function anyWrapping(): fc.Arbitrary<(inner: string) => string> {
  return fc.constantFrom<((inner: string) => string)[]>(
    (inner) => `ls; ${inner}`,
    (inner) => `ls | ${inner}`,
    (inner) => `true && { ${inner}; }`,
    (inner) => `( ${inner} )`,
    (inner) => `echo "$( ${inner} )"`,
    (inner) => `if true; then ${inner}; fi`,
    (inner) => `for a in 1 2; do ${inner}; done`,
    (inner) => `f() { ${inner}; }; f`,
    (inner) => `cat <(${inner})`,
    (inner) => `sh -c ${quoted(inner)}`,
    (inner) => `timeout 5 env A=1 bash -ec ${quoted(inner)} name`,
    (inner) => `find . -exec sh -c ${quoted(inner)} _ {} +`,
    (inner) => `ls | xargs -n 1 sh -c ${quoted(inner)}`,
    (inner) => `eval ${quoted(inner)}`,
    (inner) => `trap ${quoted(inner)} EXIT`,
    (inner) => `{ bash <<'E${inner.length}'\n${inner}\nE${inner.length}\n}`,
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function anyCommand(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom('ls', 'curl', 'cat', 'eval', 'sh -c', 'find . -exec', 'env', 'xargs', 'cd', 'trap', '..', '/home'),
    fc.constantFrom('$(', ')', '`', '"', "'", '$((', '))', '${', '}', '{', '<(', '<<E', '\nE\n', '<<<', '>', '<', '\\'),
    fc.constantFrom(
      ';',
      '|',
      '&',
      '&&',
      '\n',
      'if',
      'then',
      'fi',
      'case',
      'esac',
      'for',
      'do',
      'done',
      '[[',
      ']]',
      '((',
    ),
    fc.constantFrom(' ', ' ', ' ', '*', '?', '$x', '=', '-c', '--', '{}', '~', '/', "$'"),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  return fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
}
