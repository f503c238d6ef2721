import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readPageParts } from '../../dist/inspector/page.js';
import type { Frame } from '../../src/inspector/messages.ts';
import { openBrowser, type Viewers } from './browser.ts';
import { startFeedServer } from './feed-server.mjs';
import { grownTo, tellRun } from './tell-run.mjs';

let viewers: Viewers;
beforeAll(async () => {
  viewers = await openBrowser();
});
afterEach(() => viewers.closePages());
afterAll(() => viewers.close());

test('1,000 events a second for ten seconds take less than 30 % of the page in script, and one pass a frame', async () => {
  const { hello, frames } = await longRun(10_200);
  const server = await startFeedServer({ hello, frames: frames.slice(0, 200) });
  const page = await viewers.open(server.url);
  await expectText(page, '.place', /^event 200 of 200/);
  await page.evaluate(COUNT_PASSES);
  const measured = await measure(page);
  for (let sent = 200, started = performance.now(); sent < frames.length; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const due = Math.min(frames.length, 200 + Math.round(performance.now() - started));
    server.tell(frames.slice(sent, due));
    sent = due;
  }
  const { script, layout, tasks } = await measured();
  await expectText(page, '.place', /^event 10 200 of 10 200/);
  const { passes, frames: drawn } = (await page.evaluate('counted')) as { passes: number; frames: number };
  console.log(
    `1,000 events/s: script ${percent(script)}, style and layout ${percent(layout)}, all tasks ${percent(tasks)}; ${drawn} frames, ${passes} passes`,
  );
  expect(script).toBeGreaterThan(0);
  expect(script).toBeLessThan(0.3);
  expect(passes).toBeGreaterThan(50);
  expect(passes).toBeLessThanOrEqual(drawn + 2);
  expect(viewers.misdeeds()).toEqual([]);
  await server.close();
});

test('100,000 events stay smooth: few elements, and a step anywhere is drawn within two frames', async () => {
  const { hello, frames } = await longRun(100_000);
  const server = await startFeedServer({ hello, frames });
  const started = performance.now();
  const page = await viewers.open(server.url);
  await expectText(page, '.place', /^event 100 000 of 100 000/);
  const loaded = performance.now() - started;
  expect(await page.locator('.row').count()).toBeLessThan(60);

  const measured = await measure(page);
  const keys = [
    ...Array(20).fill('ArrowLeft'),
    ...Array(20).fill('ArrowUp'),
    'Home',
    ...Array(19).fill('ArrowDown'),
    'End',
  ];
  for (const key of keys) {
    await page.keyboard.press(key);
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => resolve()))');
  }
  const { seconds, script } = await measured();
  const step = (seconds * script * 1000) / keys.length;
  const searching = performance.now();
  await page.keyboard.press('/');
  await page.keyboard.type('iteration 777');
  await expect
    .poll(() => page.locator('.events-pane .pane-note').textContent(), { timeout: 10_000 })
    .toMatch(/^\d+ of 100.000$/);
  const searched = performance.now() - searching;
  console.log(
    `100,000 events: shown after ${Math.round(loaded)} ms, a step takes ${step.toFixed(1)} ms of script, a search ${Math.round(searched)} ms`,
  );
  expect(step).toBeGreaterThan(0);
  expect(step).toBeLessThan(33);
  expect(viewers.misdeeds()).toEqual([]);
  await server.close();
});

test('the script and the style are 40 kB at most when compressed', async () => {
  const { script, style } = await readPageParts();
  const [code, look] = [gzipSync(script).length, gzipSync(style).length];
  console.log(`page: ${code} B of script and ${look} B of style, compressed`);
  expect(code + look).toBeLessThanOrEqual(40_000);
});

/** Counts the frames that the browser draws, and the turns in which the page was written to. */
const COUNT_PASSES = `
  globalThis.counted = { passes: 0, frames: 0 };
  const count = () => { counted.frames++; requestAnimationFrame(count); };
  requestAnimationFrame(count);
  new MutationObserver(() => counted.passes++).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
`;

async function longRun(
  length: number,
): Promise<{ hello: Awaited<ReturnType<typeof tellRun>>['hello']; frames: Frame[] }> {
  const run = await tellRun({ maxIterations: 100_000 });
  run.open();
  for (let iteration = 0; iteration < 3; iteration++)
    run.iteration({ stdout: 'line\n'.repeat(40), added: ['notes/log.md'] });
  return { hello: run.hello, frames: grownTo(run.frames, length) };
}

/** Starts to measure; the answer says what share of the time since then was spent on what, and the time in seconds. */
async function measure(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await read();
  return async () => {
    const after = await read();
    const spent = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    const seconds = spent('Timestamp');
    return {
      seconds,
      script: spent('ScriptDuration') / seconds,
      layout: (spent('RecalcStyleDuration') + spent('LayoutDuration')) / seconds,
      tasks: spent('TaskDuration') / seconds,
    };
  };
}

async function expectText(page: Page, selector: string, text: RegExp) {
  const read = async () => ((await page.locator(selector).textContent()) ?? '').replaceAll('\u202f', ' ');
  await expect.poll(read, { timeout: 20_000 }).toMatch(text);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
