import { openShell } from '../../dist/services/shell/open-shell.js';

const [boxDir, stateDir, command] = process.argv.slice(2);
const shell = await openShell({ kind: 'bubblewrap', boxDir, stateDir, isDenied: () => false, onNotice: () => {} });
process.stdout.write('opened\n');
await shell.run({ command, workingDirectory: '', timeoutMs: 600_000, signal: new AbortController().signal });
