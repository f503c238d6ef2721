import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const profile = JSON.parse(readFileSync(new URL('../../../docs/jail/docker-seccomp.json', import.meta.url), 'utf8'));
const refused: string[] = profile.syscalls
  .filter((rule: { args?: unknown }) => rule.args === undefined)
  .flatMap((rule: { names: string[] }) => rule.names);

test('the profile for Docker allows what a jail is made of', () => {
  const needed = [
    'unshare',
    'clone',
    'clone3',
    'setns',
    'mount',
    'umount2',
    'pivot_root',
    'chroot',
    'prctl',
    'seccomp',
  ];
  expect(refused.filter((name) => needed.includes(name))).toEqual([]);
  expect(profile.defaultAction).toBe('SCMP_ACT_ALLOW');
});

test('the profile for Docker refuses what leads out of containers', () => {
  const dangerous = [
    'bpf',
    'finit_module',
    'init_module',
    'io_uring_setup',
    'kexec_load',
    'keyctl',
    'open_by_handle_at',
  ];
  expect(dangerous.filter((name) => !refused.includes(name))).toEqual([]);
  expect(new Set(refused).size).toBe(refused.length);
});
