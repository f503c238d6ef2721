import { chmod, copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { chooseIdentity } from '../../src/services/shell/identity.ts';
import { openJail } from '../../src/services/shell/jail.ts';
import { probeBubblewrap } from '../../src/services/shell/probe.ts';
import { hasJail, makeDirectory } from './jail-setup.ts';

test.skipIf(!hasJail)('a jail that cannot start any more says so, and nothing takes its place', async () => {
  const found = await probeBubblewrap();
  if (!found.ok) throw new Error(found.reason);
  const [boxDir, stateDir, programs] = [await makeDirectory(), await makeDirectory(), await makeDirectory()];
  const path = join(programs, 'bwrap');
  await copyFile(found.path, path);
  await chmod(path, 0o755);
  const jail = await openJail({
    bwrap: { path, version: found.version },
    boxDir,
    stateDir,
    identity: await chooseIdentity(boxDir, () => {}),
    isDenied: () => false,
  });
  onTestFinished(() => jail.close());
  const { signal } = new AbortController();
  const run = (command: string) => jail.run({ command, workingDirectory: '', timeoutMs: 10_000, signal });
  expect(await run('touch before')).toMatchObject({ ending: 'exited', exitCode: 0 });
  await rm(path);
  for (const command of ['touch after', 'echo again > after']) {
    expect(await run(command)).toMatchObject({
      ending: 'limit',
      exitCode: null,
      signal: null,
      stdout: '',
      stderr: expect.stringMatching(/^The command could not be started: .*(ENOENT|No such file)/),
    });
  }
  expect(await readdir(boxDir)).toEqual(['before']);
});
