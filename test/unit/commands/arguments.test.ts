import { expect, test } from 'vitest';
import { nearest, parseArguments } from '../../../src/commands/arguments.ts';
import type { Command } from '../../../src/commands/command.ts';

test('flags, settings and words are told apart', () => {
  expect(parse(['--max-iterations', '3', '--approve', 'a goal', '--json', '--sandbox=none'])).toEqual({
    settings: { maxIterations: '3', approve: 'true', sandbox: 'none' },
    flags: { json: '' },
    words: ['a goal'],
    problems: [],
  });
});

test('a switch takes a value after an equals sign', () => {
  expect(parse(['--approve=off']).settings).toEqual({ approve: 'off' });
});

test('a negative number is a value, another flag is not', () => {
  expect(parse(['--max-iterations', '-1']).settings).toEqual({ maxIterations: '-1' });
  expect(parse(['--max-iterations', '--json']).problems).toEqual(['--max-iterations: needs a value']);
  expect(parse(['--max-iterations']).problems).toEqual(['--max-iterations: needs a value']);
});

test('every fault is listed', () => {
  expect(parse(['--aprove', '--color=x', '--state-dir', 'd', '--json=1', 'one', 'two']).problems).toEqual([
    '--aprove: is no flag. Did you mean --approve?',
    '--color: is no flag',
    '--state-dir: is no flag of gyre test',
    '--json: takes no value, got "1"',
    '"two": one word too many. Put text with spaces in quotes.',
  ]);
});

test('after two dashes everything is a word', () => {
  expect(parse(['--json', '--', 'ls', '--all', '-l'], { takesCommandLine: true }).words).toEqual(['ls', '--all', '-l']);
});

test('a name is guessed when it is at most two typing errors away', () => {
  expect(nearest('rnu', ['run', 'exec'])).toBe('run');
  expect(nearest('paint', ['run', 'exec'])).toBeUndefined();
});

function parse(argv: string[], more: Partial<Command> = {}) {
  const command: Command = {
    name: 'test',
    usage: '',
    about: '',
    settings: ['maxIterations', 'approve', 'sandbox'],
    flags: [{ name: 'json', about: '' }],
    examples: [],
    maxWords: 1,
    run: async () => 0,
    ...more,
  };
  const { settings, flags, words, problems } = parseArguments(command, argv);
  return { settings: Object.fromEntries(settings), flags: Object.fromEntries(flags), words, problems };
}
