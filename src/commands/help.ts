import { envOf, flagOf, type SettingName, settingRows } from '../config.ts';
import type { Command } from './command.ts';
import type { CommandEntry } from './index.ts';

/** What `gyre --help` prints. */
export function helpOfAll(commands: readonly CommandEntry[], version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return `${[
    `gyre ${version}: a sandboxed, self-looping agent that thinks with a local model.`,
    '',
    'Usage: gyre COMMAND [FLAGS]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Try:',
    '  gyre doctor --fix                       installs what is missing, as far as it can',
    '  gyre run "Sort the files here by year"  starts a run and shows it live',
    '',
    'Every command has --help.',
  ].join('\n')}\n`;
}

/** What `gyre COMMAND --help` prints. */
export function helpOf(command: Command): string {
  const flags = [
    ...command.flags.map(({ name, value, about }) => [`--${name}${value ? ` ${value}` : ''}`, about] as const),
    ['--config FILE', 'The settings file to read instead of the usual one.'] as const,
  ];
  return `${[
    `Usage: gyre ${command.name} ${command.usage}`.trimEnd(),
    '',
    command.about,
    '',
    'Examples:',
    ...command.examples.flatMap(([line, what]) => [`  ${line}`, `      ${what}`]),
    '',
    'Flags:',
    ...columns(flags),
    ...settingsHelp(command.settings),
  ].join('\n')}\n`;
}

function settingsHelp(names: readonly SettingName[]): string[] {
  if (names.length === 0) return [];
  const rows = names.map((name) => {
    const row = settingRows[name];
    const value = 'value' in row ? ` ${row.value}` : 'optionalValue' in row ? `[=${row.optionalValue}]` : '';
    return [`${flagOf(name)}${value}`, `${row.about} [${row.shown}] ${envOf(name)}`] as const;
  });
  return ['', 'Settings, with their default and their environment variable:', ...columns(rows)];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
