// The agent process of a case: it holds the canary in its environment and runs commands as gyre does, one order a line.
// With --plain there is no jail at all: only limits, for cases that do no harm to a machine.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { takeSnapshot } from '../../../dist/services/box/changes.js';
import { listFiles } from '../../../dist/services/box/listing.js';
import { hasStopFile, watchStopFile } from '../../../dist/services/box/stop-file.js';
import { openShell } from '../../../dist/services/shell/open-shell.js';
import { createProgramList } from '../../../dist/services/validator/programs.js';

const LIMITS = ['--nproc=200', '--fsize=52428800', '--as=2147483648', '--cpu=10', '--core=0'];
const [mode, boxDir, stateDir] = process.argv.slice(2);

for await (const line of createInterface({ input: process.stdin })) {
  const { commands, timeoutMs } = JSON.parse(line);
  const results = mode === '--plain' ? await plain(commands, timeoutMs) : await jailed(commands, timeoutMs);
  process.stdout.write(`${JSON.stringify(results)}\n`);
}

async function jailed(commands, timeoutMs) {
  const findDenied = createProgramList({ allow: [], deny: [] });
  const isDenied = (program) => findDenied(program) !== null;
  const shell = await openShell({ kind: 'bubblewrap', boxDir, stateDir, isDenied, onNotice: () => {} });
  const results = [];
  let workingDirectory = '';
  for (const command of commands) {
    const { signal } = new AbortController();
    let isStopSeen = false;
    const endWatch = watchStopFile(boxDir, () => {
      isStopSeen = true;
    });
    const result = await shell.run({ command, workingDirectory, timeoutMs, signal });
    ({ workingDirectory } = result);
    // As gyre looks at the box after each command.
    const lookedAt = performance.now();
    const { files } = listFiles(boxDir, '');
    listFiles(boxDir, workingDirectory);
    takeSnapshot(boxDir);
    isStopSeen ||= await hasStopFile(boxDir);
    const lookMs = performance.now() - lookedAt;
    await nextTurn();
    endWatch();
    results.push({ ...result, files, isStopSeen, lookMs });
  }
  await shell.close();
  return results;
}

async function plain(commands, timeoutMs) {
  const results = [];
  for (const command of commands) results.push(await plainCommand(command, timeoutMs));
  return results;
}

function plainCommand(command, timeoutMs) {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const args = [...LIMITS, 'timeout', '-s', 'KILL', String(timeoutMs / 1000), 'bash', '-c', command];
    const child = spawn('/usr/bin/prlimit', args, { cwd: boxDir, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = { stdout: [], stderr: [] };
    child.stdout.on('data', (bytes) => chunks.stdout.push(bytes));
    child.stderr.on('data', (bytes) => chunks.stderr.push(bytes));
    child.once('exit', (exitCode) => {
      const text = (name) => Buffer.concat(chunks[name]).toString();
      const durationMs = performance.now() - startedAt;
      // A moment for what was printed last; whoever still holds the pipes is not waited for.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ ending: 'exited', exitCode, stdout: text('stdout'), stderr: text('stderr'), durationMs, lookMs: 0 });
      }, 50);
    });
  });
}
