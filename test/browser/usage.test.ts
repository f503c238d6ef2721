import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Hub } from '../../dist/inspector/hub.js';
import { serveInspector } from '../../dist/inspector/server.js';
import { createCoverageCount } from '../../src/inspector/coverage.ts';
import type { Coverage, Frame, Hello } from '../../src/inspector/messages.ts';
import { openBrowser, type PageElement, type Viewers } from './browser.ts';
import { tellRun } from './tell-run.mjs';

let viewers: Viewers;
beforeAll(async () => {
  viewers = await openBrowser();
});
afterEach(() => viewers.closePages());
afterAll(() => viewers.close());

test('what a run has used is drawn thick, what it never used faint, and then everything as before', async () => {
  const { hello, frames, own } = await toldRun();
  const page = await viewers.openSaved({ hello, frames });
  const width = () =>
    page
      .locator('[id="agent.running.loop.planning.thinking"] > rect')
      .evaluate((rect): string => Reflect.get(globalThis, 'getComputedStyle')(rect).strokeWidth);
  expect(await width()).toBe('1px');
  await page.keyboard.press('u');
  const ways = Object.values(own.edges);
  const taken = ways.filter((times) => times > 0).length;
  await page
    .locator('.usage-note', { hasText: `this run: ${taken} of ${ways.length} transitions were taken` })
    .waitFor();
  const unused = await page
    .locator('.stage .state.is-unused')
    .evaluateAll((all: PageElement[]) => all.map(({ id }) => id));
  const expected = Object.entries(own.states).filter(([, times]) => times === 0);
  expect(unused.filter((id) => id in own.states).sort()).toEqual(expected.map(([id]) => id).sort());
  expect(Number.parseFloat(await width())).toBeGreaterThan(2);
  await page.getByRole('button', { name: 'Usage' }).click();
  expect(await page.locator('.stage .is-unused').count()).toBe(0);
  expect([await width(), await page.locator('.usage-note').textContent()]).toEqual(['1px', '']);
  expect(viewers.misdeeds()).toEqual([]);
});

test('all runs are counted by the server, and only when somebody asks', async () => {
  const { hello, frames, own } = await toldRun();
  const all = { ...own, runs: 12, edges: Object.fromEntries(Object.keys(own.edges).map((id) => [id, 1])) };
  let asked = 0;
  const server = await serveInspector({
    hub: hubOf({
      hello,
      frames,
      count: async () => {
        asked += 1;
        return all;
      },
    }),
    port: 4700,
  });
  const page = await viewers.open(server.url);
  await page.locator('.usage-button').click();
  await page.locator('.usage-note', { hasText: 'this run' }).waitFor();
  expect(asked).toBe(0);
  await page.locator('.usage-button').click();
  const count = Object.keys(all.edges).length;
  await page.locator('.usage-note', { hasText: `12 runs: ${count} of ${count} transitions were taken` }).waitFor();
  expect([asked, await page.locator('.stage text.is-unused').count()]).toEqual([1, 0]);
  expect(viewers.misdeeds()).toEqual([]);
  await server.close();
});

async function toldRun(): Promise<{ hello: Hello; frames: readonly Frame[]; own: Coverage }> {
  const run = await tellRun({ maxIterations: 1000 });
  run.open();
  for (let iteration = 1; iteration <= 20; iteration++) run.iteration({ ms: 5 });
  const counted = createCoverageCount(run.hello.chart);
  counted.add(run.frames);
  return { hello: run.hello, frames: run.frames, own: counted.total() };
}

function hubOf({ hello, frames, count }: { hello: Hello; frames: readonly Frame[]; count: Hub['count'] }): Hub {
  return {
    hello: () => hello,
    frames: () => frames,
    isLive: () => false,
    isCaughtUp: () => true,
    writing: () => null,
    problem: () => null,
    subscribe: () => () => {},
    order: async () => ({ ok: false, message: '' }),
    count,
    close: async () => {},
  };
}
