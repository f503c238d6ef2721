import { access, readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { JAIL_ID } from './identity.ts';

export type Probe = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * Whether a process that is not root can make the namespaces that a jail is made of. Takes a few milliseconds, and
 * needs no bubblewrap. When gyre is root, it asks as the jail's own uid.
 */
export async function probeUserNamespaces(): Promise<Probe> {
  if (process.platform !== 'linux') return { ok: false, reason: 'user namespaces are a feature of Linux' };
  const args = ['--user', '--map-root-user', '--mount', '--net', '--pid', '--fork', '/bin/true'];
  const trial = await execa('/usr/bin/unshare', args, quiet());
  if (trial.exitCode === 0) return { ok: true };
  const cause = (await findBlocker()) ?? whatItSaid(trial);
  return { ok: false, reason: `the kernel refuses user namespaces (${cause})` };
}

/** Whether there is a bubblewrap that can start something here. Not yet whether its jail holds. */
export async function probeBubblewrap(): Promise<
  | { readonly ok: true; readonly path: string; readonly version: string }
  | { readonly ok: false; readonly reason: string }
> {
  if (process.platform !== 'linux') return { ok: false, reason: 'bubblewrap is a program for Linux' };
  const path = await findBubblewrap();
  if (path === null) return { ok: false, reason: 'bubblewrap is not installed' };
  const [{ stdout }, trial] = await Promise.all([
    execa(path, ['--version'], quiet()),
    execa(path, ['--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '/bin/true'], quiet()),
  ]);
  const version = /(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (trial.exitCode !== 0) {
    const namespaces = await probeUserNamespaces();
    return {
      ok: false,
      reason: namespaces.ok ? `bubblewrap does not start (${whatItSaid(trial)})` : namespaces.reason,
    };
  }
  if (version === undefined) return { ok: false, reason: `${path} does not tell its version` };
  return { ok: true, path, version };
}

// Fixed places, not PATH: the jail must not depend on who set up the environment.
async function findBubblewrap(): Promise<string | null> {
  for (const path of ['/usr/bin/bwrap', '/bin/bwrap', '/usr/local/bin/bwrap']) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return null;
}

function quiet() {
  return {
    ...(process.geteuid?.() === 0 ? { uid: JAIL_ID, gid: JAIL_ID } : {}),
    env: {},
    extendEnv: false,
    cwd: '/',
    stdin: 'ignore',
    reject: false,
    timeout: 5000,
    killSignal: 'SIGKILL',
  } as const;
}

/** On one line. A process that could not even be started has no streams. */
function whatItSaid(result: { readonly stderr?: string | undefined; readonly originalMessage?: string | undefined }) {
  return (result.stderr?.trim() || (result.originalMessage ?? 'no reason given')).replace(/\s+/g, ' ');
}

async function findBlocker(): Promise<string | null> {
  const blockers = [
    ['user/max_user_namespaces', '0'],
    ['kernel/unprivileged_userns_clone', '0'],
    ['kernel/apparmor_restrict_unprivileged_userns', '1'],
  ] as const;
  for (const [name, value] of blockers) {
    const found = await readFile(`/proc/sys/${name}`, 'utf8').catch(() => '');
    if (found.trim() === value) return `${name.replace('/', '.')} is ${value}`;
  }
  return null;
}
