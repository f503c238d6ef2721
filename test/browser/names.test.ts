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

test('every control has a name in the accessibility tree, in dialogs too', async () => {
  const { server, page } = await openRun();
  const controls = await controlsOf(page);
  expect(controls.filter(({ name }) => name === '')).toEqual([]);
  const names = controls.filter(({ role }) => role !== 'option').map(({ role, name }) => `${role}: ${name}`);
  const expected = [
    ...['button: Pause', 'button: Say…', 'button: Stop…', 'button: Theme: system', 'button: Keys (?)'],
    ...[
      'button: Follow the active state (F)',
      'button: Show the whole chart (0)',
      'button: Zoom out (-)',
      'button: Usage',
    ],
    ...['button: Zoom in (+)', 'searchbox: Search the events', 'listbox: Events'],
    ...['button: Previous iteration (Up)', 'button: Previous event (Left)', 'button: Play from here'],
    ...['button: Next event (Right)', 'button: Next iteration (Down)', 'button: Live', 'slider: Place in the run'],
  ];
  expect(names.sort()).toEqual(expected.sort());
  for (const [open, inDialog] of [
    [
      'Say…',
      ['dialog: Say something to the agent', 'textbox: What you want to say', 'button: Cancel', 'button: Say it'],
    ],
    ['Stop…', ['dialog: Stop this run?', 'button: Let it go on', 'button: Stop the run']],
    ['Keys (?)', ['dialog: Keys', 'button: Close']],
  ] as const) {
    await page.getByRole('button', { name: open }).click();
    const shown = (await controlsOf(page)).map(({ role, name }) => `${role}: ${name}`);
    expect(shown).toEqual(inDialog);
    await page.keyboard.press('Escape');
  }
  await server.close();
});

test('all text stands out from its ground by 4.5 to 1, in both themes, wherever one looks', async () => {
  for (const theme of ['light', 'dark'] as const) {
    const { server, run, page } = await openRun(theme);
    const faint = new Set<string>();
    const look = async () => {
      for (const text of (await page.evaluate(FAINT_TEXTS)) as string[]) faint.add(text);
    };
    await look();
    for (let step = 0; step < 26; step++) {
      await page.keyboard.press('ArrowLeft');
      await look();
    }
    server.tell(run.end('failed', 'internal'));
    await page.keyboard.press('End');
    await page.keyboard.press('?');
    await look();
    expect([theme, ...faint]).toEqual([theme]);
    await server.close();
  }
});

test('nothing moves by itself where less motion is asked for', async () => {
  const { server, page } = await openRun();
  const moving =
    "document.getAnimations().length + [...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).transitionDuration !== '0s').length";
  expect(await page.evaluate(moving)).toBe(0);
  await server.close();
  const lively = await viewers.open(server.url.replace(/:\d+/, `:${(await reopened()).port}`), { hasMotion: true });
  await expect.poll(() => lively.evaluate(moving)).toBeGreaterThan(0);
});

test('it is readable from 1280 to 2560: nothing is cut off, and no control lies over another', async () => {
  for (const width of [1280, 1680, 2560]) {
    const server = await reopened();
    const page = await viewers.open(server.url, { width, height: Math.round(width * 0.5625) });
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollHeight - innerHeight')).toBe(0);
    expect(await page.evaluate(COVERED_BUTTONS)).toEqual([]);
    await server.close();
  }
});

/** What is written in less contrast than 4.5 to 1. */
const FAINT_TEXTS = `(() => {
  const parts = (colour) => {
    const pen = new OffscreenCanvas(1, 1).getContext('2d');
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const ground = parts(getComputedStyle(at).backgroundColor);
      if (ground[3] === 255) return ground;
    }
    return [255, 255, 255, 255];
  };
  return [...document.querySelectorAll('body *:not(svg, svg *, script, style)')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ''))
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches(':disabled'))
    .map((element) => {
      const [one, other] = [light(parts(getComputedStyle(element).color)), light(groundOf(element))].sort((a, b) => b - a);
      return { text: element.className + ': ' + element.textContent.slice(0, 40), contrast: (one + 0.05) / (other + 0.05) };
    })
    .filter(({ contrast }) => contrast < 4.5)
    .map(({ text, contrast }) => contrast.toFixed(2) + ' ' + text);
})()`;

const COVERED_BUTTONS = `[...document.querySelectorAll('button, input')]
  .filter((one) => one.checkVisibility())
  .filter((one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    const found = document.elementFromPoint(left + width / 2, top + height / 2);
    return !one.contains(found);
  })
  .map((one) => one.ariaLabel ?? one.textContent)`;

const CONTROLS = [
  'button',
  'textbox',
  'searchbox',
  'slider',
  'listbox',
  'option',
  'link',
  'dialog',
  'checkbox',
  'combobox',
];

async function controlsOf(page: Page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  return nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? '') }))
    .filter(({ role }) => CONTROLS.includes(role));
}

async function aRun() {
  const run = await tellRun();
  run.open();
  run.said('be quick');
  run.iteration({ stdout: 'one\n', stderr: 'two\n', message: 'three', nudge: 'four', added: ['five'] });
  run.iteration({ decision: null });
  run.iteration({ decision: { action: 'SLEEP', sleepMs: 300, note: 'wait' } });
  run.thinking();
  return run;
}

async function reopened() {
  const run = await aRun();
  return startFeedServer({ hello: run.hello, frames: run.frames });
}

async function openRun(theme: 'light' | 'dark' = 'light') {
  const run = await aRun();
  const server = await startFeedServer({ hello: run.hello, frames: run.frames });
  const page = await viewers.open(server.url, { theme });
  await page.locator('.row[aria-selected=true]').waitFor();
  return { run, server, page };
}
