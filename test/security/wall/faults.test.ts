import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RUN, STOP } from '../../e2e/workplace.ts';
import {
  gyreOn,
  isBuilt,
  makePlace,
  users,
  withoutBubblewrap,
  withoutSeccomp,
  withoutUserNamespaces,
  withSeccompThatLies,
} from '../fault-setup.ts';
import { hasJail } from '../jail-setup.ts';

const machines = [
  { name: 'without bubblewrap', machine: withoutBubblewrap },
  { name: 'that refuses user namespaces', machine: withoutUserNamespaces },
  { name: 'without seccomp', machine: withoutSeccomp },
  { name: 'whose seccomp takes a filter and does nothing', machine: withSeccompThatLies },
];

interface Bomb {
  readonly name: string;
  readonly command: string;
  readonly timeoutMs?: number;
  readonly ends: readonly (readonly [number, string | null])[];
}

/** What one command does, and how `gyre exec` may end: its exit code, and its own word for it. */
const bombs: readonly Bomb[] = [
  { name: 'output', command: 'yes', ends: [[125, 'limit']] },
  { name: 'output on both streams', command: 'yes >&2 & yes', ends: [[125, 'limit']] },
  { name: 'memory', command: 'tail /dev/zero', ends: [[125, 'limit']] },
  {
    name: 'memory of many',
    command: 'for i in {1..30}; do tail -c 30M /dev/zero & done; wait',
    ends: [[125, 'limit']],
  },
  { name: 'disk', command: 'for i in {1..20}; do head -c 40M /dev/zero > f$i; done', ends: [[125, 'limit']] },
  // Some file systems take half a millisecond for each.
  { name: 'entries', command: 'for i in {1..60000}; do : > e$i; done', timeoutMs: 60_000, ends: [[125, 'limit']] },
  {
    name: 'quick disk',
    command: 'for i in 1 2 3 4; do head -c 40M /dev/zero > f$i & done; wait',
    ends: [[125, 'limit']],
  },
  {
    name: 'fork',
    command: 'f() { f | f & }; f; sleep 1',
    ends: [
      [0, null],
      [1, null],
      [254, null],
      [124, 'timeout'],
    ],
  },
  {
    name: 'fork without end',
    command: 'while :; do sleep 60 & done',
    ends: [
      [254, null],
      [124, 'timeout'],
    ],
  },
  { name: 'time', command: 'while :; do :; done', ends: [[124, 'timeout']] },
];

describe.skipIf(!hasJail || !isBuilt || process.arch !== 'x64').each(users)('as $who', ({ identity }) => {
  test.each(machines)('on a machine $name a run that asks for the jail ends as sandbox-unavailable', async (fault) => {
    const { code, lines, place } = await runOn(fault.machine, ['--sandbox', 'bubblewrap'], [RUN('touch made'), STOP]);
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      type: 'run.ended',
      status: 'failed',
      cause: 'sandbox-unavailable',
      iterations: 0,
    });
    expect(readdirSync(place.box)).toEqual([]);
  });

  test.each(machines)('on a machine $name any other run is simulated, and says so', async ({ machine }) => {
    const { code, lines, stderr } = await runOn(machine, [], [RUN('echo hi'), STOP]);
    expect({ code, kind: lines[0]?.['sandbox'] }).toEqual({ code: 0, kind: 'simulated' });
    expect(stderr).toMatch(/SIMULATED/);
  });

  test('with a box on a read-only file system nothing is started', async () => {
    const { code, lines } = await runOn({ mounts: ({ box }) => ['--ro-bind', box, box] }, [], [STOP]);
    expect({ code, lines }).toEqual({ code: 2, lines: [] });
  });

  test('with a box on a full file system a run goes on, and its commands fail', async () => {
    const place = await makePlace(identity);
    const machine = { mounts: () => ['--size', '65536', '--tmpfs', place.box] };
    const { code, lines } = await runOn(machine, ['--sandbox', 'bubblewrap'], [RUN('seq 99999 > big'), STOP], place);
    expect(code).toBe(0);
    expect(lines.find(({ type }) => type === 'iteration.saved')).toMatchObject({
      outcome: { kind: 'setback', exitCode: 1, stderr: expect.stringMatching(/No space left on device/) },
    });
  });

  test.each(bombs)(
    'a bomb of $name is ended, and the next command runs',
    async ({ command, ends, timeoutMs = 4000 }) => {
      const place = await makePlace(identity);
      const flags = ['--json', '--no-policy', '--sandbox', 'bubblewrap', '--shell-timeout', String(timeoutMs)];
      const exec = (text: string) => ['exec', ...flags, '--', text];
      const { code, lines } = await gyreOn({}, exec(command), { identity, place });
      expect(ends).toContainEqual([code, lines[0]?.['code']]);
      expect(await gyreOn({}, exec('echo alive'), { identity, place })).toMatchObject({
        code: 0,
        lines: [{ stdout: 'alive\n' }],
      });
    },
  );

  test('a run outlives its bombs', { timeout: 60_000 }, async () => {
    const commands = ['yes', 'tail /dev/zero', 'for i in 1 2 3 4; do head -c 40M /dev/zero > f$i; done', 'echo alive'];
    const flags = ['--sandbox', 'bubblewrap', '--shell-timeout', '4000'];
    const { code, lines } = await runOn({}, flags, [...commands.map((command) => RUN(command)), STOP]);
    const outcomes = lines.filter(({ type }) => type === 'iteration.saved').map(({ outcome }) => outcome);
    expect(outcomes).toEqual([
      ...[1, 2, 3].map(() =>
        expect.objectContaining({ kind: 'failure', code: 'limit', exitCode: null, signal: 'SIGKILL' }),
      ),
      expect.objectContaining({ kind: 'ok', stdout: 'alive\n' }),
      expect.objectContaining({ kind: 'ok' }),
    ]);
    expect(code).toBe(0);
  });

  async function runOn(
    machine: Parameters<typeof gyreOn>[0],
    flags: readonly string[],
    answers: readonly string[],
    own?: Awaited<ReturnType<typeof makePlace>>,
  ) {
    const place = own ?? (await makePlace(identity));
    const model = await place.script(...answers);
    const args = ['run', 'the goal', '--json', '--model', model, '--loop-interval-ms', '0', ...flags];
    return gyreOn(machine, args, { identity, place });
  }
});
