import { closeSync } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { toErrorRecord } from '../../errors.ts';
import { BOX, GROUP, type JailFacts, jailArguments, PASSWD } from './bubblewrap.ts';
import { createDoors } from './door.ts';
import type { Identity } from './identity.ts';
import { type BashLimit, prelude, preludeEnvironment } from './prelude.ts';
import { interrupted, refuse, resultOf } from './result.ts';
import { runProcess } from './run-process.ts';
import { createSealedFile, type SealedFile } from './sealed-file.ts';
import { buildSeccompFilter } from './seccomp.ts';
import type { CommandRequest, CommandResult, Shell } from './shell.ts';

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
  const closing = new AbortController();
  const running = new Set<Promise<CommandResult>>();

  const runOne = async (request: CommandRequest): Promise<CommandResult> => {
    if (closing.signal.aborted) return interrupted(request);
    const way = await doors.to(request.checkDir ?? null);
    const environment = preludeEnvironment(BOX, request.workingDirectory);
    const args = [
      ...jailArguments(facts, { passwd: 5, group: 6, seccomp: files.length > 3 ? 7 : null }, way.mounts, environment),
      ...['/bin/bash', '--noprofile', '--norc', '-c', request.command],
    ];
    const descriptors = files.map((sealed) => sealed.open());
    try {
      const result = await runProcess({
        ...way.launch(options.bwrap.path, args),
        env: {},
        cwd: '/',
        descriptors,
        timeoutMs: request.timeoutMs,
        signals: [request.signal, closing.signal],
        scope: 'namespace',
      });
      return resultOf(result, request, BOX);
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
  };

  return {
    async run(request) {
      const result = runOne(request).catch((error: unknown) => refuse(request, toErrorRecord(error).message));
      running.add(result);
      return result.finally(() => running.delete(result));
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      await Promise.all(running);
      doors.close();
      for (const file of files) file.close();
    },
  };
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
