// Writes the table of settings into README.md, between its two markers. With --check, fails when it is not up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { envOf, flagOf, settingNames, settingRows } from '../dist/config.js';

const begin = '<!-- settings: written by npm run fix -->';
const end = '<!-- end of settings -->';
const rows = settingNames().map((name) => {
  const { shown, about } = settingRows[name];
  return `| \`${flagOf(name)}\` | \`${envOf(name)}\` | ${shown} | ${about} |`;
});
const table = ['| flag | variable | default | |', '|---|---|---|---|', ...rows].join('\n');

const readme = readFileSync('README.md', 'utf8');
const [before, , after] = readme.split(new RegExp(`(?<=${begin}\n)([\\s\\S]*?)(?=${end})`));
if (after === undefined) throw new Error(`README.md needs the lines ${begin} and ${end}.`);
const wanted = `${before}${table}\n${after}`;
if (wanted === readme) process.exit(0);
if (process.argv.includes('--check')) {
  console.error("The README's table of settings is out of date. Run: npm run fix");
  process.exit(1);
}
writeFileSync('README.md', wanted);
