// Writes docs/settings.md, the table of settings. With --check, fails when it is not up to date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { envOf, flagOf, settingNames, settingRows } from '../dist/config.js';

const FILE = 'docs/settings.md';
const rows = settingNames().map((name) => {
  const { shown, about } = settingRows[name];
  return `| \`${flagOf(name)}\` | \`${envOf(name)}\` | ${shown} | ${about} |`;
});
const wanted = [
  '# Settings',
  '',
  'A flag beats a variable, which beats `gyre/config.json` in the XDG config directory (or `--config FILE`, keys as in `loopIntervalMs`), which',
  'beats the default. A bad value stops the program, with every problem in one list. (Written by `npm run fix` from `src/config.ts`.)',
  '',
  '| flag | variable | default | |',
  '|---|---|---|---|',
  ...rows,
  '',
].join('\n');

if (existsSync(FILE) && readFileSync(FILE, 'utf8') === wanted) process.exit(0);
if (process.argv.includes('--check')) {
  console.error(`${FILE} is out of date. Run: npm run fix`);
  process.exit(1);
}
writeFileSync(FILE, wanted);
