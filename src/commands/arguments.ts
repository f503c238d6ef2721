import { parseArgs } from 'node:util';
import { flagOf, isSwitch, type SettingName, settingNames } from '../config.ts';
import type { Command } from './command.ts';

export interface Arguments {
  readonly settings: ReadonlyMap<SettingName, string>;
  readonly flags: ReadonlyMap<string, string>;
  readonly words: readonly string[];
  /** Every fault, each in one line. */
  readonly problems: readonly string[];
}

/** Reads what stands after the command's name. Total: whatever is wrong is listed, and nothing is thrown. */
export function parseArguments(command: Command, argv: readonly string[]): Arguments {
  const settingByFlag = new Map(command.settings.map((name) => [flagOf(name).slice(2), name]));
  const switches = new Set([
    ...commonFlags,
    ...command.flags.filter((flag) => !flag.value).map(({ name }) => name),
    ...[...settingByFlag].filter(([, name]) => isSwitch(name)).map(([flag]) => flag),
  ]);
  const valued = [
    'config',
    ...command.flags.filter((flag) => flag.value).map(({ name }) => name),
    ...settingByFlag.keys(),
  ];
  const settings = new Map<SettingName, string>();
  const flags = new Map<string, string>();
  const words: string[] = [];
  const problems: string[] = [];
  for (const token of tokensOf(argv, switches, valued)) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const setting = settingByFlag.get(name);
    if (!switches.has(name) && !valued.includes(name)) problems.push(unknownFlag(rawName, command));
    else if (switches.has(name)) {
      if (setting) settings.set(setting, value ?? 'true');
      else if (value === undefined) flags.set(name, '');
      else problems.push(`${rawName}: takes no value, got ${JSON.stringify(value)}`);
    } else if (value === undefined || (!inlineValue && value.startsWith('--')))
      problems.push(`${rawName}: needs a value`);
    else if (setting) settings.set(setting, value);
    else flags.set(name, value);
  }
  if (!command.takesCommandLine && words.length > command.maxWords) {
    const extra = words.slice(command.maxWords).map((word) => JSON.stringify(word));
    problems.push(`${extra.join(' ')}: one word too many. Put text with spaces in quotes.`);
  }
  return { settings, flags, words, problems };
}

/** The flags every command has. */
export const commonFlags = ['help'] as const;

function tokensOf(argv: readonly string[], switches: ReadonlySet<string>, valued: readonly string[]) {
  const options: Record<string, { type: 'boolean' | 'string'; short?: string }> = {};
  for (const name of switches) options[name] = { type: 'boolean' };
  for (const name of valued) if (!switches.has(name)) options[name] = { type: 'string' };
  // A setting of another command is refused, but its value is not taken for a word.
  for (const name of settingNames()) {
    options[flagOf(name).slice(2)] ??= { type: isSwitch(name) ? 'boolean' : 'string' };
  }
  options['help'] = { type: 'boolean', short: 'h' };
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function unknownFlag(rawName: string, command: Command): string {
  const elsewhere = settingNames().some((name) => flagOf(name) === rawName);
  const why = elsewhere ? `is no flag of gyre ${command.name}` : 'is no flag';
  const near = nearest(rawName, [...command.settings.map(flagOf), ...command.flags.map(({ name }) => `--${name}`)]);
  return near ? `${rawName}: ${why}. Did you mean ${near}?` : `${rawName}: ${why}`;
}

/** The candidate that is at most two typing errors away, if there is one. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  return ranked.filter(({ distance }) => distance <= 2).sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
