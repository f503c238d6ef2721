import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Story } from '../../src/inspector/messages.ts';

/** A browser for one test file, and what its pages did that a page must not do. */
export interface Viewers {
  /** Opens an address and waits until the page shows something. */
  open(url: string, options?: OpenOptions): Promise<Page>;
  /** Opens a run that is saved as a page. */
  openSaved(story: Story, options?: OpenOptions): Promise<Page>;
  /** Dialogs, errors, messages in the console, refusals of the page's policy, requests to elsewhere: since the last call. */
  misdeeds(): readonly string[];
  closePages(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  readonly hasMotion?: boolean;
}

/** What tests read of an element on a page; Node has no such type. */
export interface PageElement {
  readonly id: string;
  readonly className: string;
  readonly textContent: string | null;
  readonly style: { readonly transform: string };
  getBoundingClientRect(): { toJSON(): Record<string, number> };
}

export async function openBrowser(): Promise<Viewers> {
  const browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] });
  const dir = await mkdtemp(join(tmpdir(), 'gyre-pages-'));
  const misdeeds: string[] = [];
  let saved = 0;

  async function open(
    url: string,
    { width = 1440, height = 900, theme = 'light', hasMotion = false }: OpenOptions = {},
  ) {
    const page = await pageOf(browser, { width, height, theme, hasMotion });
    page.on('dialog', (dialog) => {
      misdeeds.push(`dialog: ${dialog.message()}`);
      dialog.dismiss().catch(() => {});
    });
    page.on('console', (message) => {
      // A browser writes into the console of each connection that it does not get.
      if (!message.text().includes('WebSocket connection to')) misdeeds.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => misdeeds.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!isOwn(request.url(), url)) misdeeds.push(`request: ${request.url()}`);
    });
    await page.addInitScript(
      "document.addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective))",
    );
    await page.goto(url);
    await page.locator('.header').waitFor();
    return page;
  }

  return {
    open,
    async openSaved(story, options) {
      const { readPageParts, toSavedPage } = await import('../../dist/inspector/page.js');
      const file = join(dir, `${++saved}.html`);
      await writeFile(file, toSavedPage(await readPageParts(), story));
      return open(pathToFileURL(file).href, options);
    },
    misdeeds: () => misdeeds.splice(0),
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    async close() {
      await browser.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function pageOf(browser: Browser, { width, height, theme, hasMotion }: Required<OpenOptions>): Promise<Page> {
  const reducedMotion = hasMotion ? 'no-preference' : 'reduce';
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion });
  return context.newPage();
}

/** The page itself, its server, and what it holds inside it. */
function isOwn(requested: string, url: string): boolean {
  if (requested.startsWith('data:')) return true;
  const page = new URL(url);
  if (page.protocol === 'file:') return requested === url;
  return new URL(requested).host === page.host;
}

/** The system's browser: none is downloaded. */
async function findChromium(): Promise<string> {
  const named = process.env['GYRE_TEST_CHROMIUM'];
  if (named !== undefined) return named;
  const { access } = await import('node:fs/promises');
  for (const path of ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  throw new Error(
    'There is no Chromium here. Install the package "chromium", or name a browser with GYRE_TEST_CHROMIUM.',
  );
}
