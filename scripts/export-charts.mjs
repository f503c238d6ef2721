// Writes the statechart's pictures from the built program. With --check it writes nothing, and exits 1 when one is old.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { exportChart } from '../dist/inspector/export-chart.js';

const files = [
  { name: 'statecharts/agent.json', format: 'json' },
  { name: 'statecharts/agent.mmd', format: 'mermaid' },
  { name: 'statecharts/agent.svg', format: 'svg' },
];

const [option, ...rest] = process.argv.slice(2);
if ((option !== undefined && option !== '--check') || rest.length > 0) {
  console.error('Usage: node scripts/export-charts.mjs [--check]');
  process.exitCode = 2;
} else if (option === '--check') {
  process.exitCode = await check();
} else {
  await write();
}

async function write() {
  await mkdir(pathOf('statecharts'), { recursive: true });
  for (const { name, format } of files) await writeFile(pathOf(name), await exportChart(format));
}

async function check() {
  const old = [];
  for (const { name, format } of files) {
    if ((await read(name)) !== (await exportChart(format))) old.push(name);
  }
  if (old.length === 0) return 0;
  console.error(`The chart has changed, and these files show an older one: ${old.join(', ')}.`);
  console.error('  Run "npm run chart", look at the difference, and commit it.');
  return 1;
}

async function read(name) {
  try {
    return await readFile(pathOf(name), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function pathOf(name) {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}
