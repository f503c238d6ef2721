import { closeSync } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { BOX, GROUP, type JailFacts, jailArguments, PASSWD } from './bubblewrap.ts';
import { createCommandRunner } from './command-runner.ts';
import { createDoors } from './door.ts';
import type { Identity } from './identity.ts';
import { BASH, type BashLimit, prelude } from './prelude.ts';
import { startProcess } from './process.ts';
import { createSealedFile, type SealedFile } from './sealed-file.ts';
import { buildSeccompFilter } from './seccomp.ts';
import type { Shell } from './shell.ts';

export interface JailOptions {
  readonly bwrap: { readonly path: string; readonly version: string };
  /** A real path. */
  readonly boxDir: string;
  /** Must exist. Nothing stays in it. */
  readonly stateDir: string;
  /** Whom commands run as; null for gyre's own user. */
  readonly identity: Identity | null;
}

/** What one process of a command may use. Memory, disk and output of all together are for whoever watches the run. */
const LIMITS: readonly BashLimit[] = [
  { flag: 'c', value: 0 },
  { flag: 'u', value: 64 },
  // Kibibytes: files of 50 MiB, an address space of 1 GiB.
  { flag: 'f', value: 50 * 1024 },
  { flag: 'v', value: 1024 * 1024 },
  // Seconds of processor time.
  { flag: 't', value: 10 },
  { flag: 'n', value: 256 },
];

/** A shell that runs each command in a bubblewrap of its own. Nothing has been tried yet: that is for `testJail`. */
export async function openJail(options: JailOptions): Promise<Pick<Shell, 'run' | 'close'>> {
  const facts = await findFacts(options.bwrap.version);
  const doors = createDoors(options.boxDir, options.identity);
  const files = await sealFiles(options.stateDir);

  return createCommandRunner({
    boxDir: options.boxDir,
    box: BOX,
    async start(checkDir) {
      const way = await doors.to(checkDir);
      const args = [
        ...jailArguments(facts, { passwd: 5, group: 6, seccomp: files.length > 3 ? 7 : null }, way.mounts),
        ...BASH,
      ];
      const descriptors = files.map((sealed) => sealed.open());
      try {
        const launch = way.launch(options.bwrap.path, args);
        return startProcess({ ...launch, env: {}, cwd: '/', descriptors, scope: 'namespace' });
      } finally {
        for (const descriptor of descriptors) closeSync(descriptor);
      }
    },
    onClosed() {
      doors.close();
      for (const file of files) file.close();
    },
  });
}

/** In the order of their descriptors, from 4 on: the prelude, passwd, group, and the filter where there is one. */
async function sealFiles(dir: string): Promise<readonly SealedFile[]> {
  const filter = buildSeccompFilter(process.arch);
  const contents = [prelude(LIMITS), PASSWD, GROUP, ...(filter ? [filter] : [])];
  return Promise.all(contents.map((content) => createSealedFile(dir, content)));
}

async function findFacts(version: string): Promise<JailFacts> {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const roots = new Map<string, string | null>();
  for (const root of ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']) {
    const stats = await lstat(root).catch(() => null);
    if (!stats) continue;
    const target = stats.isSymbolicLink() ? await readlink(root) : null;
    roots.set(root, target && /^\/?usr\//.test(target) ? target : null);
  }
  return { canDisableUserns: major > 0 || minor >= 8, roots };
}
