import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Story } from './messages.ts';
import { CHART_STYLE } from './svg.ts';

/** What a page is made of, beside its story. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

/** Reads them from beside this module, where the build has put them. */
export async function readPageParts(): Promise<PageParts> {
  const read = (name: string) => readFile(new URL(`./web/${name}`, import.meta.url), 'utf8');
  const [script, style] = await Promise.all([read('main.js'), read('page.css')]);
  return { script, style: `${CHART_STYLE}\n${style}` };
}

/** The page that a server sends: it asks that server for all the rest, and may ask nobody else. */
export const SERVED_PAGE = document({
  policy: null,
  head: '<link rel="stylesheet" href="page.css">\n<link rel="icon" href="data:,">\n<script src="page.js" defer></script>',
  body: '',
});

/** What a browser may do on it. The server also sends it as a header. */
export const SERVED_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A run in one file that needs nothing else and asks nobody for anything. */
export function toSavedPage({ script, style }: PageParts, story: Story): string {
  // A script element ends where its text says "</script", whatever else it is.
  const safeScript = script.replaceAll('</script', '<\\/script');
  const policy = `default-src 'none'; script-src '${hashOf(safeScript)}'; style-src '${hashOf(style)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return document({
    policy,
    head: `<link rel="icon" href="data:,">\n<style>${style}</style>`,
    body: `<script type="application/json" id="story">${toScriptText(story)}</script>\n<script>${safeScript}</script>`,
  });
}

function document({ policy, head, body }: { policy: string | null; head: string; body: string }): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    ...(policy === null ? [] : [`<meta http-equiv="Content-Security-Policy" content="${policy}">`]),
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    '<title>gyre</title>',
    head,
    '</head>',
    '<body>',
    '<noscript>This page shows a run of gyre, and needs JavaScript for that.</noscript>',
    body,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** JSON that says the same and holds no `<`, so that nothing in it can end the element. */
function toScriptText(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
