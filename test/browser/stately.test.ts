import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Hub } from '../../dist/inspector/hub.js';
import { serveInspector } from '../../dist/inspector/server.js';
import { createStatelyFeed } from '../../dist/inspector/stately.js';
import { done, oneIteration, recordedRun } from '../unit/recorded-run.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});
afterAll(() => browser.close());

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

test("Stately's page, in its frame, is told the chart first and then every event", async () => {
  const { page, feed } = await bridge(RECEIVER);
  await until(page, 'window.received.length > 10');
  feed.add({ type: 'chart.moved', time: '', event: done('awaitRest', null), state: '' });
  await until(page, `JSON.stringify(window.received).includes('"awaitRest"')`);
  const received = await receivedBy(page);
  expect(received[0]).toMatchObject({ type: '@xstate.actor', definition: expect.stringContaining('"agent"') });
  const indexes = received
    .map(({ type }, index) => (type === '@xstate.actor' ? index : -1))
    .filter((index) => index >= 0);
  expect(indexes.length).toBeGreaterThan(5);
  expect(await page.locator('output').textContent()).toMatch(/^The run is being sent to 127\.0\.0\.1:/);
});

test('a frame that is loaded again is told everything again', async () => {
  const { page } = await bridge(RECEIVER);
  await until(page, 'window.received.length > 10');
  const before = (await receivedBy(page)).length;
  await frameOf(page).evaluate('location.reload()');
  await page.waitForTimeout(200);
  await until(page, `window.received.length >= ${before}`);
  expect((await receivedBy(page))[0]).toMatchObject({ type: '@xstate.actor' });
});

test('a page that does not answer is sent nothing, and after five seconds the person is told', async () => {
  const { page } = await bridge(
    '<script>window.received = []; onmessage = ({ data }) => received.push(data);</script>',
  );
  const before = await page.locator('output').textContent();
  expect(before).toBe('Waiting for its page.');
  await page.locator('output', { hasText: 'has not answered' }).waitFor();
  expect(await receivedBy(page)).toEqual([]);
});

test('a page of another origin that claims to be it is sent nothing', async () => {
  const liar = await servePage(`<script>parent.postMessage({ type: '@statelyai.connected' }, '*');</script>`);
  const { page } = await bridge('<p>silent</p>');
  // One in this very page too: neither its source nor its origin is the frame's.
  await page.evaluate(`
    const frame = document.createElement('iframe');
    frame.src = ${JSON.stringify(liar)};
    document.body.append(frame);
    window.postMessage({ type: '@statelyai.connected' }, '*');
  `);
  await page.waitForTimeout(1000);
  expect(await page.locator('output').textContent()).toBe('Waiting for its page.');
});

/** What the receiving side of the protocol does: it says that it is there, and takes what comes. */
const RECEIVER = `<script>
window.received = [];
onmessage = ({ data }) => received.push(data);
parent.postMessage({ type: '@statelyai.connected' }, '*');
</script>`;

async function bridge(content: string) {
  const feed = createStatelyFeed();
  for (const record of recordedRun(oneIteration)) feed.add(record);
  const server = await serveInspector({ hub: silentHub, port: 4600, stately: { feed, url: await servePage(content) } });
  const page = await browser.newPage();
  open.push(page, server, feed);
  await page.goto(server.statelyUrl ?? '');
  await page.locator('iframe[src]').waitFor({ state: 'attached' });
  return { page, feed };
}

async function servePage(content: string): Promise<string> {
  const server: Server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html>${content}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => server.closeAllConnections() }, server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/inspect`;
}

function frameOf(page: Page) {
  const frame = page.frames().find((candidate) => candidate !== page.mainFrame());
  if (frame === undefined) throw new Error('There is no frame.');
  return frame;
}

async function until(page: Page, isTrue: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (
    !(await frameOf(page)
      .evaluate(isTrue)
      .catch(() => false))
  ) {
    if (Date.now() > end) throw new Error(`It did not come: ${isTrue}`);
    await page.waitForTimeout(50);
  }
}

async function receivedBy(page: Page): Promise<{ type: string }[]> {
  return frameOf(page).evaluate('window.received');
}

const silentHub: Hub = {
  hello: () => null,
  frames: () => [],
  isLive: () => true,
  isCaughtUp: () => true,
  writing: () => null,
  problem: () => null,
  subscribe: () => () => {},
  order: async () => ({ ok: true, message: '' }),
  count: async () => ({ runs: 0, states: {}, edges: {} }),
  close: async () => {},
};
