// Everything that is generated and reviewed: the exported chart, the API report, the table of settings.
// Writes them anew; with --check it only says which are out of date.
import { spawnSync } from 'node:child_process';

const flags = process.argv.includes('--check') ? ['--check'] : [];
const scripts = ['export-charts.mjs', 'api-report.mjs', 'settings-table.mjs'];
const failed = scripts.filter((script) => {
  return spawnSync(process.execPath, [`scripts/${script}`, ...flags], { stdio: 'inherit' }).status !== 0;
});
process.exit(failed.length === 0 ? 0 : 1);
