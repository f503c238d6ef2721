import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { listRuns, type RunStory, readRun } from '../../src/journal/read.ts';
import { replay } from '../../src/journal/replay.ts';
import { type Line, makeWorkplace, RUN, type Running, SLEEP, STOP, type Workplace } from '../e2e/workplace.ts';
import { randomFrom, seed } from './random.ts';

const KILLS = 200;
/** Iterations before the first STOP. One that was saved and not yet followed by the run's end is asked for again. */
const WORK = 14;
/** Two at a time: as many as the machine has cores. */
const LANES = 2;

test(`${KILLS} kill -9 at random moments lose nothing that was acknowledged and run no command twice`, {
  timeout: 1_200_000,
}, async () => {
  const lanes = Array.from({ length: LANES }, (_, lane) => killUntilEnough(KILLS / LANES, randomFrom(seed + lane)));
  const tallies = await Promise.all(lanes);
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
  console.log(
    `seed ${seed}: ${sum('kills')} kills in ${sum('runs')} runs, ${sum('early')} before there was a journal, ` +
      `${sum('interrupted')} in the middle of a command`,
  );
  expect(sum('kills')).toBeGreaterThanOrEqual(KILLS);
  // Else the moments were badly chosen, and nothing was tested.
  expect(sum('interrupted')).toBeGreaterThan(KILLS / 20);
  expect(sum('early')).toBeLessThan(KILLS / 2);
});

interface Tally {
  kills: number;
  runs: number;
  early: number;
  interrupted: number;
}

/** Run after run, each killed and resumed until it comes to its end. */
async function killUntilEnough(kills: number, random: () => number): Promise<Tally> {
  const tally: Tally = { kills: 0, runs: 0, early: 0, interrupted: 0 };
  while (tally.kills < kills) await killOneRun(tally, random);
  return tally;
}

async function killOneRun(tally: Tally, random: () => number): Promise<void> {
  const place = await makeWorkplace();
  const model = await place.script(...answers);
  const fast = ['--json', '--loop-interval-ms', '0'];
  const acknowledged: Line[] = [];
  tally.runs += 1;
  for (let isStarted = false, tries = 0; ; tries += 1) {
    const running = place.start([...(isStarted ? ['resume', 'last'] : ['run', 'the goal', '--model', model]), ...fast]);
    const killed = killAtRandom(running, random, 200 + 100 * tries);
    const finished = await running.finished;
    await killed;
    acknowledged.push(...finished.lines.filter(({ type }) => type === 'iteration.saved'));
    if (finished.signal === null) {
      expect(finished.lines.at(-1) ?? finished.stderr).toMatchObject({ type: 'run.ended', status: 'completed' });
      break;
    }
    tally.kills += 1;
    const [run] = (await listRuns(place.state)).runs;
    isStarted = run !== undefined;
    if (!isStarted) tally.early += 1;
    // Killed after its last record, and before its process was gone.
    if (run?.status === 'completed') break;
  }
  tally.interrupted += await expectWhole(place, acknowledged);
}

/** One kill in four comes while gyre starts, the others while the run runs. */
async function killAtRandom(running: Running, random: () => number, withinMs: number): Promise<void> {
  const isEarly = random() < 0.25;
  const delayMs = random() * (isEarly ? 400 : withinMs);
  if (!isEarly) await Promise.race([running.sees('run.started'), running.finished]);
  await setTimeout(delayMs);
  running.kill('SIGKILL');
}

/** How many commands were cut off. */
async function expectWhole(place: Workplace, acknowledged: readonly Line[]): Promise<number> {
  const { runs, unreadable } = await listRuns(place.state);
  expect([runs.length, unreadable]).toEqual([1, []]);
  const story = await readRun(place.state, runs[0]?.runId ?? '');
  expect(story.status).toBe('completed');
  // Each iteration has exactly one outcome, and what was told is what is kept.
  expect(story.saved.map(({ iteration }) => iteration)).toEqual(story.saved.map((_, index) => index + 1));
  expect(story.saved.length).toBeGreaterThan(WORK);
  for (const line of acknowledged) {
    const record = story.saved.find(({ iteration }) => iteration === Number(line['iteration']));
    expect(line['outcome']).toEqual({ ...record?.outcome, ...record?.output });
  }
  expect(new Set(acknowledged.map(({ iteration }) => iteration)).size).toBe(acknowledged.length);
  expect(replay(story.records)).toMatchObject({ ok: true });
  return expectOnce(story, await readFile(join(place.box, 'log'), 'utf8'));
}

/** No command has left its line twice; one that ended well has left it, and none stands there that nobody intended. */
function expectOnce({ saved }: RunStory, log: string): number {
  const lines = log.split('\n').filter((line) => line !== '');
  expect(lines.length).toBe(new Set(lines).size);
  const ran = saved.filter(({ decision }) => decision?.action === 'RUN' && decision.command.includes('>> log'));
  for (const { iteration, outcome } of ran) {
    if (outcome.code !== 'interrupted') expect(lines).toContain(`n${iteration}`);
  }
  return saved.filter(({ outcome }) => outcome.code === 'interrupted').length;
}

/** Commands that leave a mark each, quick and slow, with outputs short and long; and what is no command. */
const answers: readonly string[] = Array.from({ length: WORK }, (_, index) => {
  const mark = `echo n${index + 1} >> log`;
  return [
    RUN(mark),
    RUN(`sleep 0.05; ${mark}; sleep 0.05`),
    RUN(`${mark}; seq 1 3000`),
    'no decision at all',
    SLEEP(20),
    RUN('curl example.org'),
    RUN(`${mark}; sleep 0.1`),
  ][index % 7] as string;
}).concat(Array.from({ length: 9 }, () => STOP));
