import { readFileSync, watch } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = 'STOP';
/** For file systems whose watches are silent, and where there is no watch to be had. */
const POLL_MS = 250;
const DEFAULT_QUEUE_LENGTH = 16_384;
/** In the place of a name: some may have been lost. */
const LOST = Symbol('lost');

/** Whether the box has a STOP file, in any form: file, directory, link, dangling link. */
export async function hasStopFile(boxDir: string): Promise<boolean> {
  return lstat(join(boxDir, NAME)).then(
    () => true,
    () => false,
  );
}

/**
 * Calls `onAppear` once, as soon as a STOP file appears. What counts is the appearing: a command that deletes or
 * shadows it afterwards takes nothing back.
 *
 * A command can change the box faster than the kernel remembers for us; names are lost then, and STOP may be one of
 * them. That counts as a STOP too: else a command could hide one in the flood. Where the kernel has no watch left to
 * give, only a STOP that stays for a quarter of a second is sure to be seen.
 * @returns a function that ends the watch
 */
export function watchStopFile(boxDir: string, onAppear: () => void): () => void {
  let isClosed = false;
  const appear = () => {
    if (isClosed) return;
    close();
    onAppear();
  };
  const endWatch = watchNames(boxDir, (name) => {
    if (name === NAME || name === LOST) appear();
  });
  const poll = setInterval(() => {
    void hasStopFile(boxDir).then((isThere) => {
      if (isThere) appear();
    });
  }, POLL_MS);
  poll.unref();
  const close = () => {
    isClosed = true;
    endWatch();
    clearInterval(poll);
  };
  return close;
}

function watchNames(dir: string, onName: (name: string | null | typeof LOST) => void): () => void {
  const queueLength = readQueueLength();
  let inThisTurn = 0;
  try {
    // The dot, because what happens to the directory itself is told with the last part of the path as its name.
    const watcher = watch(`${dir}/.`, { persistent: false }, (_, name) => {
      if (inThisTurn === 0) {
        setImmediate(() => {
          inThisTurn = 0;
        });
      }
      inThisTurn += 1;
      // The kernel says nothing of a full queue that Node would pass on. But a full one is emptied in one turn of the
      // event loop, and while it is refilled as fast, that turn does not end: nothing else of gyre would run.
      onName(inThisTurn < queueLength ? name : LOST);
    });
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}

/** How many changes Linux remembers until they are read. */
function readQueueLength(): number {
  try {
    return Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8')) || DEFAULT_QUEUE_LENGTH;
  } catch {
    return DEFAULT_QUEUE_LENGTH;
  }
}
