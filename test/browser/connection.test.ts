import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openBrowser, type Viewers } from './browser.ts';
import { startFeedServer } from './feed-server.mjs';
import { tellRun } from './tell-run.mjs';

let viewers: Viewers;
beforeAll(async () => {
  viewers = await openBrowser();
});
afterEach(() => viewers.closePages());
afterAll(() => viewers.close());

test('a connection that is lost is made again, and the place that one looks at is kept', async () => {
  const { run, server, page } = await openRun();
  for (const key of ['ArrowUp', 'ArrowUp']) await page.keyboard.press(key);
  await expectText(page, '.place', /^event 3 of 14/);
  server.drop();
  await expectText(page, '.state-text', /^no connection$/);
  await expectText(page, '.notice', /^The connection is lost\. Trying again…$/);
  expect(await page.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true);
  await expectText(page, '.state-text', /^live$/);
  server.tell(run.decided());
  await expectText(page, '.place', /^event 3 of 17/);
  await server.close();
});

test('what was there stays until a new connection has told as much', async () => {
  const { run, server, page } = await openRun();
  server.holdCatchUp(true);
  server.drop();
  await expect.poll(server.attempts).toBe(2);
  await expectText(page, '.state-text', /^live$/);
  await expectText(page, '.place', /^event 14 of 14/);
  server.send({ type: 'frames', frames: run.frames.slice(0, 10), isCatchingUp: true });
  await page.waitForTimeout(100);
  await expectText(page, '.place', /^event 14 of 14/);
  server.send({ type: 'frames', frames: [...run.frames.slice(10), ...run.decided()], isCatchingUp: false });
  await expectText(page, '.place', /^event 17 of 17/);
  await server.close();
});

test('a wrong token is said to be one, and is not tried over and over', async () => {
  const { server } = await openRun();
  const before = server.attempts();
  const page = await viewers.open(server.url.replace('c0ffee', 'decaf'));
  await expectText(page, '.state-text', /^address not valid$/);
  await expectText(page, '.notice', /^This address is not valid any more\. Run “gyre inspect RUN” to open it again\.$/);
  await page.waitForTimeout(3000);
  expect(server.attempts()).toBe(before + 1);
  server.drop(4401);
  await server.close();
});

test('after the end of the run and of its server the page keeps all it has, and says how to open it again', async () => {
  const { run, server, page } = await openRun();
  server.tell(run.end('stopped', 'person'));
  server.send({ type: 'liveness', isLive: false });
  await expectText(page, '.state-text', /^stopped: a person stopped it$/);
  await server.close();
  await expectText(
    page,
    '.notice',
    /^The server has gone; this page keeps what it has\. Run “gyre inspect r4k7m2p9qx”/,
  );
  await page.keyboard.press('ArrowLeft');
  await expectText(page, '.place', /^event 15 of /);
});

test('a run without an end that nobody runs any more is said to be one', async () => {
  const { server, page } = await openRun();
  server.send({ type: 'liveness', isLive: false });
  await expectText(page, '.state-text', /^not running$/);
  await expectText(page, '.notice', /“gyre resume r4k7m2p9qx” goes on with it\.$/);
  await server.close();
});

test('another run at the same address takes the place of the one before', async () => {
  const { server, page } = await openRun();
  await page.keyboard.press('Home');
  await server.close();
  const other = await tellRun({ runId: 'another1xyz', goal: 'Another goal' });
  other.open();
  const next = await startFeedServer({ hello: other.hello, frames: other.frames, port: server.port });
  await expectText(page, '.goal', /^Another goal$/);
  await expectText(page, '.place', /^event 3 of 3/);
  await next.close();
});

async function openRun() {
  const run = await tellRun();
  run.open();
  run.iteration();
  run.thinking();
  run.said('go on');
  const server = await startFeedServer({ hello: run.hello, frames: run.frames });
  const page = await viewers.open(server.url);
  await expectText(page, '.place', /^event 14 of 14/);
  return { run, server, page };
}

async function expectText(page: Page, selector: string, text: RegExp) {
  const read = async () => (await page.locator(selector).textContent()) ?? '';
  await expect.poll(read, { timeout: 12_000 }).toMatch(text);
}
