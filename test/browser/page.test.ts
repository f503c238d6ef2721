import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, type PageElement, type Viewers } from './browser.ts';
import { startFeedServer } from './feed-server.mjs';
import { tellRun } from './tell-run.mjs';

let viewers: Viewers;
beforeAll(async () => {
  viewers = await openBrowser();
});
afterEach(() => viewers.closePages());
afterAll(() => viewers.close());

describe('a live run', () => {
  test('is shown as it happens: the state, the transition with its guard, the decision while it is written', async () => {
    const { run, server, page } = await openRun();
    await expectText(page, '.caption-place', 'loop: thinking · watchdog: calm');
    expect(await page.locator('.stage .is-here').evaluateAll((all: PageElement[]) => all.map(({ id }) => id))).toEqual([
      'agent.running.loop.planning.thinking',
      'agent.running.watchdog.calm',
    ]);
    await expectText(page, '.caption-label', 'done(readSurroundings)');

    server.send({ type: 'writing', writing: { iteration: 3, text: '<action>RUN</action><command>ls' } });
    await expectText(page, '.raw', '<action>RUN</action><command>ls');
    server.tell(run.decided({ decision: { action: 'RUN', command: 'ls notes', note: 'what is there?' } }));
    await expectText(page, '.raw', 'ls notes');
    await expectText(page, '.note', 'what is there?');
    await expectText(page, '.verdict', '✓ allowed');
    await expectText(page, '.caption-label', 'done(validate) [isRunAllowed]');
    await expectText(page, '.guard.holds', '✓ isRunAllowed');
    expect(await page.locator('.stage text.is-taken').allTextContents()).toEqual([
      expect.stringContaining('done(validate) [isRunAllowed]'),
    ]);
    expect(await page.locator('.stage path.taken[d^="M"]').count()).toBe(1);

    server.tell(run.done({ decision: { action: 'RUN', command: 'ls notes', note: '' }, stdout: 'log.md\n' }));
    await expectText(page, '.part:has-text("Output") pre', 'log.md');
    await expectText(page, '.chip', '✓ ok · exit 0 · 46 ms');
    await expectText(page, '.metrics', 'prompt1\u202f840reused88 %generated34tokens/s11.4took3.2 s');
    expect(viewers.misdeeds()).toEqual([]);
    await server.close();
  });

  test('is shown whole to a viewer who comes late', async () => {
    const run = await tellRun({ maxIterations: 1000 });
    run.open();
    for (let iteration = 1; iteration <= 300; iteration++) run.iteration({ ms: 5 });
    const server = await startFeedServer({ hello: run.hello, frames: run.frames });
    const page = await viewers.open(server.url);
    await expectText(page, '.place', /^event 2 703 of 2 703 · iteration 301/);
    await page.keyboard.press('Home');
    await expectText(page, '.place', /^event 1 of 2 703 · iteration 0/);
    await server.close();
  });

  test('moves no part of the page, whatever happens', async () => {
    const { run, server, page } = await openRun();
    const places = () =>
      page
        .locator(
          '.header, .controls button, .pane, .pane-head, .metric, .chart, .caption, .camera-buttons, .transport button, .track',
        )
        .evaluateAll((all: PageElement[]) =>
          all.map((one) => [one.className, ...Object.values(one.getBoundingClientRect().toJSON())]),
        );
    const before = await places();
    expect(before.length).toBe(25);
    const steps = [
      () => server.send({ type: 'writing', writing: { iteration: 3, text: 'x'.repeat(5000) } }),
      () =>
        server.tell(run.decided({ decision: { action: 'RUN', command: 'y '.repeat(900), note: 'z '.repeat(400) } })),
      () => server.tell(run.done({ decision: null, answer: 'w '.repeat(900), message: 'v '.repeat(400) })),
      () => server.tell(run.pause()),
      () => server.send({ type: 'lost', message: 'The journal is damaged.' }),
      () => server.send({ type: 'liveness', isLive: false }),
    ];
    for (const step of steps) {
      step();
      await page.waitForTimeout(80);
      expect((await places()).filter((place, at) => String(place) !== String(before[at]))).toEqual([]);
    }
    await server.close();
  });

  test('can be paused, told to go on, spoken to and, when confirmed, stopped', async () => {
    const { run, server, page } = await openRun();
    await page.getByRole('button', { name: 'Pause' }).click();
    await expectText(page, '.toast', 'Done: pause.');
    server.tell(run.pause());
    await page.getByRole('button', { name: 'Go on' }).click();
    await expectText(page, '.toast', 'Done: go-on.');
    server.tell(run.goOn());
    await page.getByRole('button', { name: 'Pause' }).waitFor();

    await page.getByRole('button', { name: 'Say…' }).click();
    await page.getByRole('textbox', { name: 'What you want to say' }).fill('look at / and ? too');
    await page.getByRole('button', { name: 'Say it' }).click();
    await expectText(page, '.toast', 'Done: say.');

    await page.getByRole('button', { name: 'Stop…' }).click();
    await page.getByRole('button', { name: 'Let it go on' }).click();
    await page.getByRole('button', { name: 'Stop…' }).click();
    await page.keyboard.press('Escape');
    expect(server.orders.map((order) => order.do)).toEqual(['pause', 'go-on', 'say']);
    await page.getByRole('button', { name: 'Stop…' }).click();
    await page.getByRole('button', { name: 'Stop the run' }).click();
    await expectText(page, '.toast', 'Done: stop.');
    expect(server.orders).toEqual([
      { order: 1, do: 'pause' },
      { order: 2, do: 'go-on' },
      { order: 3, do: 'say', text: 'look at / and ? too' },
      { order: 4, do: 'stop' },
    ]);
    await server.close();
  });

  test('obeys its keys: space pauses, and while somebody types nothing does anything', async () => {
    const { server, page } = await openRun();
    await page.keyboard.press(' ');
    await expectText(page, '.toast', 'Done: pause.');
    await page.keyboard.press('/');
    await page.keyboard.type('a ?l');
    expect(await page.getByRole('searchbox').inputValue()).toBe('a ?l');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('searchbox').inputValue()).toBe('');
    await page.keyboard.press('?');
    await page.keyboard.press(' ');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await page.keyboard.press('?');
    expect(await page.locator('dialog[open]').getAttribute('aria-label')).toBe('Keys');
    await page.keyboard.press('ArrowLeft');
    await expectText(page, '.place', /^event 22 of 22/);
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    expect(server.orders).toEqual([{ order: 1, do: 'pause' }]);
    await server.close();
  });
});

