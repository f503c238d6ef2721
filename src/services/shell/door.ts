import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { execa } from 'execa';
import { AgentError } from '../../errors.ts';
import type { JailMounts } from './bubblewrap.ts';
import { type Identity, isClosedTo } from './identity.ts';
import { MASK } from './masks.ts';
import type { ProcessOptions } from './process.ts';

/** How a command's bwrap gets to what it binds. */
export interface Way {
  readonly mounts: JailMounts;
  /** Masks that are still to be put on, file by file. */
  readonly masks: readonly string[];
  /** How to start a program there. It is the one that the started process becomes. */
  launch(file: string, args: readonly string[]): Pick<ProcessOptions, 'file' | 'args' | 'identity'>;
}

export interface Doors {
  /**
   * @param checkDir absolute
   * @param isMasked the command is not a person's own
   * @throws AgentError `sandbox-unavailable` when root may not mount here, as in many containers
   */
  to(checkDir: string | null, isMasked: boolean): Promise<Way>;
  close(): void;
}

/**
 * Finds the way to the box, a check's directory and the programs. It may lead through a door: a mount namespace of our
 * own that is built once, lives as long as its descriptor does, also when gyre is killed, and costs each command one
 * `exec`. There are two reasons for one:
 *
 * - Where only root can pass to the box, it is bound to a place that everybody can enter.
 * - Masks that are put on file by file cost bubblewrap more time than everything else together. There, one overlay of
 *   `/usr` has them all. Where that cannot be mounted, they are put on file by file.
 *
 * @param masks files of programs, by their real paths
 */
export function createDoors(boxDir: string, identity: Identity | null, masks: readonly string[]): Doors {
  const doors = new Map<string, Promise<Door>>();
  const inUsr = hasMountsBelowUsr() ? [] : masks.filter((path) => path.startsWith('/usr/'));
  const others = masks.filter((path) => !inUsr.includes(path));

  const isOpen = async (dir: string): Promise<boolean> => identity === null || !(await isClosedTo(identity, dir));
  let isBoxOpen: Promise<boolean> | null = null;

  function through(door: Door, checkDir: string | null, rest: readonly string[]): Way {
    const own = checkDir === null ? null : { source: `${PLACE}/check`, own: checkDir };
    return {
      masks: rest,
      mounts: { box: `${PLACE}/box`, check: own, usr: door.hasUsr ? `${PLACE}/usr` : '/usr' },
      launch: (file, args) => ({
        file: '/usr/bin/nsenter',
        args: [...door.enter, '--', file, ...args],
        // nsenter itself becomes that user: only as root it may read our descriptors.
        identity: null,
      }),
    };
  }

  function doorTo(check: string | null, usrMasks: readonly string[]): Promise<Door> {
    const key = JSON.stringify([check, usrMasks.length > 0]);
    const door = doors.get(key) ?? openDoor(boxDir, check, usrMasks, identity);
    doors.set(key, door);
    return door;
  }

  return {
    async to(checkDir, isMasked) {
      const check = checkDir === null ? null : await realpath(checkDir);
      if (isMasked && inUsr.length > 0) {
        const door = await doorTo(check, inUsr).catch(() => null);
        if (door) return through(door, checkDir, others);
      }
      const left = isMasked ? masks : [];
      isBoxOpen ??= isOpen(boxDir);
      if ((await isBoxOpen) && (check === null || (await isOpen(check)))) {
        return {
          masks: left,
          mounts: {
            box: boxDir,
            check: check === null ? null : { source: check, own: checkDir ?? check },
            usr: '/usr',
          },
          launch: (file, args) => ({ file, args, identity }),
        };
      }
      return through(await doorTo(check, []), checkDir, left);
    },
    close() {
      for (const door of doors.values()) door.then(({ close }) => close()).catch(() => {});
    },
  };
}

interface Door {
  /** Arguments of nsenter. */
  readonly enter: readonly string[];
  readonly hasUsr: boolean;
  close(): void;
}

