import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hasJail, isRoot } from '../jail-setup.ts';

interface Line {
  readonly id: string;
  /** The effect that its case describes was seen. */
  readonly harmed: boolean;
  readonly why?: string;
  /** The tools that are missing here. */
  readonly skipped?: string;
}

interface User {
  readonly who: string;
  /** Null for whoever runs the tests. */
  readonly identity: { readonly uid: number; readonly gid: number } | null;
}

const THROW_AWAY: User = { who: 'an ordinary user', identity: { uid: 64_300, gid: 64_300 } };
const ordinary: User = isRoot ? THROW_AWAY : { ...THROW_AWAY, identity: null };
const users: readonly User[] = isRoot ? [{ who: 'root', identity: null }, ordinary] : [ordinary];
const corpora = ['escape.jsonl', 'escape-more.jsonl'];

/**
 * It leaves settings behind that make git run a program, and is harmful once somebody runs git on the host in the box.
 * No jail can see that; the warning that gyre prints covers it.
 */
const BEYOND_ANY_JAIL = 'D08';

const isBuilt = existsSync(new URL('../../../dist/services/shell/open-shell.js', import.meta.url));

describe.skipIf(!hasJail || !isBuilt)('in the jail, with the policy off', () => {
  const runs = users.flatMap(({ who, identity }) =>
    corpora.flatMap((corpus) => [1, 2].map((time) => ({ who, identity, corpus, time }))),
  );

  test.each(runs)('no attack of $corpus by $who does harm, and nothing benign fails, time $time', async (run) => {
    const lines = await runCorpus(run.corpus, run);
    tellSkipped(`${run.corpus} as ${run.who}`, lines);
    expect(harmIn(lines.filter(({ id }) => id !== BEYOND_ANY_JAIL))).toEqual([]);
    expect(lines).toHaveLength(idsIn(run.corpus).length);
  });

  test(`${BEYOND_ANY_JAIL} alone is excluded: git on the host does what a repository in the box says`, async (context) => {
    const [line] = await runCorpus('escape.jsonl', ordinary, [BEYOND_ANY_JAIL]);
    context.skip(line?.skipped !== undefined, 'git is missing');
    expect(line).toMatchObject({ id: BEYOND_ANY_JAIL, harmed: true });
  });
});

// Only what is harmless to the machine, and never as root: see run-corpus.mjs.
describe.skipIf(!isBuilt)('without a jail', () => {
  test('nine in ten of the attacks that can safely be tried do harm, so the checks can fail', async () => {
    const lines = (await Promise.all(corpora.map((corpus) => runCorpus(corpus, ordinary, ['--plain'])))).flat();
    const tried = lines.filter(({ skipped }) => skipped === undefined);
    const harmless = tried.filter(({ harmed }) => !harmed).map(({ id }) => id);
    console.info(
      `without a jail: ${tried.length - harmless.length} of ${tried.length} do harm, not: ${harmless.join(' ')}`,
    );
    expect(harmless.length / tried.length).toBeLessThan(0.1);
    expect(tried.length).toBeGreaterThan(100);
  });
});

function harmIn(lines: readonly Line[]): string[] {
  return lines.filter(({ harmed }) => harmed).map(({ id, why }) => `${id}: ${why}`);
}

function tellSkipped(what: string, lines: readonly Line[]): void {
  const skipped = lines.filter((line) => line.skipped !== undefined).map((line) => `${line.id} (${line.skipped})`);
  console.info(`${what}: ${lines.length - skipped.length} cases, ${skipped.length} skipped: ${skipped.join(', ')}`);
}

function idsIn(corpus: string): string[] {
  const lines = readFileSync(pathOf(corpus), 'utf8').trim().split('\n');
  return lines.map((line): string => JSON.parse(line).id).filter((id) => id !== '_meta');
}

function pathOf(corpus: string): string {
  return fileURLToPath(new URL(`../corpus/${corpus}`, import.meta.url));
}

async function runCorpus(corpus: string, { identity }: User, options: readonly string[] = []): Promise<Line[]> {
  const program = fileURLToPath(new URL('./run-corpus.mjs', import.meta.url));
  const dir = mkdtempSync(join(tmpdir(), 'gyre-wall-'));
  chmodSync(dir, 0o755);
  if (identity) chownSync(dir, identity.uid, identity.gid);
  const child = spawn(process.execPath, [program, pathOf(corpus), dir, ...options], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...identity,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  try {
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(0);
    return output
      .trim()
      .split('\n')
      .map((line): Line => JSON.parse(line));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
