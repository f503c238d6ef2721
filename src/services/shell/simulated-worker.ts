import { parentPort, workerData } from 'node:worker_threads';
import { Bash, InMemoryFs, MountableFs, OverlayFs, ReadWriteFs } from 'just-bash';
import { MAX_ADDED_BYTES, MAX_ADDED_ENTRIES } from './limits.ts';
import { guardFiles } from './simulated-files.ts';

/**
 * The entry of the thread that plays commands. Each gets a shell and a `/tmp` of its own; only the box is shared.
 * Nothing of it is to be trusted to end, or to stay within its memory: see `openSimulatedShell`.
 */
export interface Play {
  readonly command: string;
  /** Absolute, as the command sees it. */
  readonly directory: string;
  readonly checkDir: string | null;
}

export interface Played {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly directory: string;
  /** It printed more than it may. */
  readonly isTooMuch: boolean;
}

export interface PlayerOptions {
  readonly boxDir: string;
  readonly maxOutputBytes: number;
}

const BOX = '/sandbox';
const MIB = 1024 * 1024;
// Whoever starts this thread hands it exactly this; nobody else can.
const options = workerData as PlayerOptions;

parentPort?.on('message', (request: Play) => {
  void play(request).then((played) => parentPort?.postMessage(played));
});
parentPort?.postMessage('ready');

async function play({ command, directory, checkDir }: Play): Promise<Played> {
  // Its bytes are not on the heap, and so the thread's limits do not count them.
  const fs = new MountableFs({ base: new InMemoryFs({ '/tmp/.keep': '' }, { maxTotalBytes: 64 * MIB }) });
  const box = new ReadWriteFs({ root: options.boxDir, maxCopyOnWriteSize: 50 * MIB, maxCopySize: 50 * MIB });
  fs.mount(BOX, guardFiles(box, { bytes: MAX_ADDED_BYTES, entries: MAX_ADDED_ENTRIES }));
  for (const mountPoint of checkDir === null ? [] : ['/check', checkDir]) {
    if (checkDir === null || mountPoint === BOX || mountPoint.startsWith(`${BOX}/`)) continue;
    const files = new OverlayFs({ root: checkDir, mountPoint: '/', readOnly: true });
    fs.mount(mountPoint, guardFiles(files, { bytes: 0, entries: 0 }));
  }
  const start = (await isDirectory(fs, directory)) ? directory : BOX;
  const bash = new Bash({
    fs,
    cwd: start,
    env: { HOME: BOX, LANG: 'C.UTF-8', TERM: 'dumb', TMPDIR: '/tmp', SHELL: '/bin/bash', PATH: '/usr/bin:/bin' },
    processInfo: { uid: 1000, gid: 1000 },
    executionLimitProfile: 'hardened',
    executionLimits: {
      maxOutputSize: options.maxOutputBytes,
      // Time is not its business: whoever waits for it ends the thread.
      maxCommandCount: Number.POSITIVE_INFINITY,
      maxLoopIterations: Number.POSITIVE_INFINITY,
      maxExecutionTimeMs: Number.POSITIVE_INFINITY,
    },
  });
  try {
    const { stdout, stderr, exitCode, env } = await bash.exec(command, { rawScript: true });
    const end = env['PWD'] ?? start;
    const isTooMuch = exitCode === 126 && stderr.includes('total output size exceeded');
    return { stdout, stderr, exitCode, directory: (await isDirectory(fs, end)) ? end : BOX, isTooMuch };
  } catch (error) {
    // It throws what its file systems throw, such as EROFS for a redirection.
    const message = error instanceof Error ? error.message : String(error);
    return { stdout: '', stderr: `bash: ${message}\n`, exitCode: 1, directory: start, isTooMuch: false };
  }
}

async function isDirectory(fs: MountableFs, path: string): Promise<boolean> {
  return fs.stat(path).then(
    (stats) => stats.isDirectory,
    () => false,
  );
}
