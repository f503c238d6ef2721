import { posix } from 'node:path';
import type { Term } from './words.ts';

/** Where the box lies inside the jail. */
export const DEFAULT_BOX = '/sandbox';

/**
 * Tells whether a word names a file outside. What is not known is taken to be inside: the jail is the wall, and a
 * wrong "no" costs a turn. An absolute path is inside when the jail has such a place; a relative one when it stays in
 * the box, as long as the directory it starts from is in the box.
 */
export function isOutside(
  term: Term,
  options: { readonly box: string; readonly directory: string | null; readonly isWritten: boolean },
): boolean {
  const path = knownPath(term, options.box);
  if (path === '') return false;
  if (path.startsWith('/')) return isOutsideAbsolute(path, options);
  if (options.directory === null) return false;
  const resolved = posix.join(options.directory, path);
  if (isUnder(options.directory, options.box)) return !isUnder(resolved, options.box);
  return isOutsideAbsolute(resolved, options);
}

/** Where `cd` with these arguments leads, absolute; null when that is known only when the line runs. */
export function changeDirectory(args: readonly Term[], directory: string | null, box: string): string | null {
  const operand = args.find((term) => !/^-./s.test(term.start));
  if (operand === undefined) return box;
  if (operand.value === null || operand.value === '-') return null;
  const path = knownPath(operand, box);
  if (path.startsWith('/')) return posix.normalize(path);
  return directory === null ? null : posix.join(directory, path);
}

/** The jail's own places beside the box. Nothing of the host is in them but programs and libraries. */
const WRITABLE = ['/tmp', '/dev'];
const READABLE = [...WRITABLE, '/bin', '/check', '/etc', '/lib', '/lib32', '/lib64', '/proc', '/sbin', '/usr'];

// Doors to other places, and to what a process was started with.
const PROCESS_DOORS = /^\/proc\/[^/]+\/(?:task\/[^/]+\/)?(?:cwd|environ|mem|root)(?:\/|$)/;

function isOutsideAbsolute(path: string, { box, isWritten }: { box: string; isWritten: boolean }): boolean {
  if (PROCESS_DOORS.test(path)) return true;
  const normal = posix.normalize(path);
  if (normal === '/') return isWritten;
  return ![box, ...(isWritten ? WRITABLE : READABLE)].some((place) => isUnder(normal, place));
}

/** The path as far as it is known, without an unfinished last name. In the jail the box is also the home directory. */
function knownPath(term: Term, box: string): string {
  const known = term.isWhole ? term.start : term.start.slice(0, term.start.lastIndexOf('/') + 1);
  return /^~(?:\/|$)/.test(known) && !/^["'\\]/.test(term.text) ? box + known.slice(1) : known;
}

function isUnder(path: string, place: string): boolean {
  return path === place || path === `${place}/` || path.startsWith(`${place}/`);
}