describe('looking back', () => {
  test('arrows go through events and iterations, End and L lead back to live, and new events move nothing', async () => {
    const { run, server, page } = await openRun();
    await pressAll(page, ['ArrowLeft', 'ArrowLeft']);
    await expectText(page, '.place', /^event 20 of 22 · iteration 2/);
    server.tell(run.decided());
    await expectText(page, '.place', /^event 20 of 25/);
    await pressAll(page, ['ArrowUp', 'ArrowUp']);
    await expectText(page, '.place', /^event 3 of 25 · iteration 1/);
    await pressAll(page, ['ArrowDown']);
    await expectText(page, '.place', /^event 12 of 25 · iteration 2/);
    await pressAll(page, ['Shift+ArrowRight']);
    await expectText(page, '.place', /^event 21 of 25 · iteration 3/);
    await pressAll(page, ['Shift+ArrowLeft', 'ArrowRight']);
    await expectText(page, '.place', /^event 13 of 25/);
    await pressAll(page, ['End']);
    await expectText(page, '.place', /^event 25 of 25/);
    await pressAll(page, ['ArrowLeft', 'l']);
    server.tell(run.done());
    await expectText(page, '.place', /^event 29 of 29/);
    await server.close();
  });

  test('every button of the transport and the chart does what it says', async () => {
    const { server, page } = await openRun();
    const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
    await press('Previous event (Left)');
    await expectText(page, '.place', /^event 21 /);
    await press('Previous iteration (Up)');
    await expectText(page, '.place', /^event 12 /);
    await press('Next event (Right)');
    await expectText(page, '.place', /^event 13 /);
    await press('Next iteration (Down)');
    await expectText(page, '.place', /^event 21 /);
    await press('Previous event (Left)');
    await press('Play from here');
    await expectText(page, '.place', /^event 22 /);
    await press('Previous iteration (Up)');
    await press(/^Live/);
    await expectText(page, '.place', /^event 22 /);

    const scale = () =>
      page.locator('.stage').evaluate((stage: PageElement) => Number(/scale\((.*)\)/.exec(stage.style.transform)?.[1]));
    const atFirst = await scale();
    await press('Zoom in (+)');
    expect(await scale()).toBeCloseTo(atFirst * 1.25);
    await press('Zoom out (-)');
    expect(await scale()).toBeCloseTo(atFirst);
    await press('Show the whole chart (0)');
    expect(await scale()).toBeLessThan(0.5);
    await pressAll(page, ['f']);
    expect(await scale()).toBeCloseTo(atFirst);
    await pressAll(page, ['+', '-', '-', '0']);
    expect(await scale()).toBeLessThan(0.5);
    await press('Follow the active state (F)');
    expect(await scale()).toBeCloseTo(atFirst);
    await page.mouse.move(300, 300);
    await page.mouse.wheel(0, -200);
    await expect.poll(scale).toBeGreaterThan(atFirst);

    await press('Theme: system');
    await press('Theme: light');
    expect(await page.evaluate('getComputedStyle(document.body).colorScheme')).toBe('dark');
    await press('Theme: dark');
    await press('Keys (?)');
    await press('Close');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await server.close();
  });

  test('the time line is a slider: dragging and its own keys go to places', async () => {
    const { server, page } = await openRun();
    const track = page.getByRole('slider', { name: 'Place in the run' });
    const box = await track.boundingBox();
    if (box === null) throw new Error('no time line');
    await page.mouse.move(box.x + 2, box.y + 10);
    await page.mouse.down();
    await expectText(page, '.place', /^event 1 of 22/);
    await page.mouse.move(box.x + (box.width * 10.5) / 48, box.y + 10);
    await expectText(page, '.place', /^event 11 of 22/);
    await page.mouse.up();
    await track.focus();
    await pressAll(page, ['PageDown']);
    await expectText(page, '.place', /^event 12 of 22/);
    expect(await track.getAttribute('aria-valuetext')).toMatch(/^event 12 of 22.*: done\(awaitRest\)$/);
    await pressAll(page, ['Home', 'ArrowRight']);
    await expectText(page, '.place', /^event 2 of 22/);
    await server.close();
  });

  test('shows the context as it was, and what each move has changed in it', async () => {
    const { server, page } = await openRun();
    await page.keyboard.press('Home');
    await expectText(page, '.context-pane .pane-note', 'nothing has changed');
    await pressAll(page, ['ArrowDown']);
    await expectText(page, '.context-row.is-changed:has-text("iteration")', 'iteration0 → 1');
    await pressAll(page, ['End']);
    await expectText(page, '.context-row:has(dt:text-is("saved")) .context-value', '2');
    await server.close();
  });

  test('a search keeps the events that hold it, and its arrows go through them alone', async () => {
    const { server, page } = await openRun();
    await page.keyboard.press('/');
    await page.keyboard.type('NOTHING');
    await expectText(page, '.events-pane .pane-note', '2 of 22');
    expect(await page.locator('.row:visible .row-more').allTextContents()).toEqual(['cat nothing', 'cat nothing']);
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowUp');
    await expectText(page, '.place', /^event 15 of 22/);
    await page.keyboard.press('ArrowDown');
    await expectText(page, '.place', /^event 18 of 22/);
    await page.locator('.row:visible').first().click();
    await expectText(page, '.place', /^event 15 of 22/);
    await server.close();
  });
});

