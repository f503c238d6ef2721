import { type Command, parse, type Redirection, type SyntaxNode } from 'unbash';
import { bodyTerm, fixedTerm, type Term, toTerm } from './words.ts';

/**
 * The text that a command is known to write: what `echo`, `printf` and `cat` with a here-document say. Null when it is
 * known only when the command runs. Empty for a file that is read: a script in a file is nobody's to judge.
 */
export function textFrom(node: SyntaxNode): Term | null {
  if (node.type === 'Redirected') return inputsOf(node.redirects)[0] ?? null;
  if (node.type !== 'Command' || node.name === undefined) return null;
  const program = node.name.value.split('/').at(-1);
  if (program === 'cat' || program === 'tee') {
    return inputsOf(node.redirects)[0] ?? (program === 'cat' && node.args.length > 0 ? NOTHING : null);
  }
  const args = node.args.map(toTerm);
  if (args.some(({ value }) => value === null)) return null;
  const values = args.map(({ value }) => value ?? '');
  const text = program === 'echo' ? echoed(values) : program === 'printf' ? formatted(values) : null;
  return text === null ? null : fixedTerm(text, text);
}

/** The text that comes out of `<(…)`. */
export function textFromSubstitution(text: string): Term | null {
  const script = parse(text.replace(/^<\(/, '').replace(/\)$/, ''));
  const [statement] = script.commands;
  return script.commands.length === 1 && statement !== undefined ? textFrom(statement.command) : null;
}

/** The texts of here-documents and here-strings, and an empty one for a file. */
export function inputsOf(redirects: readonly Redirection[]): readonly Term[] {
  return redirects.flatMap((redirect) => {
    if (redirect.type === 'HereDoc') return [bodyTerm(redirect.body)];
    if (redirect.target === undefined) return [];
    if (redirect.type === 'HereString') return [toTerm(redirect.target)];
    if (redirect.operator !== '<') return [];
    return [redirect.target.text.startsWith('<(') ? textFromSubstitution(redirect.target.text) : NOTHING].flatMap(
      (term) => term ?? [UNKNOWN],
    );
  });
}

const NOTHING = fixedTerm('', '');
const UNKNOWN: Term = { ...NOTHING, text: '<(', value: null, isWhole: false, computed: ['$('] };

/** The files that the output of a command goes to. */
export function outputsOf(command: Command): readonly Term[] {
  const redirected = command.redirects.flatMap((redirect) =>
    redirect.type === 'Redirect' && redirect.operator.includes('>') && redirect.target !== undefined
      ? [toTerm(redirect.target)]
      : [],
  );
  return command.name?.value === 'tee' ? [...redirected, ...command.args.map(toTerm)] : redirected;
}

function echoed(values: readonly string[]): string {
  const first = values.findIndex((value) => !/^-[neE]+$/.test(value));
  const text = first === -1 ? '' : values.slice(first).join(' ');
  return values.slice(0, Math.max(first, 0)).some((value) => value.includes('e')) ? unescaped(text) : text;
}

/** Text that one printf may write here. More than this is nobody's script. */
const MAX_FORMATTED = 16_384;

function formatted(values: readonly string[]): string | null {
  const operands = values[0] === '--' ? values.slice(1) : values;
  const [format = '', ...rest] = operands;
  if (format.startsWith('-v')) return '';
  let text = '';
  do {
    const before = rest.length;
    text += unescaped(format).replace(/%%|%[-+ #0]*[0-9]*(?:\.[0-9]+)?([a-zA-Z])/g, (directive, letter?: string) =>
      letter === undefined ? '%' : directive.endsWith('b') ? unescaped(rest.shift() ?? '') : (rest.shift() ?? ''),
    );
    if (rest.length === before) break;
  } while (rest.length > 0 && text.length <= MAX_FORMATTED);
  return text.length <= MAX_FORMATTED ? text : null;
}

function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|0?([0-7]{1,3})|(.))/gs,
    (_, hex?: string, unicode?: string, octal?: string, letter?: string) => {
      if (letter !== undefined) return { n: '\n', t: '\t', r: '\r', '\\': '\\' }[letter] ?? `\\${letter}`;
      return String.fromCharCode(Number.parseInt(hex ?? unicode ?? octal ?? '', octal === undefined ? 16 : 8));
    },
  );
}
