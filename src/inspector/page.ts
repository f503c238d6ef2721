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
  const { script, style } = await readParts('main.js', 'page.css');
  return { script, style: `${CHART_STYLE}\n${style}` };
}

/** The same of the page that hands a run to Stately. */
export function readStatelyParts(): Promise<PageParts> {
  return readParts('stately.js', 'stately.css');
}

async function readParts(...names: [script: string, style: string]): Promise<PageParts> {
  const read = (name: string) => readFile(new URL(`./web/${name}`, import.meta.url), 'utf8');
  const [script, style] = await Promise.all(names.map(read));
  return { script: script ?? '', style: style ?? '' };
}

/** The page that a server sends: it asks that server for all the rest, and may ask nobody else. */
export const SERVED_PAGE = document({ policy: null, head: headOf('page'), body: '' });

/** What a browser may do on it. The server sends it as a header. */
export const SERVED_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page that hands a run to Stately's inspector, which it holds in a frame. */
export function toStatelyPage(target: URL): string {
  const body = [
    `<header>The goal, the commands and their output go to <b>${target.host}</b>. <output>Waiting for its page.</output></header>`,
    '<iframe title="Stately inspector" sandbox="allow-scripts allow-same-origin allow-popups allow-forms"></iframe>',
  ].join('\n');
  return document({ policy: null, head: headOf('stately'), body, target });
}

/** What a browser may do on that one. */
export function statelyPolicy(target: URL): string {
  return `${SERVED_POLICY}; frame-src ${target.origin}`;
}

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

function headOf(name: string): string {
  return [
    `<link rel="stylesheet" href="${name}.css">`,
    '<link rel="icon" href="data:,">',
    `<script src="${name}.js" defer></script>`,
  ].join('\n');
}

function document(parts: { policy: string | null; head: string; body: string; target?: URL }): string {
  const { policy, head, body, target } = parts;
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
    target === undefined ? '<body>' : `<body data-target="${target.href}">`,
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
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
