import { access } from 'node:fs/promises';
import { execa } from 'execa';
import { toErrorRecord } from '../errors.ts';
import { probeBubblewrap, probeUserNamespaces } from '../services/shell/probe.ts';
import type { Invocation } from './command.ts';
import { pullMissingStarter } from './models.ts';

const BY_HAND = 'sudo apt-get install bubblewrap   (or the package "bubblewrap" of your system)';

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
  if (process.platform !== 'linux') return;
  const namespaces = await probeUserNamespaces();
  if (!namespaces.ok) {
    tell(`bubblewrap would not help here: ${namespaces.reason}`);
    return;
  }
  if ((await probeBubblewrap()).ok) return;
  if (process.getuid?.() !== 0 || !(await isDebianLike())) {
    tell(
      `bubblewrap is missing. Without it commands run in a simulated shell. To get the real jail, type:\n  ${BY_HAND}`,
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
    if (args[0] === 'install') tell(`Install it by hand:\n  ${BY_HAND}`);
  }
}

async function isDebianLike(): Promise<boolean> {
  return Promise.all([access('/etc/debian_version'), access('/usr/bin/apt-get')]).then(
    () => true,
    () => false,
  );
}
