import { watch } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = 'STOP';
/** For file systems whose watches are silent or overflow. */
const POLL_MS = 250;

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
 * @returns a function that ends the watch
 */
export function watchStopFile(boxDir: string, onAppear: () => void): () => void {
  const appear = () => {
    close();
    onAppear();
  };
  const watcher = watch(boxDir, { persistent: false }, (_, name) => {
    if (name === NAME) appear();
  });
  watcher.on('error', () => watcher.close());
  const poll = setInterval(() => {
    void hasStopFile(boxDir).then((isThere) => {
      if (isThere && !isClosed) appear();
    });
  }, POLL_MS);
  poll.unref();
  let isClosed = false;
  const close = () => {
    isClosed = true;
    watcher.close();
    clearInterval(poll);
  };
  return close;
}
