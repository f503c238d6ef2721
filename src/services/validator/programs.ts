/** Programs that are denied for one and the same reason. */
interface ProgramGroup {
  readonly names: readonly string[];
  /** What they are, after "is". */
  readonly what: string;
  /** Why they are denied, and what to do instead: for the model. */
  readonly advice: string;
}

/** What the policy denies by default: the original's list, with the names under which the same programs also go. */
export const DENIED_GROUPS: readonly ProgramGroup[] = [
  {
    names: [
      ...['curl', 'wget', 'ssh', 'scp', 'rsync', 'nc', 'netcat', 'socat'],
      ...['nc.openbsd', 'nc.traditional', 'ncat', 'sftp'],
    ],
    what: 'a networking program',
    advice: 'There is no network here. Work with the files in the sandbox.',
  },
  {
    names: ['python', 'python3', 'node', 'bun', 'deno', 'nodejs'],
    what: 'an interpreter',
    advice: 'Interpreters are switched off. Use shell tools such as awk, sed, grep, sort, cut and tr.',
  },
  {
    names: ['kill', 'pkill', 'killall', 'reboot', 'shutdown', 'halt', 'poweroff'],
    what: 'a program that controls processes or the machine',
    advice: 'Processes end by themselves when your command ends. Use timeout to bound a command.',
  },
  {
    names: ['chown', 'chmod', 'chgrp', 'sudo', 'su'],
    what: 'a program that changes permissions or users',
    advice: 'Files that you make are already yours. To run a script use: bash FILE',
  },
];

const BY_SETTING: Omit<ProgramGroup, 'names'> = {
  what: 'on the list of denied programs in the settings',
  advice: 'The person who runs you does not want it used. Use another program.',
};

/** Says what is wrong with a program; null when nothing is. */
export type FindDenied = (
  program: string,
) => { readonly name: string; readonly group: Omit<ProgramGroup, 'names'> } | null;

/**
 * Looks programs up by name. A name with a version is also looked up without it: what counts for `python3` counts for
 * `python3.11`, unless that is named itself. A name that is both allowed and denied is denied.
 */
export function createProgramList(options: {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}): FindDenied {
  const groups = new Map<string, Omit<ProgramGroup, 'names'> | null>();
  for (const group of DENIED_GROUPS) for (const name of group.names) groups.set(name, group);
  for (const name of options.allow) groups.set(name, null);
  for (const name of options.deny) groups.set(name, groups.get(name) ?? BY_SETTING);
  return (program) => {
    for (const name of namesOf(program)) {
      const group = groups.get(name);
      if (group === null) return null;
      if (group !== undefined) return { name, group };
    }
    return null;
  };
}

/** No program on any list has a longer name. */
const MAX_NAME_LENGTH = 64;

/** `python3.11`, `python3`, `python`. */
function namesOf(program: string): readonly string[] {
  if (program.length > MAX_NAME_LENGTH) return [program];
  const names = [program];
  for (let name = program; ; ) {
    const shorter = name.replace(/[-.]?[0-9]+$/, '');
    if (shorter === name || shorter === '') return names;
    names.push(shorter);
    name = shorter;
  }
}
