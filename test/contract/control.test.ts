import { mkdtemp, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ControlOrder, sendControl, serveControl, watchControl } from '../../src/journal/control.ts';
import type { Writing } from '../../src/machine/types.ts';

test('who watches hears what is being written, also who comes in the middle of it', async () => {
  const { journal, control } = await serve();
  control.tell({ iteration: 1, text: '<act' });
  const first = watch(journal);
  await first.until(1);
  control.tell({ iteration: 1, text: '<action>' });
  const second = watch(journal);
  await second.until(1);
  control.tell({ iteration: 2, text: '' });
  await Promise.all([first.until(3), second.until(2)]);
  expect(first.heard.map(({ text }) => text)).toEqual(['<act', '<action>', '']);
  expect(second.heard.map(({ text }) => text)).toEqual(['<action>', '']);
  await control.close();
  expect(await Promise.all([first.ended, second.ended])).toEqual([true, true]);
});

test('who watches and does not read is let go, and nobody waits', async () => {
  const { dir, journal, control } = await serve();
  const stalled = createConnection(join(dir, 'control.sock'), () => stalled.write('watch\n'));
  stalled.pause();
  const reader = watch(journal);
  control.tell({ iteration: 1, text: 'x' });
  await reader.until(1);
  const longest = { iteration: 1, text: 'x'.repeat(100_000) };
  const started = reader.heard.length;
  for (let told = 0; told < 40; told += 1) {
    control.tell(longest);
    await reader.until(started + told + 1);
  }
  const gone = new Promise((resolve) => stalled.once('close', () => resolve(true)));
  stalled.resume();
  expect(await gone).toBe(true);
  await control.close();
});

test('orders are obeyed while somebody watches', async () => {
  const { journal, control, orders } = await serve();
  const watcher = watch(journal);
  control.tell({ iteration: 1, text: 'x' });
  await watcher.until(1);
  expect(await sendControl(journal, { do: 'stop', from: 'inspector' })).toEqual({ ok: true, message: 'yes' });
  expect(orders).toEqual([{ do: 'stop', from: 'inspector' }]);
  await control.close();
});

test('without a live run there is nothing to watch, and an aborted watch ends', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gyre-control-'));
  expect(await watchControl(join(dir, 'journal.jsonl'), () => {}, new AbortController().signal)).toBe(false);
  const { journal, control } = await serve();
  const ending = new AbortController();
  const ended = watchControl(journal, () => {}, ending.signal);
  setTimeout(() => ending.abort(), 50);
  expect(typeof (await ended)).toBe('boolean');
  await control.close();
});

async function serve() {
  const dir = await mkdtemp(join(tmpdir(), 'gyre-control-'));
  const journal = join(dir, 'journal.jsonl');
  const orders: ControlOrder[] = [];
  const control = await serveControl(journal, async (order) => {
    orders.push(order);
    return { ok: true, message: 'yes' };
  });
  expect((await stat(join(dir, 'control.sock'))).mode & 0o777).toBe(0o600);
  return { dir, journal, control, orders };
}

function watch(journal: string) {
  const heard: Writing[] = [];
  const ended = watchControl(journal, (writing) => heard.push(writing), new AbortController().signal);
  return {
    heard,
    ended,
    async until(count: number) {
      const end = performance.now() + 5000;
      while (heard.length < count) {
        if (performance.now() > end) throw new Error(`Heard ${heard.length} of ${count}.`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
