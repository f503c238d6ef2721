import { lchown, lstat, opendir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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

/**
 * Gives what root owns in the box to another user. Never follows a link, never leaves the file system or enters another
 * mount. A file with several names stays as it is: one of them may lie outside.
 */
async function handOver(boxDir: string, to: Identity): Promise<{ handed: number; kept: number }> {
  const { dev } = await lstat(boxDir);
  const mounts = await mountPoints();
  let handed = 0;
  let kept = 0;

  const visit = async (path: string): Promise<void> => {
    const stats = await lstat(path).catch(() => null);
    if (!stats || stats.dev !== dev || (path !== boxDir && mounts.has(path))) return;
    if (stats.uid === 0) {
      if (stats.isDirectory() || stats.isSymbolicLink() || (stats.isFile() && stats.nlink === 1)) {
        await lchown(path, to.uid, to.gid);
        handed += 1;
      } else {
        kept += 1;
      }
    }
    if (!stats.isDirectory()) return;
    for await (const entry of await opendir(path)) await visit(join(path, entry.name));
  };

  await visit(boxDir);
  return { handed, kept };
}

async function mountPoints(): Promise<ReadonlySet<string>> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const decode = (path: string) =>
    path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return new Set(table.split('\n').map((line) => decode(line.split(' ')[4] ?? '')));
}
