import type { CpOptions, FileContent, IFileSystem } from 'just-bash';

/** What may still be added to the box. */
export interface Budget {
  bytes: number;
  entries: number;
}

/**
 * Lets a file system of just-bash touch nothing but regular files and directories, and add no more than `budget`.
 * Without it a FIFO blocks a thread of the whole process, and not even the end of its own thread wakes it.
 * @returns `files`, changed
 */
export function guardFiles<Files extends IFileSystem>(files: Files, budget: Budget): Files {
  const { stat } = files;
  const statOf = (path: string) => stat.call(files, path).catch(() => null);

  /** @returns the size of what is there; null when nothing is */
  const check = async (path: string): Promise<number | null> => {
    const stats = await statOf(path);
    if (stats && !stats.isFile && !stats.isDirectory) {
      throw new Error(`EACCES: permission denied, '${path}' is neither a file nor a directory`);
    }
    return stats?.isFile ? stats.size : stats ? 0 : null;
  };
  const spend = (bytes: number, entries: number): void => {
    budget.bytes -= bytes;
    budget.entries -= entries;
    if (budget.bytes < 0 || budget.entries < 0) throw new Error('ENOSPC: no space left on device');
  };
  const measure = async (path: string): Promise<void> => {
    spend((await check(path)) ?? 0, 1);
    if (!(await statOf(path))?.isDirectory) return;
    for (const name of await files.readdir(path)) await measure(`${path === '/' ? '' : path}/${name}`);
  };

  const { readFile, readFileBytes, readFileBuffer, writeFile, appendFile, mkdir, cp, link, chmod, utimes } = files;
  Object.assign(files, {
    ...checked({ readFile, readFileBytes, readFileBuffer, chmod, utimes }),
    async writeFile(path: string, content: FileContent, ...rest: [never]) {
      const before = await check(path);
      spend(Math.max(0, sizeOf(content) - (before ?? 0)), before === null ? 1 : 0);
      return writeFile.call(files, path, content, ...rest);
    },
    async appendFile(path: string, content: FileContent, ...rest: [never]) {
      spend(sizeOf(content), (await check(path)) === null ? 1 : 0);
      return appendFile.call(files, path, content, ...rest);
    },
    async mkdir(path: string, ...rest: [never]) {
      spend(0, path.split('/').length);
      return mkdir.call(files, path, ...rest);
    },
    async link(from: string, to: string) {
      await check(from);
      spend(0, 1);
      return link.call(files, from, to);
    },
    async cp(from: string, to: string, options?: CpOptions) {
      await check(to);
      await measure(from);
      return cp.call(files, from, to, options);
    },
  });
  return files;

  function checked(methods: object): object {
    return Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        async (path: string, ...rest: unknown[]) => {
          await check(path);
          return method.call(files, path, ...rest);
        },
      ]),
    );
  }
}

function sizeOf(content: FileContent): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
}
