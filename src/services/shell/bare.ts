import { createCommandRunner } from './command-runner.ts';
import { plainBash } from './prelude.ts';
import { startProcess } from './process.ts';
import type { Shell } from './shell.ts';

/**
 * Commands as plain processes of gyre's own user: there is no jail. What a command leaves in its process group is
 * killed with it; what has left the group stays alive.
 */
export async function openBareShell(boxDir: string): Promise<Shell> {
  const [bash, ...args] = plainBash([{ flag: 'c', value: 0 }]);
  const runner = createCommandRunner({
    boxDir,
    box: boxDir,
    async start() {
      return startProcess({
        file: bash,
        args,
        env: {
          PATH: '/usr/local/bin:/usr/bin:/bin',
          HOME: boxDir,
          LANG: 'C.UTF-8',
          TERM: 'dumb',
          SHELL: bash,
          GYRE_BOX: boxDir,
        },
        cwd: boxDir,
        identity: null,
        descriptors: [],
        scope: 'group',
      });
    },
    onClosed() {},
  });
  return {
    ...runner,
    kind: 'none',
    summary: 'there is no sandbox at all: commands can do whatever you can',
  };
}
