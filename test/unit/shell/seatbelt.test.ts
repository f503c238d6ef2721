import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSeatbeltShell, seatbeltConfig } from '../../../src/services/shell/seatbelt.ts';

test('everything is denied but the box, the system, and the network not at all', () => {
  const { network, filesystem } = seatbeltConfig('/Users/me/box', null);
  expect(network).toEqual({ allowedDomains: [], deniedDomains: [] });
  expect(filesystem.denyRead[0]).toBe('/');
  expect(filesystem.allowWrite).toEqual(['/Users/me/box']);
  expect(filesystem.denyWrite).toEqual(['/tmp/claude', '/private/tmp/claude']);
  expect(filesystem.allowRead.filter((path) => !/^\/(dev|private)\//.test(path))).toEqual([
    '/System',
    '/usr',
    '/bin',
    '/sbin',
    '/Library',
    '/Users/me/box',
  ]);
});

test('what people keep in /Library is denied again inside of what is allowed', () => {
  const { denyRead } = seatbeltConfig('/box', null).filesystem;
  expect(denyRead).toContain('/Library/Keychains');
  expect(denyRead).toContain('/usr/local');
});

test('the directory of a check can be read and not written', () => {
  const { allowRead, allowWrite } = seatbeltConfig('/box', '/checks').filesystem;
  expect([allowRead.includes('/checks'), allowWrite]).toEqual([true, ['/box']]);
});

test.each(['/a*', '/a?', '/a[b]'])('a path that the rules would read as a pattern is refused: %s', (path) => {
  expect(() => seatbeltConfig(path, null)).toThrow(`Seatbelt's rules would read ${path} as a pattern.`);
  expect(() => seatbeltConfig('/box', path)).toThrow(`Seatbelt's rules would read ${path} as a pattern.`);
});

test('without the package the error names the command that installs it', async () => {
  const dirs = { boxDir: await makeDirectory(), stateDir: await makeDirectory() };
  // The loader of this program itself: a plain install does not bring the package.
  await expect(openSeatbeltShell(dirs)).rejects.toMatchObject({
    code: 'sandbox-unavailable',
    hint: 'npm install @anthropic-ai/sandbox-runtime@0.0.78   (with -g where gyre itself was installed with -g)',
  });
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(openSeatbeltShell(dirs, () => Promise.reject(missing))).rejects.toMatchObject({
    code: 'sandbox-unavailable',
    message: 'Seatbelt needs the package @anthropic-ai/sandbox-runtime, and it is not installed.',
  });
  expect(await readdir(dirs.stateDir)).toEqual([]);
});

test.each([null, {}, { SandboxManager: {} }, { SandboxManager: { wrapWithSandbox: 'no' } }])(
  'a package of another shape is refused: %j',
  async (loaded) => {
    const dirs = { boxDir: await makeDirectory(), stateDir: await makeDirectory() };
    await expect(openSeatbeltShell(dirs, async () => loaded)).rejects.toMatchObject({
      code: 'sandbox-unavailable',
      message: 'The installed @anthropic-ai/sandbox-runtime is not the version that gyre knows.',
    });
  },
);

async function makeDirectory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gyre-seatbelt-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
