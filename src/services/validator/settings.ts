import type { Assignment, For, ParameterExpansionPart, Select, SyntaxNode } from 'unbash';
import type { Setting } from './assignments.ts';
import { cut } from './option-scripts.ts';
import { fixedTerm, type Term, toTerm } from './words.ts';

/** The variables that a node sets by itself, without its children. */
export function settingsOfNode(node: SyntaxNode): readonly Setting[] {
  switch (node.type) {
    case 'Assignment':
      return settingsOfAssignment(node);
    case 'For':
    case 'Select':
      return settingsOfLoop(node);
    case 'ParameterExpansion':
      return settingsOfExpansion(node);
    default:
      return [];
  }
}

/** The variables that a program sets: `read x`, `printf -v x`, `export "x=1"`, `env x=1`. */
export function settingsOfCall(program: string, args: readonly Term[]): readonly Setting[] {
  switch (program) {
    case 'env':
    case 'sudo':
      return args.flatMap(settingOfWord);
    case 'export':
    case 'declare':
    case 'typeset':
    case 'local':
    case 'readonly':
      return declared(args);
    case 'read':
      return operandsOf(args, /^-[a-zA-Z]*[dinNptu]$/).map((term) => unknown(term.start, term.text));
    case 'mapfile':
    case 'readarray':
      return operandsOf(args, /^-[a-zA-Z]*[dnOsucC]$/).map((term) => unknown(term.start, term.text));
    case 'getopts':
      return args.slice(1, 2).map((term) => unknown(term.start, term.text));
    case 'printf':
      return args.flatMap(({ value }, index) => {
        const name =
          value === '-v' ? args[index + 1]?.start : index === 0 ? /^-v(.+)/s.exec(value ?? '')?.[1] : undefined;
        return name === undefined ? [] : [printed(name, args.slice(value === '-v' ? index + 2 : index + 1))];
      });
    default:
      return [];
  }
}

function settingsOfAssignment({ name, value, text }: Assignment): readonly Setting[] {
  if (value.type === 'Word') return [{ name, value: toTerm(value), text }];
  return value.elements.map((element) => ({ name, value: toTerm(element), text }));
}

function settingsOfLoop({ name, wordlist }: For | Select): readonly Setting[] {
  if (wordlist === undefined) return [unknown(name.value, name.text)];
  return wordlist.map((word) => ({ name: name.value, value: toTerm(word), text: name.text }));
}

function settingsOfExpansion({ parameter, operation, text }: ParameterExpansionPart): readonly Setting[] {
  if (operation?.type !== 'Default' || !operation.operator.includes('=')) return [];
  return [{ name: parameter, value: toTerm(operation.operand), text }];
}

// A reference writes through to the variable that it names.
function declared(args: readonly Term[]): readonly Setting[] {
  const isReference = args.some(({ start }) => /^-[a-zA-Z]*n/.test(start));
  return args.flatMap((term) => {
    const settings = settingOfWord(term);
    return isReference
      ? [...settings, ...settings.map(({ value }) => unknown(value?.start ?? '', term.text))]
      : settings;
  });
}

function settingOfWord(term: Term): readonly Setting[] {
  const found = /^([\w%]+)(?:\[[^\]]*\])?\+?=/.exec(term.start);
  return found?.[1] === undefined ? [] : [{ name: found[1], value: cut(term, found[0].length), text: term.text }];
}

function printed(name: string, [format, ...values]: readonly Term[]): Setting {
  const isPlain = format !== undefined && values.length === 0 && !/[%\\]/.test(format.start);
  return isPlain ? { name, value: format, text: name } : unknown(name, name);
}

function unknown(name: string, text: string): Setting {
  return { name: name.replace(/\[.*/s, ''), value: null, text };
}

function operandsOf(args: readonly Term[], valued: RegExp): readonly Term[] {
  return args.filter((term, index) => !/^-/.test(term.start) && !valued.test(args[index - 1]?.start ?? ''));
}

/** Text in quotes that bash expands when it counts with it: `x='a[$(ls)]'; echo $((x))`. */
export function hiddenScript(text: string): Term | null {
  const bracket = text.indexOf('[');
  if (bracket === -1 || !/\$\(|`/.test(text.slice(bracket))) return null;
  const script = `: <<_\n${text}\n_\n`;
  return fixedTerm(script, script);
}
