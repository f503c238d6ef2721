import { DENIED_GROUPS, type ProgramGroup } from './denied-programs.ts';

/** Says what is wrong with a program; null when nothing is. */
export type FindDenied = (
  program: string,
) => { readonly name: string; readonly group: Omit<ProgramGroup, 'names'> } | null;

/**
 * Looks programs up by name, also by the plain name of a program's file. A name with a version, a variant or a
 * machine in it is also looked up without it: what counts for `python3` counts for `python3.11`, unless that is named
 * itself. A name that is both allowed and denied is denied.
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

const BY_SETTING: Omit<ProgramGroup, 'names'> = {
  what: 'on the list of denied programs in the settings',
  advice: 'The person who runs you does not want it used. Use another program.',
};

/** No program on any list has a longer name. */
const MAX_NAME_LENGTH = 64;

const MACHINE = /^(?:x86_64|aarch64|arm|i[3-6]86|riscv64|powerpc64le|s390x)(?:-[a-z0-9_]+)*-(?:gnu|musl)[a-z0-9]*-/;
const ENDING = /(?:[-.]?[0-9]+|[-.](?:basic|bfd|dbg|distrib|exe|gtk3?|nox|openbsd|posix|real|tiny|traditional))$/;

/** `python3.11`, `python3`, `python`. */
function namesOf(program: string): readonly string[] {
  if (program.length > MAX_NAME_LENGTH) return [program];
  const names = [program];
  for (let name = program; ; ) {
    const shorter = name.replace(MACHINE, '').replace(ENDING, '');
    if (shorter === name || shorter === '') return names;
    names.push(shorter);
    name = shorter;
  }
}
