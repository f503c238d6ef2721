import { closeSync } from 'node:fs';
import { createCommandRunner } from './command-runner.ts';
import { BASH, prelude, preludeEnvironment } from './prelude.ts';
import { startProcess } from './process.ts';
import { createSealedFile } from './sealed-file.ts';
import type { Shell } from './shell.ts';

/**
 * Commands as plain processes of gyre's own user: there is no jail. What a command leaves in its process group is
 * killed with it; what has left the group stays alive.
 */
export async function openBareShell(boxDir: string, stateDir: string): Promise<Shell> {
  const file = await createSealedFile(stateDir, prelude([{ flag: 'c', value: 0 }]));
  const [bash, ...args] = BASH;
  const runner = createCommandRunner({
    boxDir,
    box: boxDir,
    async start() {
      const descriptor = file.open();
      try {
        return startProcess({
          file: bash,
          args,
          env: {
            PATH: '/usr/local/bin:/usr/bin:/bin',
            HOME: boxDir,
            LANG: 'C.UTF-8',
            TERM: 'dumb',
            SHELL: bash,
            ...preludeEnvironment(boxDir),
          },
          cwd: boxDir,
          identity: null,
          descriptors: [descriptor],
          scope: 'group',
        });
      } finally {
        closeSync(descriptor);
      }
    },
    onClosed: file.close,
  });
  return { ...runner, kind: 'none', summary: 'there is no sandbox at all: commands can do whatever you can' };
}
