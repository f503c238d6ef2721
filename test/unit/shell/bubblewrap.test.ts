import { expect, test } from 'vitest';
import { jailArguments } from '../../../src/services/shell/bubblewrap.ts';

const merged = {
  canDisableUserns: true,
  roots: new Map([
    ['/bin', 'usr/bin'],
    ['/lib', 'usr/lib'],
  ]),
};
const split = { canDisableUserns: false, roots: new Map([['/bin', null]]) };
const descriptors = { passwd: 5, group: 6, masks: 7, seccomp: 9 };

test('on a merged /usr the roots are links, and on a split one they are bound', () => {
  expect(build(merged)).toContain('--symlink usr/bin /bin --symlink usr/lib /lib');
  expect(build(split)).toContain('--ro-bind /bin /bin');
});

test('an old bubblewrap is not asked for what it does not know', () => {
  expect([build(merged), build(split)].map((line) => line.includes('--disable-userns'))).toEqual([true, false]);
});

test('the box is the only thing bound for writing', () => {
  expect(build(merged).match(/--(dev-)?bind\S* \S+ \S+/g)).toEqual(['--bind /home/me/box /sandbox']);
});

test('without a filter for this processor there is no filter', () => {
  const line = jailArguments(merged, { ...descriptors, seccomp: null }, [], {
    box: '/b',
    check: null,
    usr: '/usr',
  }).join(' ');
  expect(line).not.toContain('--seccomp');
});

test('the directory of a check is bound read-only', () => {
  const line = build(merged, { source: '/mnt/2', own: '/home/me/tests' });
  expect(line).toContain('--ro-bind /mnt/2 /check --ro-bind /mnt/2 /home/me/tests --bind /home/me/box');
});

test.each([
  ['/home/me/tests', true],
  ['/tmp/tests', true],
  ['/usrlike', true],
  ['/', false],
  ['/tmp', false],
  ['/usr/share/tests', false],
  ['/usr', false],
  ['/etc/tests', false],
  ['/sandbox/tests', false],
  ['/check/tests', false],
])('the check in %s keeps its own path: %s', (own, keeps) => {
  const line = build(merged, { source: '/mnt/2', own });
  expect(line.split(` ${own} `).length - build(merged).split(` ${own} `).length).toBe(keeps ? 1 : 0);
});

function build(facts: typeof merged | typeof split, check: { source: string; own: string } | null = null): string {
  return jailArguments(facts, descriptors, [], { box: '/home/me/box', check, usr: '/usr' }).join(' ');
}
