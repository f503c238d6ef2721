import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { execa } from 'execa';
import { AgentError } from '../../errors.ts';
import type { JailMounts } from './bubblewrap.ts';
import { type Identity, isClosedTo } from './identity.ts';
import type { ProcessOptions } from './process.ts';

/** How a command's bwrap gets to the directories that it binds. */
export interface Way {
  readonly mounts: JailMounts;
  /** How to start a program there. It is the one that the started process becomes. */
  launch(file: string, args: readonly string[]): Pick<ProcessOptions, 'file' | 'args' | 'identity'>;
}

export interface Doors {
  /**
   * @param checkDir absolute
   * @throws AgentError `sandbox-unavailable` when root may not mount here, as in many containers
   */
  to(checkDir: string | null): Promise<Way>;
  close(): void;
}

/**
 * Finds the way to the box and a check's directory. Where only root can pass, it goes through a door: a mount namespace
 * of our own, in which both are bound to a place that everybody can enter. It lives as long as its descriptor does,
 * also when gyre is killed, and costs each command one `exec`.
 */
export function createDoors(boxDir: string, identity: Identity | null): Doors {
  const doors = new Map<string | null, Promise<Door>>();

  const isOpen = async (dir: string): Promise<boolean> => identity === null || !(await isClosedTo(identity, dir));
  let isBoxOpen: Promise<boolean> | null = null;

  return {
    async to(checkDir) {
      isBoxOpen ??= isOpen(boxDir);
      const check = checkDir === null ? null : await realpath(checkDir);
      if (identity === null || ((await isBoxOpen) && (check === null || (await isOpen(check))))) {
        return {
          launch: (file, args) => ({ file, args, identity }),
          mounts: { box: boxDir, check: check === null ? null : { source: check, own: checkDir ?? check } },
        };
      }
      const door = doors.get(check) ?? openDoor(check === null ? [boxDir] : [boxDir, check]);
      doors.set(check, door);
      const { descriptor } = await door;
      const { uid, gid } = identity;
      const enter = [`--mount=/proc/${process.pid}/fd/${descriptor}`, `--setgid=${gid}`, `--setuid=${uid}`, '--'];
      return {
        launch: (file, args) => ({ file: '/usr/bin/nsenter', args: [...enter, file, ...args], identity: null }),
        mounts: { box: `${PLACE}/1`, check: check === null ? null : { source: `${PLACE}/2`, own: checkDir ?? check } },
      };
    },
    close() {
      for (const door of doors.values()) door.then(({ descriptor }) => closeSync(descriptor)).catch(() => {});
    },
  };
}

interface Door {
  readonly descriptor: number;
}

/** Any directory that is on every system and that no jail needs; it is covered in the namespace only. */
const PLACE = '/mnt';

// The directories are opened first: one of them may lie below the place that is then covered.
const BUILD = `set -e
exec 8<"$1"
[ "$#" -lt 2 ] || exec 9<"$2"
mount -t tmpfs -o mode=0755,size=64k,nosuid,nodev gyre ${PLACE}
mkdir ${PLACE}/1
mount -c --rbind /proc/self/fd/8 ${PLACE}/1
if [ "$#" -ge 2 ]; then
  mkdir ${PLACE}/2
  mount -c --rbind /proc/self/fd/9 ${PLACE}/2
fi
echo built
read -r _ || exit 0`;

async function openDoor(dirs: readonly string[]): Promise<Door> {
  const builder = execa(
    '/usr/bin/unshare',
    ['--mount', '--propagation', 'private', '/bin/sh', '-c', BUILD, 'sh', ...dirs],
    {
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
      extendEnv: false,
      cwd: '/',
      reject: false,
      timeout: 5000,
      killSignal: 'SIGKILL',
    },
  );
  await Promise.race([once(builder.stdout, 'data'), builder]);
  const descriptor = openNamespace(builder.pid);
  builder.stdin.end();
  const { exitCode, stderr, shortMessage } = await builder;
  if (exitCode === 0 && descriptor !== null) return { descriptor };
  if (descriptor !== null) closeSync(descriptor);
  throw new AgentError(
    'sandbox-unavailable',
    `Only root can enter the parents of ${dirs.join(' or ')}, and root may not mount here: ${stderr || shortMessage}`,
    { hint: 'Open the parent directories (chmod o+x), or run gyre as an ordinary user.' },
  );
}

function openNamespace(pid: number | undefined): number | null {
  try {
    return openSync(`/proc/${pid}/ns/mnt`, 'r');
  } catch {
    return null;
  }
}
