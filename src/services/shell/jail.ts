import { closeSync } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { BOX, GROUP, type JailFacts, jailArguments, PASSWD } from './bubblewrap.ts';
import { createCommandRunner } from './command-runner.ts';
import { createDoors } from './door.ts';
import type { Identity } from './identity.ts';
import { createLimits } from './limits.ts';
import { findMasks, MASK } from './masks.ts';
import { BASH, type BashLimit, prelude } from './prelude.ts';
import { canSeeDescendants } from './proc.ts';
import { startProcess } from './process.ts';
import { createSealedFile } from './sealed-file.ts';
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
  /** Says of a program's name whether it may not run, under any name; a person's own commands may run it. */
  readonly isDenied: (program: string) => boolean;
}

interface Jail extends Pick<Shell, 'run' | 'close'> {
  /** The files of programs that cannot be run in it. */
  readonly masks: readonly string[];
}

/** What one process of a command may use. For what all of them use together see `createLimits`. */
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
export async function openJail(options: JailOptions): Promise<Jail> {
  if (!canSeeDescendants()) throw new Error('this kernel does not tell the processes of a jail (CONFIG_PROC_CHILDREN)');
  const facts = await findFacts(options.bwrap.version);
  const masks = findMasks(options.isDenied);
  const doors = createDoors(options.boxDir, options.identity, masks);
  const files = await sealFiles(options.stateDir);

  const runner = createCommandRunner({
    boxDir: options.boxDir,
    box: BOX,
    limits: createLimits(options.boxDir),
    async start(request) {
      const way = await doors.to(request?.checkDir ?? null, !request?.isPersons);
      const at = { passwd: 5, group: 6, masks: 7, seccomp: files.filter ? 7 + way.masks.length : null };
      const args = [...jailArguments(facts, at, way.masks, way.mounts), ...BASH];
      const given = [files.prelude, files.passwd, files.group, ...way.masks.map(() => files.mask), files.filter];
      const descriptors = given.flatMap((file) => (file ? [file.open()] : []));
      try {
        const launch = way.launch(options.bwrap.path, args);
        return startProcess({ ...launch, env: {}, cwd: '/', descriptors, scope: 'namespace' });
      } finally {
        for (const descriptor of descriptors) closeSync(descriptor);
      }
    },
    onClosed() {
      doors.close();
      for (const file of Object.values(files)) file?.close();
    },
  });
  return { ...runner, masks };
}

async function sealFiles(dir: string) {
  const filter = buildSeccompFilter(process.arch);
  return {
    prelude: await createSealedFile(dir, prelude(LIMITS)),
    passwd: await createSealedFile(dir, PASSWD),
    group: await createSealedFile(dir, GROUP),
    mask: await createSealedFile(dir, MASK),
    filter: filter && (await createSealedFile(dir, filter)),
  };
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
