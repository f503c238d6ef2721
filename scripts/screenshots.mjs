// The pictures of the inspector in docs/: three moments of a run, in light and dark. Needs `npm run build` and Chromium.
// With --sizes DIR it also takes each in other widths, into DIR, for looking at.
import { chromium } from 'playwright-core';
import { startFeedServer } from '../test/browser/feed-server.mjs';
import { tellRun } from '../test/browser/tell-run.mjs';

const at = process.argv.indexOf('--sizes');
const sizesDir = at < 0 ? null : process.argv[at + 1];
const executablePath = process.env.GYRE_TEST_CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

const files = ['notes/', 'notes/birds.md', 'notes/boats.md', 'notes/bread.md', 'notes/bridges.md', 'report.md'];
const counting = {
  decision: {
    action: 'RUN',
    command: 'wc -l notes/*.md | sort -n > report.md && cat report.md',
    note: 'count, and look at what came out',
  },
  stdout: '   12 notes/bread.md\n   31 notes/boats.md\n   44 notes/birds.md\n   58 notes/bridges.md\n  145 total\n',
  ...{
    added: ['report.md'],
    files: files.slice(0, 5),
    effort: { prompt: 2412, evaluated: 188, generated: 47, speed: 11.6 },
  },
};

const moments = { thinking: showThinking, failure: showFailure, 'looking-back': showLookingBack };
for (const [name, show] of Object.entries(moments))
  for (const theme of ['light', 'dark']) {
    await take(show, theme, 1680, 1050, `docs/inspector-${name}-${theme}.png`);
    if (sizesDir === null) continue;
    await take(show, theme, 1280, 800, `${sizesDir}/${name}-${theme}-1280.png`);
    await take(show, theme, 2560, 1440, `${sizesDir}/${name}-${theme}-2560.png`);
  }
await browser.close();

async function take(show, theme, width, height, path) {
  const run = await tellRun({
    goal: 'Count the lines of each Markdown file, write the sums into report.md, and check that none is missing',
    runId: 'r4k7m2p9qx',
    sandboxDir: '/home/ada/gyre/box',
  });
  tellBeginning(run);
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const server = await show(run, page);
  await page.waitForTimeout(300);
  await page.screenshot({ path });
  await context.close();
  await server.close();
  console.log(path);
}

async function open(run, page, isLive = true) {
  const server = await startFeedServer({ hello: { ...run.hello, isLive }, frames: run.frames });
  await page.goto(server.url);
  await page.locator('.row[aria-selected=true]').waitFor();
  return server;
}

async function showThinking(run, page) {
  run.iteration(counting);
  run.thinking();
  const server = await open(run, page);
  const text =
    '<action>RUN</action><command>for f in notes/*.md; do printf \'%s %s\\n\' "$(wc -l < "$f")" "$f"; done >> repo';
  server.send({ type: 'writing', writing: { iteration: 6, text } });
  return server;
}

async function showFailure(run, page) {
  run.iteration(counting);
  const fetching = {
    action: 'RUN',
    command: 'curl -s https://example.com/template.md -o report.md',
    note: 'fetch a template for the report',
  };
  const verdict = {
    kind: 'deny',
    rule: 'denied-program',
    reason: 'curl is a networking program, and these are denied.',
    advice: 'curl is denied: it is a networking program. There is no network here.',
  };
  const effort = { prompt: 2688, evaluated: 171, generated: 44, speed: 11.2 };
  const message =
    'curl is denied: it is a networking program. There is no network here. Work with the files in the sandbox. This is final: do not try it in another form.';
  const told = { decision: fetching, verdict, message, effort, files };
  run.thinking(told);
  run.decided(told);
  run.done(told);
  const server = await open(run, page);
  // Back to where the outcome was saved: the guard that refused it is the last that was asked.
  for (const key of ['ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
  return server;
}

async function showLookingBack(run, page) {
  run.iteration(counting);
  run.iteration({
    decision: null,
    answer: 'Now I will check that no file is missing.',
    message: 'There was no <action>, or it was not closed.',
    files,
  });
  run.iteration({
    decision: { action: 'RUN', command: 'ls notes/*.md | wc -l; grep -c . report.md', note: 'as many lines as files?' },
    stdout: '4\n4\n',
    files,
  });
  run.stop('report.md names every file with its sum');
  run.end('completed', 'agent-stop', ['report.md']);
  const server = await open(run, page, false);
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowLeft', 'ArrowLeft'])
    await page.keyboard.press(key);
  return server;
}

function tellBeginning(run) {
  run.open();
  run.iteration({
    decision: { action: 'RUN', command: 'ls -R', note: 'look at what is there' },
    stdout: '.:\nnotes\n\n./notes:\nbirds.md\nboats.md\nbread.md\nbridges.md\n',
    ...{ files: ['notes/'], effort: { prompt: 1706, evaluated: 1706, generated: 26, speed: 12.1 } },
  });
  run.iteration({
    decision: { action: 'RUN', command: 'wc -l *.md', note: 'count' },
    outcome: { kind: 'setback', exitCode: 1 },
    stderr: "wc: '*.md': No such file or directory\n",
    ...{ files: ['notes/'], effort: { prompt: 1922, evaluated: 204, generated: 21, speed: 11.9 } },
  });
  run.said('The files are in notes/.');
  run.iteration({
    decision: { action: 'SLEEP', sleepMs: 2000, note: 'wait for the files to settle' },
    files: ['notes/'],
  });
  run.iteration({
    decision: { action: 'RUN', command: 'head -n 1 notes/*.md', note: 'are they what they seem?' },
    stdout: '==> notes/birds.md <==\n# Birds\n\n==> notes/boats.md <==\n# Boats\n',
    ...{ files: ['notes/'], effort: { prompt: 2214, evaluated: 173, generated: 29, speed: 11.8 } },
  });
}
