import { posix } from 'node:path';
import { isOutside } from './paths.ts';
import type { Call } from './reader.ts';
import type { Term } from './words.ts';

/** The first word of a call that names a file outside of the box, as far as can be told without running it. */
export function findOutsideArgument(call: Call, box: string): Term | null {
  const { directory, program } = call;
  // A name without a slash is looked up in PATH, not in the directory.
  const isPath = call.name.start.includes('/');
  if (isPath && isOutside(call.name, { box, directory, isWritten: false })) return call.name;
  const isWritten = WRITERS.has(program ?? '');
  return fileArguments(call).find((term) => isOutside(term, { box, directory, isWritten })) ?? null;
}

/** Every operand of these is a file, and they change it. */
const WRITERS = new Set('mkdir mkfifo mv rm rmdir shred tee touch truncate unlink'.split(' '));

/** Every operand of these is a file or harmless to take for one. */
const READERS = new Set(
  (
    '. b2sum base64 bat cat cd cksum cmp comm cp diff dir du exa fold file head hexdump install less link ' +
    'ls md5sum more nl od paste pushd readlink realpath rev sha1sum sha256sum sha512sum shuf sort source stat ' +
    'strings tac tail tree uniq vdir wc xxd zcat'
  ).split(' '),
);

/** The first operand of these is a pattern or a program, the others are files. */
const PATTERN_FIRST = new Set('ack ag awk egrep fgrep gawk grep jq mawk rg sed yq zgrep'.split(' '));

/** Their operands are text, however much it looks like a path. */
const TEXT = new Set(
  (
    '[ alias basename date declare dirname echo exit export expr false let local logger printf pwd read readonly ' +
    'return seq set shift sleep test tr true type typeset unset which yes'
  ).split(' '),
);

function fileArguments({ program, args }: Call): readonly Term[] {
  if (program === null || TEXT.has(program)) return [];
  if (program === 'find') return findArguments(args);
  if (program === 'ln') return linkArguments(args);
  if (program === 'csplit') return args.filter((term) => !isOption(term)).slice(0, 1);
  const operands = args.filter((term) => !isOption(term));
  if (WRITERS.has(program) || READERS.has(program)) return [...operands, ...optionPaths(args)];
  if (PATTERN_FIRST.has(program)) return filesAfterPattern(program, args);
  return [...operands.filter(climbs), ...optionPaths(args)];
}

// A pattern or program that an option brings takes the place of the first operand.
function filesAfterPattern(program: string, args: readonly Term[]): readonly Term[] {
  const brings = /^(?:-[a-zA-Z]*[ef]|--(?:expression|regexp|file))$/;
  const valued = program.endsWith('awk') ? /^-[Fv]$/ : /^-[mABC]$/;
  const operands = args.filter((term, index) => {
    const before = args[index - 1]?.start ?? '';
    return !isOption(term) && !brings.test(before) && !valued.test(before);
  });
  const isBrought = args.some(({ start }) => brings.test(start) || /^--(?:expression|regexp|file)=/.test(start));
  return isBrought ? operands : operands.slice(1);
}

// What follows the starting points are tests, among them patterns for paths.
function findArguments(args: readonly Term[]): readonly Term[] {
  const firstTest = args.findIndex((term) => isOption(term) || term.value === '(' || term.value === '!');
  if (firstTest === -1) return args;
  return [...args.slice(0, firstTest), ...args.slice(firstTest).filter(({ start }) => start.startsWith('../'))];
}

// A symbolic link's target starts from the link. Its last operand may be the link or the directory that gets it.
function linkArguments(args: readonly Term[]): readonly Term[] {
  const operands = args.filter((term) => !isOption(term));
  const isSymbolic = args.some(({ start }) => /^(?:-[a-zA-Z]*s|--symbolic$)/.test(start));
  const link = operands.at(-1);
  if (!isSymbolic || link === undefined || operands.length === 1) return operands;
  return [...operands.slice(0, -1).map((target) => fromLink(target, link)), link];
}

function fromLink(target: Term, link: Term): Term {
  if (link.value === null || target.start.startsWith('/')) return target;
  const base = posix.basename(target.start) === '..' ? posix.dirname(link.value) : link.value;
  return { ...target, start: posix.join(base, target.start) };
}

function isOption({ start }: Term): boolean {
  return /^-./s.test(start);
}

/** `--file=../x`, `if=../x`: of programs that nobody listed, only what climbs is taken for a path. */
function optionPaths(args: readonly Term[]): readonly Term[] {
  return args
    .filter(({ start }) => /^(?:-|[a-z]+=)/.test(start))
    .map((term) => ({ ...term, start: term.start.slice(term.start.indexOf('=') + 1) }))
    .filter(climbs);
}

/** Places of the host that nothing in the jail is for, so that a word that begins so is a path. */
const HOST_PLACE = /^\/(?:boot|home|media|mnt|opt|root|run|srv|sys|usr\/local|var)\//;

function climbs({ start }: Term): boolean {
  return start === '..' || ((start.startsWith('../') || HOST_PLACE.test(start)) && !/\s/.test(start));
}
