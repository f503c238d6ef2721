import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseDecision } from '../../src/protocol/decision.ts';

interface Intent {
  readonly id: string;
  readonly kind: 'print' | 'effect';
  readonly wordings: readonly string[];
  readonly commands: readonly string[];
  readonly notes: readonly string[];
}

const intents = readdirSync('training/intents').flatMap((name) =>
  readFileSync(`training/intents/${name}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Intent => JSON.parse(line)),
);
const wordings = intents.flatMap((intent) => intent.wordings);

test('there are 500 intents or more, each with 15 wordings or more, and none of them twice', () => {
  expect(intents.length).toBeGreaterThanOrEqual(500);
  expect(intents.filter((intent) => intent.wordings.length < 15).map(({ id }) => id)).toEqual([]);
  expect(new Set(intents.map(({ id }) => id)).size).toBe(intents.length);
  expect(twiceIn(wordings.map((wording) => wording.toLowerCase()))).toEqual([]);
  expect(twiceIn(intents.map(({ commands }) => commands.join('\n')))).toEqual([]);
});

test('every wording says everything that the command needs', () => {
  const silent = intents.flatMap(({ id, wordings, commands }) => {
    const needed = slotsOf(commands.join(' ')).filter((slot) => slot !== 'loc' && slot !== 'in');
    return wordings
      .filter((wording) => needed.some((slot) => !slotsOf(wording).includes(slot)))
      .map((text) => [id, text]);
  });
  expect(silent).toEqual([]);
});

test('no wording is the goal of a task that gyre is measured with', () => {
  const goals = readdirSync('bench/tasks')
    .filter((name) => name.endsWith('.json'))
    .map((name) => plain(JSON.parse(readFileSync(`bench/tasks/${name}`, 'utf8')).goal));
  expect(goals.length).toBeGreaterThan(40);
  const fixed = new Set(wordings.map((wording) => plain(wording)));
  expect(goals.filter((goal) => fixed.has(goal))).toEqual([]);
});

test('about a tenth of the intents and of the wordings are held out, the same ones every time', () => {
  const held = (split: string) => new Set(worldsOf('--split', split).map(({ intent }) => intent)).size / intents.length;
  expect(held('intents')).toBeGreaterThan(0.05);
  expect(held('intents')).toBeLessThan(0.15);
  const [trained, others] = [worldsOf('--split', 'train'), worldsOf('--split', 'intents')];
  const inBoth = trained.filter(({ intent }) => others.some((other) => other.intent === intent));
  expect(inBoth).toEqual([]);
  const all = trained.length + others.length + worldsOf('--split', 'wordings').length;
  expect(all).toBe(wordings.length);
});

test('every intent does in the jail what it says, in two worlds each, of twenty worlds at most one left out', () => {
  for (const split of ['train', 'intents']) {
    const worlds = worldsOf('--split', split, '--each', '2');
    const input = worlds.map((world) => `${JSON.stringify(world)}\n`).join('');
    const { stdout, stderr, status } = spawnSync(process.execPath, ['training/turns.mjs'], {
      input,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    const turns = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const played = new Set(turns.map(({ intent }) => intent));
    // Without its file a command may still end well: then the world is no example.
    const whole = worlds.filter(({ missing }) => missing === null);
    expect(whole.map(({ intent }) => intent).filter((id) => !played.has(id))).toEqual([]);
    const [first] = turns;
    expect(first.messages[0]).toMatchObject({ role: 'system' });
    expect(first.messages.at(-1).text).toMatch(/^Goal: .*\n.*Files: /s);
    expect(turns.filter(({ answer }) => !parseDecision(answer).ok)).toEqual([]);
    // Held-out worlds are asked for their goal and nothing else.
    const kinds: readonly string[] = turns.flatMap((turn) => turn.kinds);
    const others = ['run-after', 'sleep', 'missing', 'stop'].map((kind) => kinds.includes(kind));
    expect(others).toEqual(split === 'train' ? [true, true, true, true] : [false, false, false, true]);
  }
});

function worldsOf(...args: readonly string[]): { intent: string; missing: string | null }[] {
  const text = execFileSync('python3', ['training/worlds.py', ...args], { encoding: 'utf8', maxBuffer: 2 ** 30 });
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function slotsOf(text: string): string[] {
  return [...text.matchAll(/\{([a-z]+[0-9]?)\}/g)].map(([, slot]) => slot ?? '');
}

function plain(goal: string): string {
  return goal
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
}

function twiceIn(items: readonly string[]): string[] {
  const seen = new Set<string>();
  return items.filter((item) => seen.size === seen.add(item).size);
}
