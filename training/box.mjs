// One jail for many worlds: each is a folder of its own in one box, and commands run in it as gyre runs them.
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { outcomeOf } from '../dist/agent-outcomes.js';
import { listFiles } from '../dist/services/box/listing.js';
import { openShell } from '../dist/services/shell/open-shell.js';
import { createProgramList } from '../dist/services/validator/programs.js';
import { createValidator } from '../dist/services/validator/validator.js';

const COMMAND_TIMEOUT_MS = 10_000;

/** @returns a box with gyre's own policy; `close` removes it with everything in it */
export async function openBox() {
  const policy = { allow: [], deny: [] };
  const validator = createValidator(policy);
  const findDenied = createProgramList(policy);
  const dir = mkdtempSync(join(tmpdir(), 'gyre-training-'));
  chmodSync(dir, 0o755);
  const boxDir = join(dir, 'box');
  mkdirSync(boxDir);
  const shell = await openShell({
    kind: 'bubblewrap',
    boxDir,
    stateDir: join(dir, 'state'),
    isDenied: (program) => findDenied(program) !== null,
    onNotice: () => {},
  });
  // As root the box was handed over to the uid that commands run as.
  const owner = statSync(boxDir);

  async function run(command, name) {
    const signal = new AbortController().signal;
    const workingDirectory = name;
    const timeoutMs = COMMAND_TIMEOUT_MS;
    const result = await shell.run({ command, workingDirectory, timeoutMs, signal, expectsMore: true });
    return { outcome: outcomeOf(result), output: { stdout: result.stdout, stderr: result.stderr } };
  }

  return {
    /** What the policy says to a command. */
    check: (command) => validator.check(command, ''),
    /** The command's outcome and output, in the folder of that name. */
    run,
    /** What the model is shown of the folder. */
    look: (name) => ({ workingDirectory: '', ...listFiles(boxDir, name) }),

    /** Makes the folder of a world. */
    async write({ files, folders, modes, ages, finishing }, name) {
      const root = join(boxDir, name);
      const now = Date.now() / 1000;
      mkdirSync(root);
      for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text, { mode: modes[path] ?? 0o644 });
        if (ages[path] !== undefined) utimesSync(join(root, path), now, now - ages[path] * 86_400);
      }
      for (const path of ['', ...readdirSync(root, { recursive: true })]) {
        chownSync(join(root, path), owner.uid, owner.gid);
      }
      for (const command of finishing) await run(command, name);
    },

    /** Every path of the folder with its kind and content: the same for folders that hold the same. */
    contentOf(name) {
      const root = join(boxDir, name);
      return Object.fromEntries(
        readdirSync(root, { recursive: true, withFileTypes: true })
          .map((entry) => [join(entry.parentPath, entry.name).slice(root.length + 1), describeEntry(entry)])
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    },

    remove(name) {
      rmSync(join(boxDir, name), { recursive: true, force: true });
    },

    async close() {
      await shell.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Archives differ by the second in which they were made: what they are is enough. */
function describeEntry(entry) {
  if (entry.isDirectory()) return 'directory';
  if (!entry.isFile()) return 'other';
  if (/\.(gz|tgz|tar|zip|bz2|xz)$/.test(entry.name)) return 'archive';
  return readFileSync(join(entry.parentPath, entry.name), 'latin1');
}
