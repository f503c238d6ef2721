import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFleetClient, type FleetClient, type FleetRun } from '../../src/fleet/client.ts';
import { type EnginePorts, type RunningEngine, startEngine } from '../../src/fleet/engine.ts';
import { openMirror } from '../../src/fleet/mirror.ts';
import { type RunStory, readRun } from '../../src/journal/read.ts';
import { cli } from '../e2e/workplace.ts';

/** The engine is an optional peer: where it is not installed, these tests are left out, and said to be. */
export const hasEngine = ['@restatedev/restate-sdk', '@restatedev/restate-server'].every((name) => {
  const directories = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return directories.some((directory) => existsSync(join(directory, name, 'package.json')));
});

/** A host here is a worker process with its own state directory, boxes and model worker. */
export interface TestHost {
  readonly name: string;
  readonly boxesDir: string;
  start(): Promise<void>;
  /** As a machine dies: at once, and without a word. */
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  said(): string;
}

export interface TestFleet {
  readonly dir: string;
  readonly client: FleetClient;
  /** Of who runs `gyre fleet export`. */
  readonly stateDir: string;
  engine(): RunningEngine;
  /** Kills the engine at once, and starts it on what it has kept. */
  restartEngine(): Promise<void>;
  host(name: string, flags?: readonly string[]): Promise<TestHost>;
  /** Submits through the command line. */
  submit(lines: readonly object[], flags?: readonly string[]): Promise<void>;
  gyre(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** The same, not waited for: it goes on until it is told to end. */
  openGyre(...args: readonly string[]): ChildProcess;
  /** Answers when every run has ended. */
  untilEnded(count: number, withinMs: number): Promise<readonly FleetRun[]>;
  /** Its records, by way of the journal that an export writes. */
  exported(run: FleetRun): Promise<RunStory>;
  close(): Promise<void>;
}

export async function startFleet(): Promise<TestFleet> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'gyre-fleet-')));
  await chmod(dir, 0o755);
  const ports: EnginePorts = { ingress: await freePort(), admin: await freePort(), node: await freePort() };
  const dataDir = join(dir, 'engine');
  const start = () => startEngine({ dataDir, ports, workingDir: process.cwd() });
  let engine = await start();
  const client = createFleetClient(engine);
  const hosts: TestHost[] = [];
  const stateDir = join(dir, 'state');
  const where = ['--ingress', engine.ingress, '--admin', engine.admin];
  const openGyre = (...args: readonly string[]) =>
    spawnGyre(dir, ['fleet', ...args, ...where, '--state-dir', stateDir]);
  const gyre = (...args: readonly string[]) => finish(openGyre(...args));
  let files = 0;
  return {
    dir,
    client,
    stateDir,
    engine: () => engine,
    async restartEngine() {
      process.kill(engine.pid, 'SIGKILL');
      await engine.ended;
      engine = await start();
    },
    async host(name, flags = []) {
      const host = await makeHost(dir, name, [...where, ...flags]);
      hosts.push(host);
      await host.start();
      return host;
    },
    async submit(lines, flags = []) {
      files += 1;
      const file = join(dir, `goals-${files}.jsonl`);
      await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      const { code, stderr } = await gyre('submit', file, '--loop-interval-ms', '0', ...flags);
      if (code !== 0) throw new Error(`gyre fleet submit: ${code} ${stderr}`);
    },
    gyre,
    openGyre,
    async untilEnded(count, withinMs) {
      const end = performance.now() + withinMs;
      for (;;) {
        // An engine that is just being killed answers nothing.
        const runs = await client.runs().catch(() => []);
        if (runs.length >= count && runs.every(({ phase }) => phase === 'ended')) return runs;
        if (performance.now() > end) {
          const left = runs.filter(({ phase }) => phase !== 'ended');
          const said = hosts.map((host) => `${host.name}: ${host.said()}`).join('\n');
          throw new Error(
            `${left.length} of ${runs.length} runs have not ended: ${JSON.stringify(left.slice(0, 3))}\n${said}`,
          );
        }
        await sleep(250);
      }
    },
    async exported(run) {
      const mirror = await openMirror({ client, run, stateDir });
      await mirror.catchUp();
      await mirror.close();
      return readRun(stateDir, run.runId);
    },
    async close() {
      await Promise.all(hosts.map((host) => host.kill()));
      await engine.close();
    },
  };
}

async function makeHost(dir: string, name: string, flags: readonly string[]): Promise<TestHost> {
  const home = join(dir, `host-${name}`);
  const boxesDir = join(home, 'boxes');
  await mkdir(boxesDir, { recursive: true });
  const port = await freePort();
  let child: ChildProcess | null = null;
  let said = '';
  return {
    name,
    boxesDir,
    said: () => said,
    async start() {
      const own = [
        '--name',
        name,
        '--listen',
        `127.0.0.1:${port}`,
        '--boxes',
        boxesDir,
        '--state-dir',
        join(home, 'state'),
      ];
      const started = spawnGyre(home, ['fleet', 'worker', '--json', ...own, ...flags]);
      child = started;
      started.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      await new Promise<void>((resolve, reject) => {
        started.stdout?.once('data', () => resolve());
        started.once('exit', (code) => reject(new Error(`The worker ${name} has ended with ${code}: ${said}`)));
      });
    },
    async kill() {
      const dying = child;
      child = null;
      if (dying === null || dying.exitCode !== null || dying.signalCode !== null) return;
      const gone = new Promise((resolve) => dying.once('exit', resolve));
      dying.kill('SIGKILL');
      await gone;
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  };
}

/** Every line that a run's commands have left in its boxes, on whichever host. */
export async function marksOf(runId: string, hosts: readonly TestHost[]): Promise<readonly string[]> {
  const texts = await Promise.all(
    hosts.map(({ boxesDir }) => readFile(join(boxesDir, runId, 'marks'), 'utf8').catch(() => '')),
  );
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

/** Names of boxes, for a test that wants to see that there are any. */
export async function boxesOf(host: TestHost): Promise<readonly string[]> {
  return (await readdir(host.boxesDir)).filter((name) => !name.includes('.'));
}

/** A script whose commands leave one line each. */
export async function writeScript(dir: string, commands: readonly string[]): Promise<string> {
  const file = join(dir, `script-${commands.length}-${Math.random().toString(36).slice(2, 8)}.txt`);
  const answers = commands.map((command) => `<action>RUN</action><command>${command}</command><note>work</note>`);
  const stop = '<action>STOP</action><note>done</note>';
  // A run that was cut off asks once more for the answer of its next iteration.
  await writeFile(file, [...answers, ...Array.from({ length: 20 }, () => stop)].join('\n---\n'));
  return `script:${file}`;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function spawnGyre(cwd: string, args: readonly string[]): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', HOME: cwd };
  return spawn(process.execPath, [cli, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

function finish(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
