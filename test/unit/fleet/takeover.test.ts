import { expect, test } from 'vitest';
import type { Deployment } from '../../../src/fleet/client.ts';
import { heirOf, heirPath } from '../../../src/fleet/takeover.ts';

const north = deployment('north', 'http://n:1');
const south = deployment('south', 'http://s:1');
const west = deployment('west', 'http://w:1');

test('the heir of a silent host is the next living one by name, and the first after the last', () => {
  expect(heirOf('north', [north, south, west], silent('http://n:1'))).toBe('south');
  expect(heirOf('south', [north, south, west], silent('http://s:1'))).toBe('west');
  expect(heirOf('west', [north, south, west], silent('http://w:1'))).toBe('north');
});

test('a host that is silent as well inherits nothing', () => {
  expect(heirOf('north', [north, south, west], silent('http://n:1', 'http://s:1'))).toBe('west');
});

test('a host that lives at another address inherits from itself', () => {
  const again = deployment('north', 'http://n:2');
  expect(heirOf('north', [north, south, again], silent('http://n:1'))).toBe('north');
});

test('when the heir dies too, what it had inherited goes on to the next', () => {
  const inherited = deployment('north', heirPath('http://s:1', 'north'));
  expect(heirOf('north', [inherited, south, west], silent('http://s:1'))).toBe('west');
});

test('nobody inherits when nobody lives', () => {
  expect(heirOf('north', [north, south], () => true)).toBe(null);
});

function deployment(host: string, uri: string): Deployment {
  return { id: uri, uri, hosts: [host] };
}

function silent(...origins: readonly string[]) {
  return (uri: string) => origins.some((origin) => uri.startsWith(origin));
}
