import { access, readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { JAIL_ID } from './identity.ts';

export interface Refusal {
  readonly ok: false;
  readonly reason: string;
  /** How to get the full jail: the next thing to type. */
  readonly cure: string;
}

export type Probe = { readonly ok: true } | Refusal;

export const INSTALL_BUBBLEWRAP = 'sudo apt-get install bubblewrap   (or the package "bubblewrap" of your system)';

/**
 * Whether a process that is not root can make the namespaces that a jail is made of. Takes a few milliseconds, and
 * needs no bubblewrap. When gyre is root, it asks as the jail's own uid.
 */
export async function probeUserNamespaces(): Promise<Probe> {
  if (process.platform !== 'linux') return notLinux('user namespaces are a feature of Linux');
  const args = ['--user', '--map-root-user', '--mount', '--net', '--pid', '--fork', '/bin/true'];
  const trial = await execa('/usr/bin/unshare', args, quiet());
  if (trial.exitCode === 0) return { ok: true };
  const blocker = await findBlocker();
  const reason = `the kernel refuses user namespaces (${blocker?.cause ?? whatItSaid(trial)})`;
  return { ok: false, reason, cure: blocker?.cure ?? CONTAINER_CURE };
}

/** Whether there is a bubblewrap that can start something here. Not yet whether its jail holds. */
export async function probeBubblewrap(): Promise<
  { readonly ok: true; readonly path: string; readonly version: string } | Refusal
> {
  if (process.platform !== 'linux') return notLinux('bubblewrap is a program for Linux');
  const path = await findBubblewrap();
  if (path === null) return { ok: false, reason: 'bubblewrap is not installed', cure: INSTALL_BUBBLEWRAP };
  const [{ stdout }, trial] = await Promise.all([
    execa(path, ['--version'], quiet()),
    execa(path, ['--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '/bin/true'], quiet()),
  ]);
  const version = /(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (trial.exitCode !== 0) {
    const namespaces = await probeUserNamespaces();
    if (!namespaces.ok) return namespaces;
    return { ok: false, reason: `bubblewrap does not start (${whatItSaid(trial)})`, cure: CONTAINER_CURE };
  }
  if (version === undefined) {
    return { ok: false, reason: `${path} does not tell its version`, cure: INSTALL_BUBBLEWRAP };
  }
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

/** The settings and filters that refuse user namespaces, each with what takes it away. */
const BLOCKERS = [
  {
    setting: 'user/max_user_namespaces',
    value: '0',
    cure: 'sudo sysctl user.max_user_namespaces=15000',
  },
  {
    setting: 'kernel/unprivileged_userns_clone',
    value: '0',
    cure: 'sudo sysctl kernel.unprivileged_userns_clone=1',
  },
  {
    setting: 'kernel/apparmor_restrict_unprivileged_userns',
    value: '1',
    cure:
      'sudo cp docs/jail/gyre-bwrap /etc/apparmor.d/ && sudo apparmor_parser -r /etc/apparmor.d/gyre-bwrap' +
      '   (the AppArmor profile for bubblewrap, on Ubuntu 24.04 and later)',
  },
] as const;

const CONTAINER_CURE =
  'docker run --security-opt seccomp=docs/jail/docker-seccomp.json --security-opt apparmor=unconfined' +
  ' --security-opt systempaths=unconfined …   (or run gyre outside of the container; docs/jail/README.md)';

async function findBlocker(): Promise<{ readonly cause: string; readonly cure: string } | null> {
  for (const { setting, value, cure } of BLOCKERS) {
    const found = await readFile(`/proc/sys/${setting}`, 'utf8').catch(() => '');
    if (found.trim() === value) return { cause: `${setting.replace('/', '.')} is ${value}`, cure };
  }
  const status = await readFile('/proc/self/status', 'latin1').catch(() => '');
  return /^Seccomp:\s*2$/m.test(status)
    ? { cause: 'a system call filter, such as that of Docker', cure: CONTAINER_CURE }
    : null;
}

function notLinux(reason: string): Refusal {
  return { ok: false, reason, cure: 'gyre doctor --sandbox auto' };
}
