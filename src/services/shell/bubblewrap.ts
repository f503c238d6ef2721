import { preludeEnvironment } from './prelude.ts';

/** Where commands see the box, and the directory of a check. */
export const BOX = '/sandbox';
export const CHECK = '/check';
/** The uid and gid that commands see themselves run as. */
export const SEEN_UID = 1000;

/** What differs between machines. Found out once, when the jail is opened. */
export interface JailFacts {
  /** `--disable-userns`: from bubblewrap 0.8.0 on. */
  readonly canDisableUserns: boolean;
  /** Top-level directories of programs and libraries: a link's target below `/`, or null for a real directory. */
  readonly roots: ReadonlyMap<string, string | null>;
}

/** Descriptors that bwrap reads from; each is read to its end. */
export interface JailDescriptors {
  readonly passwd: number;
  readonly group: number;
  /** The first of as many as there are masks. */
  readonly masks: number;
  readonly seccomp: number | null;
}

export interface JailMounts {
  readonly box: string;
  /** `source` is where it is now, `own` the path that it should have inside as well. */
  readonly check: { readonly source: string; readonly own: string } | null;
  /** What the commands get as /usr. */
  readonly usr: string;
}

/**
 * The arguments of bwrap for one command: a root that holds `/usr` read-only, the box, and nothing else of this machine;
 * each of `masks`, files of programs by their real paths, is covered by what its descriptor gives;
 * no network, no other processes, no capabilities, nothing of the environment but what is set here.
 */
export function jailArguments(
  facts: JailFacts,
  descriptors: JailDescriptors,
  masks: readonly string[],
  mounts: JailMounts,
): string[] {
  return [
    ...['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    ...(facts.canDisableUserns ? ['--disable-userns'] : []),
    ...['--uid', String(SEEN_UID), '--gid', String(SEEN_UID), '--hostname', 'sandbox'],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ...Object.entries({ ...jailEnvironment, ...preludeEnvironment(BOX) }).flatMap(([name, value]) => [
      '--setenv',
      name,
      value,
    ]),
    ...['--ro-bind', mounts.usr, '/usr', '--size', String(1 * MIB), '--tmpfs', '/usr/local'],
    ...[...facts.roots].flatMap(([root, target]) =>
      target === null ? ['--ro-bind', root, root] : ['--symlink', target, root],
    ),
    ...masks.flatMap((path, index) => [
      ...['--perms', '0555', '--ro-bind-data', String(descriptors.masks + index), path],
    ]),
    ...['--dir', '/etc', '--chmod', '0755', '/etc'],
    ...VISIBLE_IN_ETC.flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--perms', '0444', '--file', String(descriptors.passwd), '/etc/passwd'],
    ...['--perms', '0444', '--file', String(descriptors.group), '/etc/group'],
    // The second one because bwrap, when root started it, leaves /proc/sys writable.
    ...['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys'],
    ...['--dev', '/dev', '--size', String(SHM_BYTES), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--size', String(TMP_BYTES), '--tmpfs', '/tmp'],
    ...(mounts.check ? checkMounts(mounts.check) : []),
    ...['--bind', mounts.box, BOX, '--remount-ro', '/', '--chdir', BOX],
    ...(descriptors.seccomp === null ? [] : ['--seccomp', String(descriptors.seccomp)]),
    '--',
  ];
}

const MIB = 1024 * 1024;
const SHM_BYTES = 16 * MIB;
const TMP_BYTES = 64 * MIB;
/** How large the directories are that commands have in memory: /dev/shm and /tmp. */
export const JAIL_TMPFS_BYTES: readonly number[] = [SHM_BYTES, TMP_BYTES];

/** The passwd and group files that commands see. */
export const PASSWD = `sandbox:x:${SEEN_UID}:${SEEN_UID}::${BOX}:/bin/bash\n`;
export const GROUP = `sandbox:x:${SEEN_UID}:\n`;

/** All that a command's environment holds, besides what bash itself sets. */
export const jailEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/bin:/bin',
  HOME: BOX,
  LANG: 'C.UTF-8',
  TERM: 'dumb',
  TMPDIR: '/tmp',
  SHELL: '/bin/bash',
};

const VISIBLE_IN_ETC = ['/etc/alternatives', '/etc/ld.so.cache', '/etc/localtime'];
/** What the jail itself mounts: a check's directory in there is only seen at /check. */
const OWN_PLACES = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/proc',
  '/dev',
  '/etc',
  BOX,
  CHECK,
];

function checkMounts(check: { source: string; own: string }): string[] {
  const { source, own } = check;
  const collides = ['/', '/tmp'].includes(own) || OWN_PLACES.some((place) => `${own}/`.startsWith(`${place}/`));
  return ['--ro-bind', source, CHECK, ...(collides ? [] : ['--ro-bind', source, own])];
}
