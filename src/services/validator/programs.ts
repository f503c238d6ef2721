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
  const groups = new Map<string, Omit<ProgramGroup, 'names'>>();
  for (const group of DENIED_GROUPS) for (const name of group.names) groups.set(name, group);
  const allow = new Set(options.allow);
  const deny = new Set(options.deny);
  return (program) => {
    const names = namesOf(program);
    // What the settings say of any of its names goes before what the list says of another.
    const set = names.find((name) => deny.has(name) || allow.has(name));
    if (set !== undefined) return deny.has(set) ? { name: set, group: groups.get(set) ?? BY_SETTING } : null;
    const name = names.find((name) => groups.has(name));
    const group = name === undefined ? undefined : groups.get(name);
    return name === undefined || group === undefined ? null : { name, group };
  };
}

const BY_SETTING: Omit<ProgramGroup, 'names'> = {
  what: 'on the list of denied programs in the settings',
  advice: 'The person who runs you does not want it used. Use another program.',
};

/** No program on any list has a longer name. */
const MAX_NAME_LENGTH = 64;

const MACHINE = /^(?:x86_64|aarch64|arm|i[3-6]86|riscv64|powerpc64le|s390x)(?:-[a-z0-9_]+)*-(?:gnu|musl)[a-z0-9]*-/;
const ENDING =
  /(?:-(?:x86_64|aarch64|arm|i[3-6]86|riscv64|powerpc64le|s390x)-linux-(?:gnu|musl)[a-z0-9]*|[-.]?[0-9]+|[-.](?:basic|bfd|dbg|distrib|exe|gtk3?|nox|openbsd|posix|real|tiny|traditional))$/;

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
