import { expect, test } from 'vitest';
import { buildSeccompFilter } from '../../../src/services/shell/seccomp.ts';

const ALLOW = 'allow';
const X64 = {
  audit: 0xc000003e,
  read: 0,
  ptrace: 101,
  mount: 165,
  ioctl: 16,
  clone: 56,
  clone3: 435,
  socket: 41,
  shmget: 29,
  fallocate: 285,
};
const ARM64 = {
  audit: 0xc00000b7,
  read: 63,
  ptrace: 117,
  mount: 40,
  ioctl: 29,
  clone: 220,
  clone3: 435,
  socket: 198,
  shmget: 194,
  fallocate: 47,
};

test.each([
  ['x64', X64],
  ['arm64', ARM64],
] as const)('the %s filter answers each system call as documented', (arch, calls) => {
  const ask = (call: number, ...args: number[]) => run(arch, calls.audit, call, args);
  expect({
    read: ask(calls.read),
    ptrace: ask(calls.ptrace),
    mount: ask(calls.mount),
    sharedMemory: ask(calls.shmget),
    fallocate: ask(calls.fallocate),
    fork: ask(calls.clone, 0x11),
    newUserNamespace: ask(calls.clone, 0x10000011),
    newNetwork: ask(calls.clone, 0x40000011),
    clone3: ask(calls.clone3),
    ioctl: ask(calls.ioctl, 1, 0x5401),
    typeIntoTerminal: ask(calls.ioctl, 0, 0x5412),
    unixSocket: ask(calls.socket, 1),
    internetSocket: ask(calls.socket, 2),
    vsock: ask(calls.socket, 40),
    otherArchitecture: run(arch, 0x40000003, calls.read, []),
  }).toEqual({
    read: ALLOW,
    ptrace: 'EPERM',
    mount: 'EPERM',
    sharedMemory: 'EPERM',
    fallocate: 'EOPNOTSUPP',
    fork: ALLOW,
    newUserNamespace: 'EPERM',
    newNetwork: 'EPERM',
    clone3: 'ENOSYS',
    ioctl: ALLOW,
    typeIntoTerminal: 'EPERM',
    unixSocket: ALLOW,
    internetSocket: 'EAFNOSUPPORT',
    vsock: 'EAFNOSUPPORT',
    otherArchitecture: 'kill',
  });
});

test('the x32 way in is closed', () => {
  expect(run('x64', X64.audit, 0x40000000 + X64.read, [])).toBe('ENOSYS');
});

test('an architecture that we do not know gets no filter', () => {
  expect(buildSeccompFilter('riscv64')).toBe(null);
});

const ANSWERS = new Map([
  [0x7fff0000, ALLOW],
  [0x80000000, 'kill'],
  [0x00050001, 'EPERM'],
  [0x00050026, 'ENOSYS'],
  [0x0005005f, 'EOPNOTSUPP'],
  [0x00050061, 'EAFNOSUPPORT'],
]);

/** A classic BPF machine, as far as the filter needs one. */
function run(arch: string, audit: number, call: number, args: readonly number[]): string | undefined {
  const code = buildSeccompFilter(arch);
  if (!code) throw new Error('no filter');
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call, 0);
  data.writeUInt32LE(audit, 4);
  for (const [index, value] of args.entries()) data.writeUInt32LE(value, 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; at < code.length; at += 8) {
    const value = code.readUInt32LE(at + 4);
    const jump = (holds: boolean) => {
      at += 8 * code.readUInt8(at + (holds ? 2 : 3));
    };
    switch (code.readUInt16LE(at)) {
      case 0x20:
        accumulator = data.readUInt32LE(value);
        break;
      case 0x15:
        jump(accumulator === value);
        break;
      case 0x35:
        jump(accumulator >= value);
        break;
      case 0x45:
        jump((accumulator & value) !== 0);
        break;
      case 0x06:
        return ANSWERS.get(value);
      default:
        throw new Error('unknown instruction');
    }
  }
  throw new Error('the program ends without an answer');
}