describe('an ended run as a page', () => {
  test('shows all of it, and has nothing to order', async () => {
    const run = await tellRun();
    run.open();
    run.iteration({ stdout: 'one\n' });
    run.stop('the log is there');
    run.end();
    const page = await viewers.openSaved(run.story());
    await expectText(page, '.state-text', 'completed: the agent says it is done');
    await expectText(page, '.ending-status', 'completed: the agent says it is done');
    await expectText(page, '.caption-place', 'completed');
    expect(await page.locator('.controls').count()).toBe(0);
    await page.keyboard.press(' ');
    await expectText(page, '.place', /^event [23] of/);
    await page.keyboard.press(' ');
    const place = await page.locator('.place').textContent();
    await page.waitForTimeout(400);
    expect(await page.locator('.place').textContent()).toBe(place);
    expect(viewers.misdeeds()).toEqual([]);
  });
});

/** A run in its third iteration, which thinks. */
async function openRun() {
  const run = await tellRun();
  run.open();
  run.iteration({ stdout: 'notes\n' });
  const look = { action: 'RUN', command: 'cat nothing', note: 'look' } as const;
  run.iteration({ decision: look, outcome: { kind: 'setback', exitCode: 1 } });
  run.thinking();
  const server = await startFeedServer({ hello: run.hello, frames: run.frames });
  const page = await viewers.open(server.url);
  await expectText(page, '.place', /^event 22 of 22/);
  return { run, server, page };
}

async function expectText(page: Page, selector: string, text: string | RegExp) {
  const read = async () => (await page.locator(selector).first().textContent()) ?? '';
  if (typeof text === 'string') await expect.poll(read, { timeout: 5000 }).toBe(text);
  else await expect.poll(async () => (await read()).replaceAll('\u202f', ' '), { timeout: 5000 }).toMatch(text);
}

async function pressAll(page: Page, keys: readonly string[]) {
  for (const key of keys) await page.keyboard.press(key);
}
