import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { showUnseen } from '../../src/protocol/untrusted.ts';
import { openBrowser, type Viewers } from './browser.ts';
import { startFeedServer } from './feed-server.mjs';
import { tellRun } from './tell-run.mjs';

/** Texts that would be more than text on a page that lets them, each with its why. */
const corpus = readFileSync(new URL('corpus/texts.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { why: string; text: string });
const all = corpus.map(({ text }) => text).join(' ');

let viewers: Viewers;
beforeAll(async () => {
  viewers = await openBrowser();
});
afterEach(() => viewers.closePages());
afterAll(() => viewers.close());

describe('whatever a model, a command or a person writes stays text', () => {
  test('on a page that a server feeds', async () => {
    const run = await runOfCorpus();
    const server = await startFeedServer({ hello: run.hello, frames: run.frames });
    const page = await viewers.open(server.url);
    await expectTextEverywhere(page);
    await page.keyboard.press('End');
    for (const { text } of corpus) {
      server.send({ type: 'writing', writing: { iteration: corpus.length * 2 + 1, text } });
      await expect.poll(() => page.locator('.raw').textContent(), { message: text }).toBe(showUnseen(text));
    }
    server.send({ type: 'lost', message: all });
    await expect.poll(() => page.locator('.notice').textContent()).toBe(showUnseen(all));
    server.tell(run.end('failed', all, [all], { message: all, hint: all }));
    await expect.poll(() => page.locator('.ending').textContent()).toContain(showUnseen(all));
    await expectNothingButText(page);
    await server.close();
  });

  test('on a page that is one file', async () => {
    const run = await runOfCorpus();
    run.end('failed', all, [all], { message: all, hint: all });
    const page = await viewers.openSaved(run.story());
    await expectTextEverywhere(page);
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('.ending').textContent()).toContain(showUnseen(all));
    await expectNothingButText(page);
  });
});

test('the corpus has thirty texts and more, and each says why it is there', () => {
  expect(new Set(corpus.map(({ text }) => text)).size).toBeGreaterThanOrEqual(30);
  expect(corpus.filter(({ why }) => why === '')).toEqual([]);
});

/** Two iterations for each text: one in which a command ran, and one whose answer was no decision. */
async function runOfCorpus() {
  const run = await tellRun({ goal: all, model: all, sandboxDir: all, maxIterations: 1000 });
  run.open();
  for (const { text } of corpus) {
    run.said(text);
    run.iteration({
      decision: { action: 'RUN', command: `echo ${text}|`, note: `n ${text}` },
      ...{ stdout: `o ${text}`, stderr: `e ${text}`, message: `m ${text}`, nudge: `w ${text}` },
      ...{ added: [`a ${text}`], files: [`f ${text}`], workingDirectory: `d ${text}` },
    });
    run.iteration({
      decision: { action: 'RUN', command: 'rm x', note: text },
      verdict: { kind: 'deny', rule: text, reason: text, advice: text, part: text },
      message: text,
    });
  }
  run.thinking();
  return run;
}

/** Goes through the run and reads everything that is shown of each text. */
async function expectTextEverywhere(page: Page) {
  expect(await page.locator('.goal').textContent()).toContain(showUnseen(all).slice(0, 300));
  expect(await page.locator('.about').textContent()).toContain(showUnseen(all).slice(0, 150));
  await pressAll(page, ['Home', 'ArrowDown']);
  for (const { text: raw, why } of corpus) {
    const text = showUnseen(raw);
    // One step back from where the next one begins, all of an iteration is seen.
    await pressAll(page, ['ArrowDown', 'ArrowLeft']);
    await expectParts(page, why, [`echo ${text}|`, `n ${text}`, `o ${text}`, `e ${text}`, `m ${text}\nw ${text}`]);
    await expectParts(page, why, [`added a ${text}`, `f ${text}`, `in d ${text}`, `A person said: ${text}`]);
    await pressAll(page, ['ArrowRight', 'ArrowDown', 'ArrowLeft']);
    await expectParts(page, why, [text, `✗ denied (${text}): ${text}`]);
    await pressAll(page, ['ArrowRight']);
  }
}

async function pressAll(page: Page, keys: readonly string[]) {
  for (const key of keys) await page.keyboard.press(key);
}

async function expectParts(page: Page, why: string, expected: readonly string[]) {
  const read = async () => {
    const shown = await page
      .locator('.iteration .part :is(pre, .prose, .note, .verdict, .part-note)')
      .allTextContents();
    return expected.filter((text) => !shown.includes(text));
  };
  await expect.poll(read, { message: why, timeout: 3000 }).toEqual([]);
}

/** No element that a text has made, nothing that it has done, and no request to anywhere. */
async function expectNothingButText(page: Page) {
  const foreign =
    'img, iframe, object, embed, form, template, a, base, meta[http-equiv=refresh], math, x-a, slot, details';
  expect(await page.locator(foreign).count()).toBe(0);
  expect(await page.locator('script, style, link').count()).toBeLessThanOrEqual(4);
  expect(await page.evaluate('window.pwned')).toBeUndefined();
  expect(viewers.misdeeds()).toEqual([]);
}
