import { execFile } from 'node:child_process';
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createCommandRunner } from '../../dist/services/shell/command-runner.js';
import { JAIL_ID } from '../../dist/services/shell/identity.js';
import { plainBash } from '../../dist/services/shell/prelude.js';
import { probeBubblewrap } from '../../dist/services/shell/probe.js';
import { startProcess } from '../../dist/services/shell/process.js';
import { MOUNTED } from './exam-grading.mjs';

const INSIDE_ID = 1000;
const SETUP_TIMEOUT_MS = 300_000;
/** Kibibytes, seconds, numbers: as in our own jail, but for the time, which a setup may need. */
const LIMITS = [
  { flag: 'c', value: 0 },
  { flag: 'u', value: 512 },
  { flag: 'f', value: 50 * 1024 },
  { flag: 'v', value: 2 * 1024 * 1024 },
  { flag: 't', value: 120 },
  { flag: 'n', value: 256 },
];

/**
 * A root directory of its own, as a setup script has left it. Copies of it are thrown away.
 * @param {string} setup text for bash; it may write anywhere but in /usr
 * @throws when the setup fails
 */
export async function createExamRoot(setup) {
  const bwrap = await probeBubblewrap();
  if (!bwrap.ok) throw new Error(`An exam needs bubblewrap: ${bwrap.reason}.`);
  const place = mkdtempSync(join(realpathSync(tmpdir()), 'gyre-exam-'));
  // Commands run as somebody who has to pass through here.
  chmodSync(place, 0o711);
  const first = join(place, 'root');
  furnish(first);
  const shellIn = (root, box) => openRootShell({ bwrap: bwrap.path, root, box });
  const shell = shellIn(first, '');
  const result = await shell.run({ ...aCommand(setup), timeoutMs: SETUP_TIMEOUT_MS });
  await shell.close();
  if (result.exitCode !== 0) {
    await remove(place);
    throw new Error(`The setup ended with ${result.exitCode ?? result.ending}: ${result.stderr.trim()}`);
  }
  let copies = 0;
  return {
    /** Whether there is such a directory in it. */
    has: (directory) => lstatSync(join(first, directory), { throwIfNoEntry: false })?.isDirectory() ?? false,
    /** A fresh copy, and a shell in it whose commands start in `box` ('' for the root itself). */
    async copy(box) {
      copies += 1;
      const root = join(place, `copy-${copies}`);
      await promisify(execFile)('cp', ['-a', first, root]);
      return { root, shell: shellIn(root, box), remove: () => remove(root) };
    },
    remove: () => remove(place),
  };
}

/** A command as the shell takes it. */
export function aCommand(command) {
  return { command, workingDirectory: '', timeoutMs: 30_000, signal: new AbortController().signal };
}

function furnish(root) {
  for (const name of ['', ...MOUNTED, 'etc', 'home', 'tmp', 'var']) mkdirSync(join(root, name));
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) {
    const stats = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) symlinkSync(readlinkSync(`/${name}`), join(root, name));
  }
  writeFileSync(
    join(root, 'etc/passwd'),
    `root:x:0:0::/root:/bin/bash\nuser:x:${INSIDE_ID}:${INSIDE_ID}::/home:/bin/bash\n`,
  );
  writeFileSync(join(root, 'etc/group'), `root:x:0:\nuser:x:${INSIDE_ID}:\n`);
  if (process.getuid?.() !== 0) return;
  for (const name of ['', ...readdirSync(root), 'etc/passwd', 'etc/group'])
    lchownSync(join(root, name), JAIL_ID, JAIL_ID);
}

/** Each command in a bubblewrap of its own around one root. Nothing of it is alive once its result is there. */
function openRootShell({ bwrap, root, box }) {
  const [file, ...args] = [bwrap, ...rootArguments(root, box), ...plainBash(LIMITS)];
  const identity = process.getuid?.() === 0 ? { uid: JAIL_ID, gid: JAIL_ID } : null;
  let last = null;
  const runner = createCommandRunner({
    boxDir: join(root, box),
    box,
    start: async () => startProcess({ file, args, env: {}, cwd: '/', identity, descriptors: [], scope: 'namespace' }),
    onClosed() {},
  });
  return {
    kind: 'bubblewrap',
    summary: 'a throw-away root of the exam',
    async run(request) {
      // With the root as its box, the shell takes no empty directory.
      const workingDirectory = request.workingDirectory === '' && box === '' ? '.' : request.workingDirectory;
      const result = await runner.run({ ...request, workingDirectory, expectsMore: false });
      if (!request.isPersons) last = result;
      return { ...result, workingDirectory: result.workingDirectory === '.' ? '' : result.workingDirectory };
    },
    close: runner.close,
    /** The result of the last command that was not a person's own; null before the first. */
    last: () => last,
  };
}

function rootArguments(root, box) {
  const isReal = (name) => lstatSync(`/${name}`, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const environment = {
    PATH: '/usr/bin:/bin',
    HOME: box === '' ? '/' : box,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    SHELL: '/bin/bash',
    GYRE_BOX: box,
  };
  return [
    ...['--unshare-all', '--uid', String(INSIDE_ID), '--gid', String(INSIDE_ID), '--hostname', 'exam'],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--bind', root, '/', '--ro-bind', '/usr', '/usr'],
    ...['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']
      .filter(isReal)
      .flatMap((name) => ['--ro-bind', `/${name}`, `/${name}`]),
    ...['--proc', '/proc', '--dev', '/dev', '--chdir', box === '' ? '/' : box, '--'],
  ];
}

/** Whatever modes a command has left behind. `chmod -R` does not follow links. */
async function remove(directory) {
  await promisify(execFile)('chmod', ['-R', 'u+rwX', directory]).catch(() => {});
  await rm(directory, { recursive: true, force: true });
}
