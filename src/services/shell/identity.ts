import { chownSync, closeSync, constants, fstatSync, openSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { bytesOf, mountOf, openBoxDirectory, walkBox } from '../box/read-box.ts';

/** Whom commands run as, when root starts them. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The uid and gid of gyre's own that commands run as when a box belongs to root. Far above the uids of people, below
 * those that systemd and container tools hand out; nothing has to be set up for it.
 */
export const JAIL_ID = 64_200;

/**
 * Decides whom commands run as. Root's commands never run as root: a jail does not hold uid 0 (it could write
 * /proc/sys, and no limit on processes would bind it). They run as the owner of the box. A box that belongs to root is
 * handed to JAIL_ID first.
 * @returns null when gyre is not root: commands then run as the same user
 */
export async function chooseIdentity(boxDir: string, onNotice: (sentence: string) => void): Promise<Identity | null> {
  if (process.geteuid?.() !== 0) return null;
  const { uid, gid } = await lstat(boxDir);
  // The group 0 may read what the system keeps from others.
  if (uid !== 0 && uid !== JAIL_ID) return { uid, gid: gid === 0 ? uid : gid };
  const identity = { uid: JAIL_ID, gid: JAIL_ID };
  const { handed, kept } = await handOver(boxDir, identity);
  if (handed > 0) {
    onNotice(
      `You are root, and commands never run as root: ${boxDir} ${uid === 0 ? 'now belongs' : 'belongs'} to uid ${JAIL_ID}` +
        ` (${handed} ${handed === 1 ? 'entry' : 'entries'} handed over${kept > 0 ? `, ${kept} with other links left as they are` : ''}).`,
    );
  }
  return identity;
}

/** Whether some directory above this one cannot be entered by that user. Looks at modes only, not at ACLs. */
export async function isClosedTo(identity: Identity, dir: string): Promise<boolean> {
  for (let parent = dirname(dir); ; parent = dirname(parent)) {
    const { uid, gid, mode } = await lstat(parent);
    const searchBit = uid === identity.uid ? 0o100 : gid === identity.gid ? 0o010 : 0o001;
    if ((mode & searchBit) === 0) return true;
    if (parent === '/') return false;
  }
}

/** Of Linux, and not in Node's constants: the descriptor names something and can neither read, write nor wake it. */
const O_PATH = 0x20_0000;
/** Deeper than this nothing is handed over. */
const MAX_DEPTH = 256;
const ENTRIES_PER_TURN = 500;

/**
 * Gives what root owns in the box to another user. Never follows a link, and never enters another mount. A file with
 * several names stays as it is: one of them may lie outside.
 *
 * Commands of another run may be moving and linking things in the box meanwhile. So each entry is held by a descriptor
 * while it is looked at and given away: a path could have become a link to a file of the system in between.
 */
async function handOver(boxDir: string, to: Identity): Promise<{ handed: number; kept: number }> {
  const counts = { handed: 0, kept: 0 };
  const box = openBoxDirectory(boxDir);
  if (!box) throw new Error(`${boxDir} is not there any more`);
  try {
    const mount = mountOf(box.descriptor);
    const give = (descriptor: number) => {
      const stats = fstatSync(descriptor);
      if (stats.uid !== 0 || mountOf(descriptor) !== mount) return;
      if (stats.isDirectory() || stats.isSymbolicLink() || (stats.isFile() && stats.nlink === 1)) {
        chownSync(`/proc/self/fd/${descriptor}`, to.uid, to.gid);
        counts.handed += 1;
      } else {
        counts.kept += 1;
      }
    };
    give(box.descriptor);
    let seen = 0;
    for (const { place } of walkBox(boxDir, { maxDepth: MAX_DEPTH, isOneMount: true }).entries) {
      withDescriptor(place, give);
      seen += 1;
      if (seen % ENTRIES_PER_TURN === 0) await setImmediate();
    }
    return counts;
  } finally {
    box.close();
  }
}

function withDescriptor(place: string, use: (descriptor: number) => void): void {
  let descriptor: number;
  try {
    descriptor = openSync(bytesOf(place), O_PATH | constants.O_NOFOLLOW);
  } catch {
    // Gone meanwhile: whatever has taken its place is not ours to give.
    return;
  }
  try {
    use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
