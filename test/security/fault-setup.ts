import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { cli, type Finished, makeWorkplace, type Workplace } from '../e2e/workplace.ts';
import { isRoot, processesWith } from './jail-setup.ts';

export const isBuilt = readdirSync(new URL('../..', import.meta.url)).includes('dist');

/** Whom gyre runs as. Null for whoever runs the tests. */
export type Identity = { readonly uid: number; readonly gid: number } | null;
export const users: readonly { readonly who: string; readonly identity: Identity }[] = [
  { who: isRoot ? 'root' : 'an ordinary user', identity: null },
  ...(isRoot ? [{ who: 'an ordinary user', identity: { uid: 64_300, gid: 64_300 } }] : []),
];

/** A machine on which something is missing: gyre is started in a mount namespace and under a filter of its own. */
export interface Machine {
  /** More arguments for the bubblewrap around gyre. */
  readonly mounts?: (place: Workplace) => readonly string[];
  /** System calls that fail there. x64 only. */
  readonly refused?: readonly Rule[];
}

/** The machine as it is, without the program. */
export const withoutBubblewrap: Machine = {
  mounts: () => ['--tmpfs', '/usr/bin', '--ro-bind', process.execPath, process.execPath],
};

/** As Docker's default filter does it. */
export const withoutUserNamespaces: Machine = {
  refused: [
    { call: 'clone', errno: 'EPERM', when: { test: 'has', value: 0x10000000 } },
    { call: 'unshare', errno: 'EPERM', when: { test: 'has', value: 0x10000000 } },
    { call: 'clone3', errno: 'ENOSYS' },
  ],
};

export const withoutSeccomp: Machine = {
  refused: [
    { call: 'prctl', errno: 'EINVAL', when: { test: 'is', value: 22 } },
    { call: 'seccomp', errno: 'ENOSYS' },
  ],
};

/** The kernel says that it has taken the filter, and has not. */
export const withSeccompThatLies: Machine = {
  refused: [
    { call: 'prctl', errno: 'none', when: { test: 'is', value: 22 } },
    { call: 'seccomp', errno: 'none' },
  ],
};

/** Runs gyre there to its end, and shows that nothing of it is left: no process, no file among the temporary ones. */
export async function gyreOn(machine: Machine, args: readonly string[], options: Options = {}): Promise<Ended> {
  const { identity = null, place = await makePlace(identity) } = options;
  const temporary = join(place.dir, 'tmp');
  const outer = ['--dev-bind', '/', '/', ...(isRoot && !identity ? ['--cap-add', 'ALL'] : [])];
  const mounts = machine.mounts?.(place) ?? [];
  const filterFile = join(place.dir, 'filter');
  writeFileSync(filterFile, refusing(machine.refused ?? []), { mode: 0o644 });
  const descriptor = openSync(filterFile, 'r');
  const filter = machine.refused ? ['--seccomp', '3'] : [];
  const child = spawn('/usr/bin/bwrap', [...outer, ...mounts, ...filter, process.execPath, cli, ...args], {
    cwd: place.dir,
    env: { ...place.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe', descriptor],
    ...identity,
  });
  closeSync(descriptor);
  const finished = await endOf(child);
  expect([await processesWith(place.box), readdirSync(temporary)]).toEqual([[], []]);
  return { ...finished, place };
}

export interface Options {
  readonly identity?: Identity;
  readonly place?: Workplace;
}

export type Ended = Omit<Finished, 'lines'> & {
  readonly place: Workplace;
  /** Standard output, as lines of JSON. */
  readonly lines: readonly Record<string, unknown>[];
};

/** Gone when the test is over. */
export async function makePlace(identity: Identity = null): Promise<Workplace> {
  const place = await makeWorkplace();
  onTestFinished(() => rmSync(place.dir, { recursive: true, force: true }));
  mkdirSync(join(place.dir, 'tmp'));
  chmodSync(place.dir, 0o755);
  if (identity) {
    for (const dir of [place.dir, place.box, join(place.dir, 'tmp')]) chownSync(dir, identity.uid, identity.gid);
  }
  return place;
}

interface Rule {
  readonly call: keyof typeof CALLS;
  readonly errno: keyof typeof ERRNOS;
  /** On the lower half of the first argument. */
  readonly when?: { readonly test: 'is' | 'has'; readonly value: number };
}

const CALLS = { clone: 56, clone3: 435, prctl: 157, seccomp: 317, unshare: 272 };
const ERRNOS = { none: 0, EPERM: 1, EINVAL: 22, ENOSYS: 38 };
const TESTS = { is: 0x15, has: 0x45 };

/** A filter, as BPF, under which some system calls fail. */
function refusing(rules: readonly Rule[]): Buffer {
  const load = (offset: number) => instruction(0x20, 0, 0, offset);
  const answer = (value: number) => instruction(0x06, 0, 0, value);
  const blocks = rules.flatMap(({ call, errno, when }) => {
    const refuse = answer(0x00050000 | ERRNOS[errno]);
    const block = when ? [load(16), instruction(TESTS[when.test], 0, 1, when.value), refuse] : [refuse];
    return [load(0), instruction(0x15, 0, block.length, CALLS[call]), ...block];
  });
  return Buffer.concat([...blocks, answer(0x7fff0000)]);
}

function instruction(code: number, ifTrue: number, ifFalse: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}

async function endOf(child: ChildProcess): Promise<Omit<Ended, 'place'>> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (...end) => resolve(end));
  });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return { code, signal, stdout, stderr, lines: lines.map((line): Record<string, unknown> => JSON.parse(line)) };
}
