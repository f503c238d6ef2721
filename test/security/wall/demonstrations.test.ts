import { chown, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listFiles } from '../../../src/services/box/listing.ts';
import { SCENES, type Scene, type Step } from '../../../src/services/model/demonstration-bank.ts';
import { expandScene } from '../../../src/services/model/demonstrations.ts';
import { openShell } from '../../../src/services/shell/open-shell.ts';
import type { Shell } from '../../../src/services/shell/shell.ts';
import { type SceneFixture, sceneFixtures } from '../../fixtures/demonstrations.ts';

// Only Linux has bubblewrap. Elsewhere the commands of the bank are not tried.
const isLinux = process.platform === 'linux';

test('every demonstrated scene has its fixture, and every fixture its scene', () => {
  expect(Object.keys(sceneFixtures).sort()).toEqual(SCENES.map(({ goal }) => goal).sort());
});

describe.skipIf(!isLinux)('in the jail, each scene is what the model is shown, and reaches its goal:', () => {
  let place: string;
  let boxDir: string;
  let shell: Shell;

  beforeAll(async () => {
    place = await realpath(await mkdtemp(join(tmpdir(), 'gyre-scenes-')));
    boxDir = join(place, 'box');
    await mkdir(boxDir);
    shell = await openShell({
      kind: 'bubblewrap',
      boxDir,
      stateDir: join(place, 'state'),
      isDenied: () => false,
      onNotice: () => {},
    });
  });

  afterAll(async () => {
    await shell?.close();
    await rm(place, { recursive: true, force: true });
  });

  test.each(SCENES)('$goal', async (scene) => {
    const fixture = sceneFixtures[scene.goal] ?? {};
    await emptyBox(boxDir);
    await putFiles(boxDir, fixture.files ?? {});
    if (fixture.setup !== undefined) expect(await run(fixture.setup)).toMatchObject({ exitCode: 0, stderr: '' });

    const { before } = scene;
    if (before && 'exitCode' in before) {
      const stderr = withNewline(before.stderr);
      expect(await run(before.run)).toEqual({ exitCode: before.exitCode, stdout: '', stderr });
    }
    if (before && 'timeout' in before) {
      const stdout = withNewline(before.timeout);
      expect(await run(before.run, 500)).toEqual({ exitCode: null, stdout, stderr: '' });
    }
    const start = { ...(await readTree(boxDir)), ...fixture.meanwhile };
    for (const [index, shown] of expandScene(scene).entries()) {
      expect(listFiles(boxDir, '')).toEqual({ files: shown.surroundings.files, filesOmitted: 0 });
      await play(scene.steps[index], fixture);
    }

    const { after = {}, holds } = fixture;
    const changed = listChanges(start, await readTree(boxDir));
    expect(changed.filter((name) => !(name in after))).toEqual([]);
    expect(await readBack(boxDir, after)).toEqual(after);
    if (holds !== undefined) expect(await run(holds)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(leavesTrace(scene, changed) || findsNothing(scene)).toBe(true);
  });

  async function play(step: Step | undefined, fixture: SceneFixture): Promise<void> {
    if (step?.[1] === 'SLEEP') await putFiles(boxDir, fixture.meanwhile ?? {});
    if (step?.[1] !== 'RUN') return;
    const [, , command, , stdout = '', exitCode = 0] = step;
    const shown = withNewline(stdout);
    const result = await run(command);
    if (fixture.printed) {
      expect([shown, result.stdout]).toEqual([
        expect.stringMatching(fixture.printed),
        expect.stringMatching(fixture.printed),
      ]);
    } else {
      const inOrder = fixture.anyOrder ? sortLines : (text: string) => text;
      expect(inOrder(result.stdout)).toBe(inOrder(shown));
    }
    expect([result.exitCode, result.stderr]).toEqual([exitCode, '']);
  }

  async function run(command: string, timeoutMs = 10_000) {
    const { signal } = new AbortController();
    const request = { command, workingDirectory: '', timeoutMs, signal, expectsMore: true };
    const { exitCode, stdout, stderr } = await shell.run(request);
    return { exitCode, stdout, stderr };
  }
});

async function emptyBox(boxDir: string): Promise<void> {
  for (const name of await readdir(boxDir)) await rm(join(boxDir, name), { recursive: true });
}

/** As root, gyre hands the box to the jail's own user: what is put there must be that user's too. */
async function putFiles(boxDir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(boxDir, name);
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) await writeFile(path, content);
  }
  const { uid, gid } = await lstat(boxDir);
  for (const name of await readdir(boxDir, { recursive: true })) await chown(join(boxDir, name), uid, gid);
}

/** What is there instead of what is expected. Where a pattern matches, the pattern itself. */
async function readBack(boxDir: string, expected: Readonly<Record<string, string | RegExp | null>>) {
  const found: Record<string, string | RegExp | null> = {};
  for (const [name, content] of Object.entries(expected)) {
    const text = await readFile(join(boxDir, name), 'utf8').catch(() => null);
    found[name] = content instanceof RegExp && text !== null && content.test(text) ? content : text;
  }
  return found;
}

/** The content of every file below, by its path. */
async function readTree(boxDir: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(boxDir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [relative(boxDir, path), await readFile(path, 'latin1')] as const)),
  );
}

/** Files that are new, gone or different. */
function listChanges(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
}

/** A scene that runs something and then neither changed nor printed anything would be right whatever its goal says. */
function leavesTrace({ steps }: Scene, changed: readonly string[]): boolean {
  const runs = steps.filter((step) => step[1] === 'RUN');
  const speaks = runs.some(([, , , , stdout = '', exitCode = 0]) => stdout !== '' || exitCode !== 0);
  return runs.length === 0 || speaks || changed.length > 0 || steps[0]?.[0] !== steps.at(-1)?.[0];
}

function findsNothing({ steps }: Scene): boolean {
  const last = steps.at(-1);
  return last?.[1] === 'STOP' && /^(Not possible|There (is|are) no)\b/.test(last[2]);
}

function withNewline(text: string): string {
  return text === '' ? '' : `${text}\n`;
}

function sortLines(text: string): string {
  return text.split('\n').sort().join('\n');
}
