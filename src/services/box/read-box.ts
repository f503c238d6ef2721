import {
  closeSync,
  constants,
  type Dir,
  type Dirent,
  lstatSync,
  opendirSync,
  openSync,
  readFileSync,
  readlinkSync,
  type Stats,
} from 'node:fs';

/** A walk holds one descriptor for each level that it is in. */
const MAX_DEPTH = 64;

/**
 * A name or path with one character for each byte (latin1). The names that commands give need not be UTF-8, and two of
 * them must never become the same text. `textOf` makes it readable, `bytesOf` makes it what `node:fs` takes.
 */
export type RawPath = string;

export interface BoxEntry {
  /** Relative to where the walk began. */
  readonly path: RawPath;
  /** Levels below where the walk began: 1 for what lies there itself. */
  readonly depth: number;
  /** As the directory said. It may have become something else since. */
  readonly isDirectory: boolean;
  /**
   * Where it can be reached while it is the walk's current entry, and no longer. Whatever is done to the directories
   * above it meanwhile, this leads to the directory that was read. The entry itself may be a link: do not follow it.
   */
  readonly place: RawPath;
}

/** What a walk has not seen so far. */
export interface Missed {
  /** Directories that could not be opened or read to their end, though they are there. */
  readonly unreadable: number;
  /** Directories that were too deep to enter. */
  readonly tooDeep: number;
}

export interface WalkOptions {
  /** Where to begin, relative to the box. A directory's name as text: what is not UTF-8 is not found. */
  readonly start?: string;
  /** Levels to go down; 1 is the directory alone. At most a few hundred: each holds a descriptor. */
  readonly maxDepth?: number;
  /** Directories on which something else is mounted are not entered. Linux only. */
  readonly isOneMount?: boolean;
}

/**
 * Everything in the box: first all that a directory holds, then what lies below. Never follows a link, never leaves the
 * box, never blocks on what is not a directory, and never throws: what cannot be read is counted.
 *
 * It holds no more than the names of one branch's directories, and has no bound of its own: whoever walks stops when
 * they have seen enough, and may pause between two entries for as long as they like.
 */
export function walkBox(
  boxDir: string,
  options: WalkOptions = {},
): { readonly entries: Iterable<BoxEntry>; readonly missed: Missed } {
  const missed = { unreadable: 0, tooDeep: 0 };
  return { entries: walk(boxDir, options, missed), missed };
}

/** What is there, without following a link; null when it is gone. */
export function statEntry({ place }: BoxEntry): Stats | null {
  try {
    return lstatSync(bytesOf(place));
  } catch {
    return null;
  }
}

/** A directory that is held open: what it is cannot be changed any more by moving or replacing it. */
export interface OpenDirectory {
  readonly descriptor: number;
  /** A path to it that no link can redirect; a name may be appended. */
  readonly place: RawPath;
  close(): void;
}

/**
 * Opens the box or a directory in it, one name after the other, each without following a link.
 * @param boxDir a real path; what has become of it otherwise is not opened
 * @returns null when there is no such directory, or none that we may read
 */
export function openBoxDirectory(boxDir: string, path = ''): OpenDirectory | null {
  let directory = openDirectory(Buffer.from(boxDir).toString('latin1'));
  if (directory && isLinux && !leadsTo(directory, boxDir)) {
    directory.close();
    return null;
  }
  for (const name of Buffer.from(path).toString('latin1').split('/')) {
    if (name === '' || name === '.') continue;
    const parent = directory;
    directory = parent && openInside(parent, name);
    parent?.close();
  }
  return directory;
}

/** The mount that something open lies on, as the kernel numbers them. Linux only. */
export function mountOf(descriptor: number): string | undefined {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
}

/** For people: bytes that are not UTF-8 become U+FFFD. */
export function textOf(path: RawPath): string {
  return bytesOf(path).toString('utf8');
}

