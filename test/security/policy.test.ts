import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/machine/types.ts';
import { createValidator } from '../../src/services/validator/validator.ts';

interface Case {
  readonly id: string;
  readonly command: string;
  readonly expect: 'blocked' | 'contained' | 'allowed' | 'denied';
  /** Of a denied one. */
  readonly rule?: string;
}

/** Share of the attacks that the jail has to contain and that the policy stops before. It may only rise. */
const CONTAINED_FLOOR = 0.7;

const validator = createValidator({ allow: [], deny: [] });
const escapes = casesOf('escape');
const own = casesOf('policy');

test('the corpora are whole', () => {
  expect([
    escapes.filter(isExpected('blocked')).length,
    escapes.filter(isExpected('contained')).length,
    escapes.filter(isExpected('allowed')).length,
  ]).toEqual([25, 72, 40]);
  expect(own.filter(isExpected('denied')).length).toBeGreaterThan(150);
  expect(own.filter(isExpected('allowed')).length).toBeGreaterThan(100);
});

test.each(escapes.filter(isExpected('blocked')))('$id may not start', ({ command }) => {
  expect(check(command).kind).toBe('deny');
});

test.each(own.filter(isExpected('denied')))('$id is denied by $rule', ({ command, rule }) => {
  const verdict = check(command);
  expect(verdict.kind === 'deny' ? verdict.rule : null).toBe(rule);
});

test.each([...escapes, ...own].filter(isExpected('allowed')))('$id is harmless and allowed', ({ command }) => {
  expect(check(command)).toEqual({ kind: 'allow' });
});

test('every denial but that of length names the part of the command it fired on', () => {
  const silent = [...escapes, ...own].filter(({ command }) => {
    const verdict = check(command);
    return verdict.kind === 'deny' && verdict.rule !== 'too-long' && (verdict.part ?? '') === '';
  });
  expect(silent.map(({ id }) => id)).toEqual([]);
});

test('most attacks that the jail has to contain are stopped before', () => {
  const attacks = escapes.filter(isExpected('contained'));
  const stopped = attacks.filter(({ command }) => check(command).kind === 'deny').length;
  console.info(`the policy stops ${stopped} of ${attacks.length} attacks that the jail has to contain`);
  expect(stopped / attacks.length).toBeGreaterThanOrEqual(CONTAINED_FLOOR);
});

function isExpected(expected: Case['expect']): (item: Case) => boolean {
  return (item) => item.expect === expected;
}

function check(command: string): Verdict {
  return validator.check(command);
}

/** A corpus, with the places that a real run fills in. */
function casesOf(name: string): readonly Case[] {
  return readFileSync(new URL(`corpus/${name}.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Case => JSON.parse(line))
    .filter(({ id }) => id !== '_meta')
    .map((item) => ({ ...item, command: filledIn(item.command) }));
}

function filledIn(command: string): string {
  return command
    .replaceAll('{{OUT}}', '/home/ana/out')
    .replaceAll('{{BOX}}', '/sandbox')
    .replace(/\{\{U?PORT\}\}/g, '4444');
}
