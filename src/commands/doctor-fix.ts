import { access } from 'node:fs/promises';
import { execa } from 'execa';
import { toErrorRecord } from '../errors.ts';
import { INSTALL_BUBBLEWRAP, probeBubblewrap, probeUserNamespaces } from '../services/shell/probe.ts';
import { SEATBELT_INSTALL } from '../services/shell/seatbelt.ts';
import type { Invocation } from './command.ts';
import { pullMissingStarter } from './models.ts';

/** Installs what is missing, as far as it can, and says what it does before it does it. */
export async function fix(invocation: Invocation): Promise<void> {
  await fixBubblewrap(invocation);
  try {
    await pullMissingStarter(invocation);
  } catch (error) {
    // What could not be fetched is told, and the examination that follows says what it means.
    const { message, hint } = toErrorRecord(error);
    invocation.io.err.write(`${message}\n${hint === undefined ? '' : `  ${hint}\n`}`);
  }
}

async function fixBubblewrap({ io, isJson }: Invocation): Promise<void> {
  const tell = (sentence: string) => (isJson ? io.err : io.out).write(`${sentence}\n`);
  if (process.platform === 'darwin') {
    tell(`The jail of macOS needs a package that gyre does not bring. Type:\n  ${SEATBELT_INSTALL}`);
    return;
  }
  if ((await probeBubblewrap()).ok) return;
  const namespaces = await probeUserNamespaces();
  if (!namespaces.ok) {
    tell(`The full jail cannot be had yet: ${namespaces.reason}.\n  ${namespaces.cure}`);
    return;
  }
  if (process.getuid?.() !== 0 || !(await isDebianLike())) {
    tell(
      `bubblewrap is missing. Without it commands run in a simulated shell. To get the real jail, type:\n  ${INSTALL_BUBBLEWRAP}`,
    );
    return;
  }
  tell('bubblewrap is missing. Installing it: apt-get update && apt-get install -y --no-install-recommends bubblewrap');
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'bubblewrap']]) {
    const { failed, all } = await execa('apt-get', args, {
      reject: false,
      all: true,
      stdin: 'ignore',
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (!failed) continue;
    tell(`apt-get ${args[0]} failed:\n${all.trim().split('\n').slice(-5).join('\n')}`);
    if (args[0] === 'install') tell(`Install it by hand:\n  ${INSTALL_BUBBLEWRAP}`);
  }
}

async function isDebianLike(): Promise<boolean> {
  return Promise.all([access('/etc/debian_version'), access('/usr/bin/apt-get')]).then(
    () => true,
    () => false,
  );
}