/** Any directory that is on every system and that no jail needs; it is covered in the namespace only. */
const PLACE = '/mnt';

/**
 * What the builder runs in its new namespace, with the box, the check's directory or nothing, and the masks below /usr.
 * The directories are opened first: one of them may lie below the place that is then covered.
 */
const BUILD = `set -e
exec 8<"$1"
[ -z "$2" ] || exec 9<"$2"
has_check=$2
shift 2
mount -t tmpfs -o mode=0755,size=4m,nosuid,nodev gyre ${PLACE}
mkdir ${PLACE}/box
mount -c --rbind /proc/self/fd/8 ${PLACE}/box
if [ -n "$has_check" ]; then
  mkdir ${PLACE}/check
  mount -c --rbind /proc/self/fd/9 ${PLACE}/check
fi
if [ "$#" -gt 0 ]; then
  mkdir ${PLACE}/masks ${PLACE}/usr
  cd ${PLACE}/masks
  for path; do case "$path" in */*) printf '%s\\n' "\${path%/*}" ;; esac; done | sort -u | xargs -d '\\n' mkdir -p --
  for path; do printf '%s' "$MASK" > "$path"; done
  chmod 0555 -- "$@"
  mount -t overlay -o ro,nosuid,nodev,lowerdir=${PLACE}/masks:/usr gyre ${PLACE}/usr
  cd /
fi
echo built
read -r _ || exit 0`;

async function openDoor(
  boxDir: string,
  check: string | null,
  masks: readonly string[],
  identity: Identity | null,
): Promise<Door> {
  // An ordinary user may mount in a user namespace; bubblewrap makes another one below it for each command.
  const user = identity === null ? ['--user', '--map-current-user', '--keep-caps'] : [];
  const relative = masks.map((path) => path.slice('/usr/'.length));
  const builder = execa(
    '/usr/bin/unshare',
    [
      '--mount',
      '--propagation',
      'private',
      ...user,
      '/bin/bash',
      '-c',
      BUILD,
      'bash',
      boxDir,
      check ?? '',
      ...relative,
    ],
    {
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', MASK },
      extendEnv: false,
      cwd: '/',
      reject: false,
      timeout: 5000,
      killSignal: 'SIGKILL',
    },
  );
  await Promise.race([once(builder.stdout, 'data'), builder]);
  const kinds = identity === null ? (['user', 'mnt'] as const) : (['mnt'] as const);
  const descriptors = kinds.flatMap((kind) => openNamespace(builder.pid, kind));
  const close = () => {
    for (const { descriptor } of descriptors) closeSync(descriptor);
  };
  builder.stdin.end();
  const { exitCode, stderr, shortMessage } = await builder;
  if (exitCode === 0 && descriptors.length === kinds.length) {
    const as = identity ? [`--setgid=${identity.gid}`, `--setuid=${identity.uid}`] : ['--preserve-credentials'];
    return { enter: [...descriptors.map(({ flag }) => flag), ...as], hasUsr: masks.length > 0, close };
  }
  close();
  throw new AgentError(
    'sandbox-unavailable',
    `Only root can enter the parents of ${[boxDir, ...(check ? [check] : [])].join(' or ')}, and root may not mount here: ${stderr || shortMessage}`,
    { hint: 'Open the parent directories (chmod o+x), or run gyre as an ordinary user.' },
  );
}

function openNamespace(pid: number | undefined, kind: 'user' | 'mnt'): { descriptor: number; flag: string }[] {
  try {
    const descriptor = openSync(`/proc/${pid}/ns/${kind}`, 'r');
    return [{ descriptor, flag: `--${kind === 'mnt' ? 'mount' : kind}=/proc/${process.pid}/fd/${descriptor}` }];
  } catch {
    return [];
  }
}

/** An overlay does not show them. What is mounted on /usr/local does not matter: no command sees it. */
function hasMountsBelowUsr(): boolean {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return points.some((point) => point.startsWith('/usr/') && !`${point}/`.startsWith('/usr/local/'));
}