/** For `node:fs`. */
export function bytesOf(path: RawPath): Buffer {
  return Buffer.from(path, 'latin1');
}

const isLinux = process.platform === 'linux';

/** A directory that the walk is in. */
interface Branch {
  readonly directory: OpenDirectory;
  /** Empty, or with a slash at its end. */
  readonly path: RawPath;
  /** Names of directories in it that are still to be entered. */
  readonly pending: string[];
}

function* walk(
  boxDir: string,
  { start, maxDepth = MAX_DEPTH, isOneMount = false }: WalkOptions,
  missed: { unreadable: number; tooDeep: number },
): Generator<BoxEntry, void, undefined> {
  const branches: Branch[] = [];
  function* enter(directory: OpenDirectory, path: RawPath) {
    const branch: Branch = { directory, path, pending: [] };
    branches.push(branch);
    for (const entry of entriesOf(branch, branches.length, missed)) {
      if (entry.isDirectory && entry.depth >= maxDepth) missed.tooDeep += 1;
      else if (entry.isDirectory) branch.pending.push(entry.path.slice(path.length));
      yield entry;
    }
  }
  try {
    const outermost = openBoxDirectory(boxDir, start);
    if (outermost) yield* enter(outermost, '');
    else missed.unreadable += 1;
    const mount = isOneMount && outermost ? mountOf(outermost.descriptor) : null;
    for (let branch = branches.at(-1); branch; branch = branches.at(-1)) {
      const name = branch.pending.pop();
      if (name === undefined) {
        branches.pop();
        branch.directory.close();
        continue;
      }
      const directory = openInside(branch.directory, name, missed);
      if (directory && mount !== null && mountOf(directory.descriptor) !== mount) directory.close();
      else if (directory) yield* enter(directory, `${branch.path}${name}/`);
    }
  } finally {
    for (const { directory } of branches) directory.close();
  }
}

function* entriesOf({ directory, path }: Branch, depth: number, missed: { unreadable: number }): Generator<BoxEntry> {
  const listing = openListing(directory);
  try {
    for (let entry = readNext(listing, missed); entry; entry = readNext(listing, missed)) {
      const name = bytesIn(entry).toString('latin1');
      const isDirectory = entry.isDirectory();
      yield { path: path + name, depth, isDirectory, place: `${directory.place}/${name}` };
    }
  } finally {
    listing?.closeSync();
  }
}

function openListing({ place }: OpenDirectory): Dir | null {
  try {
    // Its type names the encodings of text only.
    return opendirSync(bytesOf(place), { encoding: 'buffer' as BufferEncoding });
  } catch {
    return null;
  }
}

/** The next entry; null at the end, and when it cannot be read on. */
function readNext(listing: Dir | null, missed: { unreadable: number }): Dirent | null {
  try {
    if (listing) return listing.readSync();
  } catch {}
  missed.unreadable += 1;
  return null;
}

/** With the encoding `buffer` a name is bytes, whatever its type says. */
function bytesIn(entry: Dirent): Buffer {
  const name: unknown = entry.name;
  return Buffer.isBuffer(name) ? name : Buffer.from(entry.name);
}

function openInside({ place }: OpenDirectory, name: string, missed?: { unreadable: number }): OpenDirectory | null {
  return name === '..' ? null : openDirectory(`${place}/${name}`, missed);
}

function openDirectory(path: RawPath, missed?: { unreadable: number }): OpenDirectory | null {
  try {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const descriptor = openSync(bytesOf(path), flags);
    const place = isLinux ? `/proc/self/fd/${descriptor}` : path;
    return { descriptor, place, close: () => closeSync(descriptor) };
  } catch (error) {
    if (missed && !isGone(error)) missed.unreadable += 1;
    return null;
  }
}

/** Removed, or replaced by something that is no directory. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(String(error.code));
}

function leadsTo({ place }: OpenDirectory, path: string): boolean {
  try {
    return readlinkSync(place) === path;
  } catch {
    return false;
  }
}
