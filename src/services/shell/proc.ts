import { readdirSync, readFileSync } from 'node:fs';

/** Whether this kernel tells which processes a process has started. Without that a jail cannot be watched. */
export function canSeeDescendants(): boolean {
  return readProc(`/proc/self/task/${process.pid}/children`) !== null;
}

/** Those that are alive, at any depth. */
export function descendantsOf(pid: number): number[] {
  const found = new Set([pid]);
  // A set hands out what is added while it is walked, too.
  for (const next of found) for (const child of childrenOf(next)) found.add(child);
  found.delete(pid);
  return [...found];
}

/** Those that are alive and were started by it, or handed to it. */
export function childrenOf(pid: number): number[] {
  return listProc(`/proc/${pid}/task`).flatMap((thread) =>
    (readProc(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

/** Empty when there is no such directory any more. */
export function listProc(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** Null when there is no such file any more. */
export function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
