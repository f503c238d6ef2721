import { expect, test } from 'vitest';
import { isAsciiOnly, toAscii } from '../../../src/commands/ascii.ts';

test.each([
  [{}, false],
  [{ LANG: 'en_GB.UTF-8' }, false],
  [{ LANG: 'C.utf8' }, false],
  [{ LANG: 'C' }, true],
  [{ LANG: 'de_DE.ISO-8859-1' }, true],
  [{ LANG: 'en_GB.UTF-8', LC_ALL: 'POSIX' }, true],
  [{ LANG: 'C', LC_CTYPE: 'en_GB.UTF-8' }, false],
  [{ LANG: 'en_GB.UTF-8', LC_ALL: '' }, false],
])('the locale %j', (env, expected) => {
  expect(isAsciiOnly(env)).toBe(expected);
});

test('our signs become others like them, letters lose their accents, the rest is a question mark', () => {
  expect(toAscii('── 3 of 6 · ✓ exit 0 · 5 ms … → ✗ • 1–2')).toBe('-- 3 of 6 - + exit 0 - 5 ms ... -> x * 1-2');
  expect(toAscii('Zähle 日本 für €5')).toBe('Zahle ?? fur ?5');
  expect(toAscii('\u001b[32mgreen\u001b[39m\n')).toBe('\u001b[32mgreen\u001b[39m\n');
});
