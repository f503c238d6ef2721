import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeWorkplace, RUN, STOP } from '../e2e/workplace.ts';
import { openBrowser, type Viewers } from './browser.ts';

let viewers: Viewers;
beforeAll(async () => {
  viewers = await openBrowser();
});
afterEach(() => viewers.closePages());
afterAll(() => viewers.close());

test('a real run is watched, spoken to, paused and stopped on the page of `gyre inspect`', async () => {
  const workplace = await makeWorkplace();
  const model = await workplace.script(
    ...Array.from({ length: 200 }, (_, at) => RUN(`sleep 0.2; echo ${at} > log.txt`)),
  );
  const run = workplace.start(['run', 'count & <b>write</b>', '--json', '--model', model, '--loop-interval-ms', '50']);
  await run.sees('iteration.saved');
  const inspector = workplace.start(['inspect', '--json']);
  await inspector.sees('url');
  const { url } = JSON.parse(inspector.stdout()) as { url: string };
  const page = await viewers.open(url);
  await expectText(page, '.goal', /^count & <b>write<\/b>$/);
  await expectText(page, '.state-text', /^live$/);
  await expectText(page, '.place', / · iteration \d+ · /);

  await page.getByRole('button', { name: 'Say…' }).click();
  await page.keyboard.type('faster');
  await page.keyboard.press('Enter');
  await page.getByRole('searchbox').fill('faster');
  await expectText(page, '.row:visible .row-what', /^a person said$/);
  await page.getByRole('searchbox').fill('');
  await page.locator('.chart').click();
  await page.keyboard.press('f');
  await page.keyboard.press(' ');
  await expectText(page, '.caption-place', /^paused$/);
  await page.keyboard.press(' ');
  await expectText(page, '.caption-place', /^loop: /);

  await page.getByRole('button', { name: 'Stop…' }).click();
  await page.getByRole('button', { name: 'Stop the run' }).click();
  await expectText(page, '.state-text', /^stopped: /);
  expect(await run.finished).toMatchObject({ code: 130 });
  await expectText(page, '.caption-place', /^stopped$/);
  inspector.kill('SIGINT');
  await inspector.finished;
  await expectText(page, '.notice', /^The server has gone; this page keeps what it has/);
  expect(viewers.misdeeds().filter((misdeed) => !misdeed.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
});

test('a real run is saved as a page, which shows it without gyre', async () => {
  const workplace = await makeWorkplace();
  await workplace.run([RUN('echo hello > log.txt; echo "<script>alert(1)</script>"'), STOP]);
  const file = join(workplace.dir, 'run.html');
  expect(await workplace.gyre(['runs', 'last', '--html', file])).toMatchObject({ code: 0 });
  const page = await viewers.open(pathToFileURL(file).href);
  await expectText(page, '.state-text', /^completed: the agent says it is done$/);
  for (const key of ['ArrowUp', 'ArrowLeft']) await page.keyboard.press(key);
  await expectText(page, '.part:has-text("Output") pre', /^<script>alert\(1\)<\/script>$/);
  expect(viewers.misdeeds()).toEqual([]);
});

async function expectText(page: Page, selector: string, text: RegExp) {
  const read = async () => (await page.locator(selector).first().textContent()) ?? '';
  await expect.poll(read, { timeout: 15_000 }).toMatch(text);
}
