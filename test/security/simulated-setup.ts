import { existsSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { CommandRequest, CommandResult } from '../../src/services/shell/shell.ts';
import { makeDirectory } from './jail-setup.ts';

// The thread that plays commands is a file of the build.
export const built = new URL('../../dist/services/shell/open-shell.js', import.meta.url);
export const isBuilt = existsSync(built);

/** A simulated shell on a box of its own, both gone when the test is over. */
export async function openSimulated() {
  const { openShell }: typeof import('../../src/services/shell/open-shell.ts') = await import(built.href);
  const boxDir = await makeDirectory();
  const shell = await openShell({
    kind: 'simulated',
    boxDir,
    stateDir: await makeDirectory(),
    isDenied: () => false,
    onNotice: () => {},
  });
  onTestFinished(() => shell.close());
  let workingDirectory = '';
  return {
    boxDir,
    close: () => shell.close(),
    async run(command: string, request?: Partial<CommandRequest>): Promise<CommandResult> {
      const { signal } = new AbortController();
      const result = await shell.run({ command, workingDirectory, timeoutMs: 20_000, signal, ...request });
      workingDirectory = result.workingDirectory;
      return result;
    },
  };
}
