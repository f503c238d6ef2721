import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AgentError } from '../errors.ts';
import { makePrivateDirectory } from '../journal/directories.ts';
import { createFleetClient, type EngineAddress } from './client.ts';

export const ENGINE_PACKAGE = '@restatedev/restate-server';
export const ENGINE_VERSION = '1.7.12';

/** How an engine is started. */
export interface EngineOptions {
  /** Keeps everything that the engine knows. */
  readonly dataDir: string;
  /** Default: 8080, 9070 and 5122, as Restate has them. */
  readonly ports?: EnginePorts;
  /** Where the package is looked for, beside gyre's own directory. */
  readonly workingDir: string;
  /** Told of each line that it prints. */
  readonly onLine?: (line: string) => void;
}

/** On loopback. */
export interface EnginePorts {
  /** Takes runs. */
  readonly ingress: number;
  /** Answers questions. */
  readonly admin: number;
  /** For other engines of a cluster; alone it talks to nobody. */
  readonly node: number;
}

const DEFAULT_PORTS: EnginePorts = { ingress: 8080, admin: 9070, node: 5122 };

/** An engine that is a child of this process. */
export interface RunningEngine extends EngineAddress {
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<number | null>;
  /** In order; it goes on from its directory when it is started again. */
  close(): Promise<void>;
}

/**
 * Starts the engine on loopback, alone, with the settings that docs/fleet.md gives the reasons for.
 * @throws AgentError `fleet-unavailable`
 */
export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  const { dataDir, ports = DEFAULT_PORTS, onLine = () => {} } = options;
  await makePrivateDirectory(dataDir);
  const child = spawn(findEngine(options.workingDir), ['--base-dir', dataDir, '--no-logo'], {
    cwd: dataDir,
    env: { PATH: process.env['PATH'] ?? '', HOME: dataDir, ...engineSettings(ports) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line.trim() !== '') onLine(line);
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', (code) => resolve(code));
  });
  const address = { ingress: `http://127.0.0.1:${ports.ingress}`, admin: `http://127.0.0.1:${ports.admin}` };
  await untilHealthy(child, address);
  return {
    ...address,
    pid: child.pid ?? 0,
    ended,
    async close() {
      child.kill('SIGTERM');
      const timeUp = setTimeout(10_000, 'time', { ref: false });
      if ((await Promise.race([ended, timeUp])) === 'time') child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The reason for each is in docs/fleet.md, "The engine's settings". */
function engineSettings({ ingress, admin, node }: EnginePorts): Record<string, string> {
  return {
    RESTATE_NODE_NAME: 'gyre',
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}/`,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_LOG_FILTER: 'warn',
    RESTATE_DEFAULT_NUM_PARTITIONS: '4',
    RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: '128MiB',
    RESTATE_BIFROST__RECORD_CACHE_MEMORY_SIZE: '16MiB',
    RESTATE_ADMIN__QUERY_ENGINE__MEMORY_SIZE: '64MiB',
    RESTATE_WORKER__INVOKER__MEMORY_LIMIT: '256MiB',
    RESTATE_WORKER__INVOKER__HTTP2_KEEP_ALIVE_INTERVAL: '3s',
    RESTATE_WORKER__INVOKER__HTTP2_KEEP_ALIVE_TIMEOUT: '3s',
    RESTATE_DEFAULT_JOURNAL_RETENTION: '0s',
  };
}

async function untilHealthy(child: ChildProcess, address: EngineAddress): Promise<void> {
  const client = createFleetClient(address);
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await client.isHealthy()) return;
    await setTimeout(100);
  }
  child.kill('SIGKILL');
  throw new AgentError('fleet-unavailable', `The engine did not start: it does not answer at ${address.admin}.`, {
    hint: 'Another program may have its ports: name others with --port. "gyre fleet dev --verbose" shows what it says.',
  });
}

/** The program itself, and not the script that starts it: a signal must reach it. */
function findEngine(workingDir: string): string {
  const program = `${ENGINE_PACKAGE}-${process.platform}-${process.arch}/bin/restate-server`;
  for (const from of [import.meta.url, join(workingDir, 'package.json')]) {
    try {
      const own = createRequire(from).resolve(`${ENGINE_PACKAGE}/package.json`);
      return createRequire(own).resolve(program);
    } catch {
      // Looked for in the next place.
    }
  }
  throw new AgentError('fleet-unavailable', `The engine is not installed with gyre (${ENGINE_PACKAGE}).`, {
    hint: `SCARF_ANALYTICS=false npm install ${ENGINE_PACKAGE}@${ENGINE_VERSION}`,
  });
}
