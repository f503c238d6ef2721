import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listRuns, readRun } from '../../src/journal/read.ts';
import { makeWorkplace, RUN, STOP, type Workplace } from '../e2e/workplace.ts';

// Mounting needs root. What a tmpfs refuses, a disk refuses: the write comes back short, or with ENOSPC.
const isRoot = process.getuid?.() === 0;
const PAGE = 4096;
const PAGES = 64;

test.skipIf(!isRoot)(
  'a disk that is full at any write ends the run, loses nothing told, and the run goes on',
  {
    timeout: 600_000,
  },
  async () => {
    const place = await makeWorkplace();
    const disk = join(place.dir, 'disk');
    await mkdir(disk);
    const counts = { unborn: 0, completed: 0, resumed: 0 };
    // Pages are whole: another length of the goal moves each record against their borders.
    for (const shift of [0, 1100, 2200, 3300]) {
      for (let free = 1; free < PAGES; free += 1) {
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${PAGES * PAGE}`, 'tmpfs', disk]);
        try {
          const end = await runOnFullDisk(place, disk, free, 'x'.repeat(10 + shift));
          counts[end] += 1;
          if (end === 'completed') break;
        } finally {
          execFileSync('umount', [disk]);
        }
      }
    }
    console.log(counts);
    expect(counts.completed).toBe(4);
    expect(counts.resumed).toBeGreaterThan(40);
  },
);

/** How a run ends that has `free` pages, and then as many as it wants. */
async function runOnFullDisk(place: Workplace, disk: string, free: number, goal: string) {
  await rm(place.box, { recursive: true });
  await mkdir(place.box);
  await writeFile(join(disk, 'filler'), Buffer.alloc((PAGES - free) * PAGE));
  const model = await place.script(...answers);
  const flags = ['--json', '--loop-interval-ms', '0', '--state-dir', disk];
  const first = await place.gyre(['run', goal, '--model', model, ...flags]);
  if (first.code === 0) return 'completed';
  expect(first.lines.at(-1)).toMatchObject({ type: 'run.ended', status: 'failed', cause: 'journal-unwritable' });
  expect(first.code).toBe(1);
  const told = first.lines.filter(({ type }) => type === 'iteration.saved');
  await rm(join(disk, 'filler'));
  const { runs } = await listRuns(disk);
  if (runs[0] === undefined) {
    expect([told, await readdir(place.box)]).toEqual([[], []]);
    return 'unborn';
  }
  const { saved } = await readRun(disk, runs[0].runId);
  for (const line of told) {
    const record = saved.find(({ iteration }) => iteration === Number(line['iteration']));
    expect(line['outcome']).toEqual({ ...record?.outcome, ...record?.output });
  }
  const second = await place.gyre(['resume', 'last', ...flags]);
  expect([second.code, second.lines.at(-1)?.['iterations']]).toEqual([0, answers.length]);
  expect((await place.gyre(['replay', 'last', '--state-dir', disk])).code).toBe(0);
  const log = (await readFile(join(place.box, 'log'), 'utf8')).trim().split('\n');
  expect(log.length).toBe(new Set(log).size);
  return 'resumed';
}

const answers: readonly string[] = [
  ...[1, 2, 3, 4, 5].map((number) => RUN(`echo n${number} >> log; seq 1 ${number * 50}`)),
  'no decision',
  RUN('echo n7 >> log; seq 1 5000'),
  STOP,
];
