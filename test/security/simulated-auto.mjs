import { openShell } from '../../dist/services/shell/open-shell.js';

const [boxDir, stateDir] = process.argv.slice(2);
const notices = [];
const shell = await openShell({
  kind: 'auto',
  boxDir,
  stateDir,
  isDenied: () => false,
  onNotice: (sentence) => notices.push(sentence),
});
const { signal } = new AbortController();
const { stdout } = await shell.run({ command: 'echo hello', workingDirectory: '', timeoutMs: 5000, signal });
await shell.close();
process.stdout.write(JSON.stringify({ kind: shell.kind, summary: shell.summary, notices, result: stdout }));
