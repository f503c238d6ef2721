import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAgent } from '../../../src/agent.ts';
import { createServices } from '../../../src/agent-services.ts';
import { loadConfig } from '../../../src/config.ts';
import type { RunLine } from '../../../src/machine/types.ts';
import { openScriptedModel } from '../../../src/services/model/scripted.ts';
import { hasJail, makeDirectory } from '../jail-setup.ts';

const stopped = { status: 'stopped', cause: 'stop-file', iterations: 1, begun: 1 };

describe.skipIf(!hasJail)('a STOP in the box ends the run', () => {
  test.each([
    ['is removed at once', 'touch STOP; rm STOP; sleep 60'],
    ['comes and goes in a tight loop', 'while :; do : > STOP; rm -f STOP; done'],
    ['is a file that was moved there and away', 'touch a; mv a STOP; mv STOP b; sleep 60'],
    ['is a directory, removed at once', 'mkdir STOP; rmdir STOP; sleep 60'],
    ['is a dangling link, removed at once', 'ln -s /nowhere STOP; rm STOP; sleep 60'],
    ['is a hard link, removed at once', 'touch a; ln a STOP; rm STOP; sleep 60'],
    ['is a FIFO that nobody writes to', 'mkfifo STOP; sleep 60'],
    ['is replaced by a link to /dev/zero', 'touch STOP; ln -sf /dev/zero STOP; sleep 60'],
    ['is shadowed by a directory', 'touch STOP; rm STOP; mkdir STOP; sleep 60'],
    ['is made by a process that the command left behind', '(sleep 0.2; touch STOP; rm STOP) & sleep 60'],
    ['is made before the box is closed to everybody', 'touch STOP; rm STOP; chmod 0 .; sleep 60'],
    ['is made while the box is closed to readers', 'chmod 300 .; touch STOP; rm STOP; sleep 60'],
  ])('when it %s', async (_, command) => {
    expect(await endOf([RUN(command), STOP])).toEqual(stopped);
  });

  test('when the last command before the end made and removed it', async () => {
    expect(await endOf([RUN('touch STOP; rm STOP'), STOP])).toEqual(stopped);
  });

  test.each([
    ['a file', (path: string) => writeFile(path, '')],
    ['a directory', (path: string) => mkdir(path)],
    ['a dangling link', (path: string) => symlink('/nowhere', path)],
    ['a socket', listenAt],
  ])('when the person makes it, as %s, and the command removes it', async (_, make) => {
    const command = 'touch ready; until [ -e STOP -o -L STOP ]; do :; done; rm -rf STOP; touch gone; sleep 60';
    const run = await start([RUN(command), STOP]);
    await run.until('ready');
    const madeAt = performance.now();
    await make(join(run.boxDir, 'STOP'));
    expect(await run.end).toEqual(stopped);
    expect(performance.now() - madeAt).toBeLessThan(3000);
  });

  test('when the person has moved the box away and made it there', async () => {
    const run = await start([RUN('touch ready; sleep 60'), STOP]);
    await run.until('ready');
    await rename(run.boxDir, `${run.boxDir}-moved`);
    const path = join(`${run.boxDir}-moved`, 'STOP');
    await writeFile(path, '');
    await rm(path);
    expect(await run.end).toEqual(stopped);
  });

  test('when the person has put another directory with a STOP into its place', async () => {
    const run = await start([RUN('touch ready; sleep 60'), STOP]);
    await run.until('ready');
    await mkdir(`${run.boxDir}-other`);
    await writeFile(join(`${run.boxDir}-other`, 'STOP'), '');
    await rename(run.boxDir, `${run.boxDir}-moved`);
    await rename(`${run.boxDir}-other`, run.boxDir);
    expect(await run.end).toEqual(stopped);
  });

  test('when 30,000 other changes happen around it', async () => {
    const files = 'for i in {1..30}; do touch f{1..500}; rm f{1..500}; done';
    expect(await endOf([RUN(`(${files}) & (${files}) & sleep 0.3; : > STOP; rm STOP; wait`), STOP])).toEqual(stopped);
  });

  test('when it may be among the changes that the kernel has forgotten', async () => {
    const changes = 'touch ready; for f in 1 2 3 4; do while :; do : >a$f; : >b$f; done & done; wait';
    const run = await start([RUN(changes), STOP]);
    await run.until('ready');
    // Nobody reads what has changed meanwhile, so that the queue is full when STOP comes and goes.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
    writeFileSync(join(run.boxDir, 'STOP'), '');
    rmSync(join(run.boxDir, 'STOP'));
    expect(await run.end).toEqual(stopped);
  });
});

describe.skipIf(!hasJail)('what is no STOP', () => {
  const completed = { status: 'completed', cause: 'agent-stop', iterations: 2, begun: 2 };
  // Longer than one poll.
  test.each([
    ['a STOP below the top of the box', 'mkdir a; touch a/STOP; mkdir a/b; touch a/b/STOP; sleep 0.4'],
    ['names like it', `touch stop Stop STOP.txt 'STOP ' ' STOP' $'STOP\\n' $'STOP\\xff' STOPSTOP; sleep 0.4`],
    ['a STOP outside of the box', 'touch /tmp/STOP; rm /tmp/STOP; sleep 0.4'],
    ['9,999 other files', 'touch {1..9999}; rm *; sleep 0.4'],
  ])('%s', async (_, command) => {
    expect(await endOf([RUN(command), STOP])).toEqual(completed);
  });

  test('what happens to a box that is itself named STOP', async () => {
    expect(await endOf([RUN('chmod 700 .; touch .; sleep 0.4; chmod 755 .'), STOP], 'STOP')).toEqual(completed);
  });
});

const RUN = (command: string) => `<action>RUN</action><command>${command}</command><note>a note</note>`;
const STOP = '<action>STOP</action><note>done</note>';

async function endOf(answers: readonly string[], boxName?: string) {
  const { end } = await start(answers, boxName);
  return end;
}

/** A real run, in a real jail, without a policy. `begun` counts the iterations that began. */
async function start(answers: readonly string[], boxName = 'box') {
  const dir = await makeDirectory();
  const boxDir = join(dir, boxName);
  await mkdir(boxDir);
  // A command may have closed it.
  onTestFinished(() => chmod(boxDir, 0o755).catch(() => {}));
  const { settings } = loadConfig({
    flags: new Map([
      ['stateDir', join(dir, 'state')],
      ['loopIntervalMs', '0'],
      ['sandbox', 'bubblewrap'],
    ]),
    env: {},
    configFile: undefined,
    homeDir: dir,
    workingDir: dir,
    readFile: () => undefined,
  });
  const lines: RunLine[] = [];
  const goal = 'the goal';
  const services = createServices({ settings, goal, boxDir, workingDir: dir });
  const agent = createAgent({
    goal,
    settings,
    boxDir,
    isAutonomyEnabled: true,
    isPersonThere: false,
    services: {
      ...services,
      validator: { check: () => ({ kind: 'allow' }) },
      openModel: async () => openScriptedModel('script', answers.join('\n---\n')),
    },
    onLine: (line) => void lines.push(line),
  });
  const end = agent.run().then(({ status, cause, iterations }) => {
    const begun = lines.filter(({ type }) => type === 'iteration.started').length;
    return { status, cause, iterations, begun };
  });
  const until = (name: string) => waitFor(join(boxDir, name));
  return { boxDir, end, until };
}

async function listenAt(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
}

async function waitFor(path: string): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!existsSync(path)) {
    if (performance.now() > giveUpAt) throw new Error(`${path} never appeared.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
