import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { type Finished, makeWorkplace, RUN, type Running, SLEEP, STOP } from '../e2e/workplace.ts';

const HOUR_MS = 3_600_000;

test('stopped for a minute, what had ended meanwhile has ended, what had not goes on, and no wait begins anew', {
  timeout: 180_000,
}, async () => {
  // Over in time though nobody looked; a wait that is over; one that is not.
  const quick = await start([RUN('sleep 2; echo over'), STOP], ['--shell-timeout', '10000']);
  const overdue = await start([SLEEP(5000), STOP]);
  const waiting = await start([SLEEP(70_000), STOP]);
  const bounded = await start([RUN('sleep 1'), SLEEP(600_000), STOP], ['--max-duration-ms', '30000']);
  const all = [quick, overdue, waiting, bounded];
  await Promise.all(all.map(({ sees }) => sees('decision.made')));
  await setTimeout(500);
  for (const { kill } of all) kill('SIGSTOP');
  await setTimeout(60_000);
  for (const { kill } of all) kill('SIGCONT');
  const continuedAt = performance.now();
  const ends = await Promise.all(all.map((running) => endOf(running, continuedAt)));
  const [quickEnd, overdueEnd, waitingEnd, boundedEnd] = ends;
  expect(outcomesOf(quickEnd)[0]).toMatchObject({ kind: 'ok', stdout: 'over\n' });
  expect(overdueEnd?.afterMs).toBeLessThan(5000);
  expect(waitingEnd?.afterMs).toBeGreaterThan(7000);
  expect(waitingEnd?.afterMs).toBeLessThan(20_000);
  expect(boundedEnd?.lines.at(-1)).toMatchObject({ status: 'exhausted', cause: 'max-duration' });
  expect(boundedEnd?.afterMs).toBeLessThan(5000);
});

test.each([
  ['forward', HOUR_MS],
  ['back', -HOUR_MS],
])('a clock that is set %s by an hour in the middle ends no wait, and prolongs none', async (_, jumpMs) => {
  const place = await makeWorkplace();
  const preload = join(place.dir, 'jump.mjs');
  // A second after the start, every clock that tells the time of day jumps.
  await writeFile(
    preload,
    `const RealDate = Date;
    let offset = 0;
    setTimeout(() => { offset = ${jumpMs}; }, 1500).unref();
    globalThis.Date = class extends RealDate {
      constructor(...words) { if (words.length === 0) super(RealDate.now() + offset); else super(...words); }
      static now() { return RealDate.now() + offset; }
    };`,
  );
  const model = await place.script(SLEEP(4000), RUN('sleep 1; date +%s > at'), STOP);
  const env = { NODE_OPTIONS: `--import ${pathToFileURL(preload)}` };
  const flags = ['--json', '--loop-interval-ms', '1000', '--max-duration-ms', '600000'];
  const running = place.start(['run', 'x', '--model', model, ...flags], env);
  await running.sees('decision.made');
  const { code, lines, afterMs } = await endOf(running, performance.now());
  expect([code, lines.at(-1)?.['cause']]).toEqual([0, 'agent-stop']);
  expect(afterMs).toBeGreaterThan(4000 + 1000 + 1000 - 100);
  expect(afterMs).toBeLessThan(30_000);
  const durationMs = Number(lines.at(-1)?.['durationMs']);
  expect(Math.abs(durationMs - afterMs)).toBeLessThan(5000);
  // It did jump.
  const times = lines.map(({ time }) => Date.parse(String(time)));
  expect(Math.abs((times.at(-1) ?? 0) - (times[0] ?? 0) - jumpMs)).toBeLessThan(60_000);
});

async function start(answers: readonly string[], flags: readonly string[] = []): Promise<Running> {
  const place = await makeWorkplace();
  const model = await place.script(...answers);
  return place.start(['run', 'x', '--model', model, '--json', '--loop-interval-ms', '0', ...flags]);
}

async function endOf({ finished }: Running, sinceMs: number): Promise<Finished & { readonly afterMs: number }> {
  const end = await finished;
  return { ...end, afterMs: performance.now() - sinceMs };
}

function outcomesOf(end: Finished | undefined) {
  return (end?.lines ?? []).filter(({ type }) => type === 'iteration.saved').map(({ outcome }) => outcome);
}
