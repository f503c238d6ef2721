import { closeSync } from 'node:fs';
import { toErrorRecord } from '../../errors.ts';
import { prelude, preludeEnvironment } from './prelude.ts';
import { interrupted, refuse, resultOf } from './result.ts';
import { runProcess } from './run-process.ts';
import { createSealedFile } from './sealed-file.ts';
import type { CommandResult, Shell } from './shell.ts';

/**
 * Commands as plain processes of gyre's own user: there is no jail. What a command leaves in its process group is
 * killed with it; what has left the group stays alive.
 */
export async function openBareShell(boxDir: string, stateDir: string): Promise<Shell> {
  const file = await createSealedFile(stateDir, prelude([{ flag: 'c', value: 0 }]));
  const closing = new AbortController();
  const running = new Set<Promise<CommandResult>>();

  const runOne: Shell['run'] = async (request) => {
    if (closing.signal.aborted) return interrupted(request);
    const descriptor = file.open();
    try {
      const result = await runProcess({
        file: '/bin/bash',
        args: ['--noprofile', '--norc', '-c', request.command],
        env: {
          PATH: '/usr/local/bin:/usr/bin:/bin',
          HOME: boxDir,
          LANG: 'C.UTF-8',
          TERM: 'dumb',
          SHELL: '/bin/bash',
          ...preludeEnvironment(boxDir, request.workingDirectory),
        },
        cwd: boxDir,
        identity: null,
        descriptors: [descriptor],
        timeoutMs: request.timeoutMs,
        signals: [request.signal, closing.signal],
        scope: 'group',
      });
      return resultOf(result, request, boxDir);
    } finally {
      closeSync(descriptor);
    }
  };

  return {
    kind: 'none',
    summary: 'there is no sandbox at all: commands can do whatever you can',
    async run(request) {
      const result = runOne(request).catch((error: unknown) => refuse(request, toErrorRecord(error).message));
      running.add(result);
      return result.finally(() => running.delete(result));
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      await Promise.all(running);
      file.close();
    },
  };
}
