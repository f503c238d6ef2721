import { describe, expect, test } from 'vitest';
import {
  gyreOn,
  isBuilt,
  type Machine,
  makePlace,
  withoutBubblewrap,
  withoutSeccomp,
  withoutUserNamespaces,
} from './fault-setup.ts';
import { hasJail, open } from './jail-setup.ts';

// The same as another user, in whole runs, and with bombs: wall/faults.test.ts.

const exec = (command: string, ...flags: readonly string[]) => [
  ...['exec', '--json', '--no-policy', '--sandbox', 'bubblewrap', ...flags, '--', command],
];

const machines: readonly { name: string; machine: Machine; reason: RegExp }[] = [
  { name: 'without bubblewrap', machine: withoutBubblewrap, reason: /bubblewrap is not installed/ },
  {
    name: 'that refuses user namespaces',
    machine: withoutUserNamespaces,
    reason: /the kernel refuses user namespaces/,
  },
  { name: 'without seccomp', machine: withoutSeccomp, reason: /seccomp/i },
];

describe.skipIf(!hasJail || !isBuilt || process.arch !== 'x64')('on a machine', () => {
  test.each(machines)('$name there is no jail: 125 and sandbox-unavailable', async ({ machine, reason }) => {
    const { code, lines } = await gyreOn(machine, exec('echo hi'));
    expect({ code, lines }).toEqual({
      code: 125,
      lines: [expect.objectContaining({ exitCode: null, code: 'sandbox-unavailable', stdout: '', sandbox: null })],
    });
    expect(lines[0]?.['reason']).toMatch(reason);
  });

  test('with a read-only box the box is refused', async () => {
    const { code, stderr } = await gyreOn({ mounts: ({ box }) => ['--ro-bind', box, box] }, exec('echo hi'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/is not writable/);
  });

  test('with a full disk under the box a command is told so, and it is its own failure', async () => {
    const place = await makePlace();
    const machine = { mounts: () => ['--size', '65536', '--tmpfs', place.box] };
    const command = 'head -c 1M /dev/zero > big; echo x > other; ls';
    const { code, lines } = await gyreOn(machine, exec(command), { place });
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [expect.objectContaining({ exitCode: 0, code: null, sandbox: 'bubblewrap', stdout: 'big\nother\n' })],
    });
    expect(lines[0]?.['stderr']).toMatch(/No space left on device/);
  });

  test('with a full disk under the state directory there is no jail', async () => {
    const place = await makePlace();
    const machine = { mounts: () => ['--size', '4096', '--tmpfs', place.state] };
    const { code, lines } = await gyreOn(machine, exec('echo hi'), { place });
    expect({ code, lines }).toEqual({
      code: 125,
      lines: [expect.objectContaining({ exitCode: null, code: 'sandbox-unavailable' })],
    });
  });
});

describe.skipIf(!hasJail)('a command', () => {
  test('that starts more children than it may ends, and the next one runs', async () => {
    const { run } = await open();
    const result = await run('for i in {1..200}; do sleep 60 & done; echo never', { timeoutMs: 1500 });
    expect(['exited', 'timeout']).toContain(result.ending);
    expect(result.stderr).toMatch(/fork/);
    expect(await run('echo alive')).toMatchObject({ ending: 'exited', stdout: 'alive\n' });
  });

  test('that prints without end is ended by the limit', async () => {
    const { run } = await open();
    expect(await run('yes')).toMatchObject({ ending: 'limit', exitCode: null, signal: 'SIGKILL', truncated: true });
  });
});
