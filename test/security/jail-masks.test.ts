import { describe, expect, test } from 'vitest';
import { findMasks } from '../../src/services/shell/masks.ts';
import { createProgramList } from '../../src/services/validator/programs.ts';
import { hasJail, open } from './jail-setup.ts';

const isDenied = (program: string) => createProgramList({ allow: [], deny: [] })(program) !== null;

// Perl is on every Debian, and chmod on every system.
describe.skipIf(!hasJail)('a program that is denied', () => {
  test.each([
    ['its name', 'perl -e "print 42"'],
    ['its path', '/usr/bin/perl -e "print 42"'],
    ['another name of the same file', '/usr/bin/perl5.*[0-9] -e "print 42"'],
    ['a pattern', '/usr/bin/p?rl -e "print 42"'],
    ['a computed name', 'a=pe; b=rl; $a$b -e "print 42"'],
    ['an encoded name', "$'\\x70erl' -e 'print 42'"],
    ['a link', 'ln -s /usr/bin/perl other; ./other -e "print 42"'],
    ['a copy', 'cp /usr/bin/perl other; ./other -e "print 42"'],
    ['another program', 'echo "print 42" | xargs -0 env perl -e'],
    ['the loader', '/lib64/ld-linux-x86-64.so.2 /usr/bin/perl -e "print 42"'],
    ['a script', 'printf "#!/usr/bin/perl\\nprint 42" > s; cp /usr/bin/ls t; cat s > t; ./t'],
    ['awk', `awk 'BEGIN { system("perl -e \\"print 42\\"") }'`],
  ])('does not run by %s', async (_name, command) => {
    const { run } = await open({ isDenied });
    const { stdout, stderr } = await run(command);
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: expect.stringMatching(/denied|loader|invalid|not found/),
    });
  });

  test('says so, and everything else works', async () => {
    const { run } = await open({ isDenied });
    expect(await run('chmod 700 .')).toMatchObject({
      exitCode: 126,
      stderr: 'chmod: denied: this program may not run here, under any name. This is final: find another way.\n',
    });
    expect(await run('seq 3 | sort -r | awk "{print \\$1}" | sed s/3/x/ | head -1')).toMatchObject({ stdout: 'x\n' });
  });

  test('runs for a person', async () => {
    const { run } = await open({ isDenied });
    expect(await run('perl -e "print 42"', { isPersons: true, expectsMore: true })).toMatchObject({ stdout: '42' });
    expect((await run('perl -e "print 42"')).exitCode).toBe(126);
  });

  test('runs when it is allowed', async () => {
    const findDenied = createProgramList({ allow: ['perl'], deny: ['ls'] });
    const { run } = await open({ isDenied: (program) => findDenied(program) !== null });
    expect(await run('perl -e "print 42" && ls')).toMatchObject({ stdout: '42', exitCode: 126 });
  });

  test('leaves alone what everyday programs are made of', () => {
    expect(findMasks((name) => name === 'mawk' || name === 'gawk' || name === 'dash')).toEqual([]);
    expect(findMasks((name) => name === 'chmod')).toEqual(['/usr/bin/chmod']);
  });
});
