import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Settings } from '../config.ts';
import { AgentError, toErrorRecord } from '../errors.ts';
import type { FleetClient } from './client.ts';
import { createHost } from './host.ts';
import { createObjects } from './objects.ts';
import { loadSdk, type RestateSdk } from './sdk.ts';
import { createTakeover, heirPath, type Takeover } from './takeover.ts';

/** What a host serves, and how it is reached. Durations in milliseconds. */
export interface WorkerOptions {
  /** Of the host: letters, digits and dashes. Another worker with the same name serves the same runs. */
  readonly name: string;
  /** Of the engine whose host it is. */
  readonly client: FleetClient;
  /** What this host decides for every run: where models and state are kept. The rest comes with the run. */
  readonly settings: Settings;
  /** Holds a box for each run. */
  readonly boxesDir: string;
  readonly workingDir: string;
  readonly homeDir: string;
  /** Where the engine's calls are taken. */
  readonly listen: { readonly address: string; readonly port: number };
  /** How the engine reaches it. Default: what it listens on. */
  readonly url?: string;
  /** Public keys of the engine (`publickeyv1_…`): calls that are not signed with one are refused. */
  readonly identityKeys: readonly string[];
  /** Thoughts that are thought at the same time with one loaded model; fewer where the memory does not allow them. */
  readonly minds: number;
  /** Runs that are at work at the same time; the others wait in the engine. */
  readonly agents: number;
  /** Milliseconds for which another host may be silent before its runs are taken over. */
  readonly hostLostMs: number;
  readonly keepMs: number;
  /** Iterations that one invocation does. */
  readonly stretch: number;
  /** Told, in a sentence, of what a person should know: where it serves, whose runs it has taken over, what went wrong. */
  readonly onNotice: (sentence: string) => void;
}

/** A host that serves. */
export interface Worker {
  readonly name: string;
  /** How the engine reaches it. */
  readonly url: string;
  /** Ends it at once: what is under way is cut off, and goes on elsewhere or when the worker is back. */
  close(): Promise<void>;
}

/**
 * Serves the runs of one host, and takes over those of others that fall silent.
 * @throws AgentError `fleet-unavailable`, `usage`
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { name, client, listen, identityKeys, onNotice } = options;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/i.test(name)) {
    throw new AgentError('usage', `A host has a name of letters, digits and dashes, got ${JSON.stringify(name)}.`);
  }
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(listen.address);
  if (!isLoopback && identityKeys.length === 0) {
    throw new AgentError('usage', `On ${listen.address} anybody on the network could start runs here.`, {
      hint: "Give the engine's public key with --identity-key; docs/fleet.md says where it comes from.",
    });
  }
  const sdk = await loadSdk();
  const host = createHost({
    ...options,
    order: (home, runId, order) =>
      client.order(home, runId, order).catch((error: unknown) => onNotice(toErrorRecord(error).message)),
  });
  const served = new Set([name]);
  let handler = handlerFor(sdk, options, host, served);
  // By name at each call: hosts are added while it serves.
  const server = createServer((request, response) => handler(request as never, response as never));
  let takeover: Takeover | null = null;
  try {
    await listening(server, listen);
    const { port } = server.address() as AddressInfo;
    const url = (options.url ?? `http://${listen.address}:${port}`).replace(/\/$/, '');
    const serve = (other: string) => {
      if (served.has(other)) return;
      served.add(other);
      handler = handlerFor(sdk, options, host, served);
    };
    await register(client, url, serve);
    onNotice(`Host ${name} serves at ${url}.`);
    takeover = createTakeover({ name, url, client, serve, hostLostMs: options.hostLostMs, onNotice });
    const watching = takeover;
    return {
      name,
      url,
      async close() {
        await watching.close();
        server.close();
        await host.close();
      },
    };
  } catch (error) {
    await takeover?.close();
    server.close();
    await host.close();
    throw error;
  }
}

function handlerFor(
  sdk: RestateSdk,
  options: WorkerOptions,
  host: ReturnType<typeof createHost>,
  names: ReadonlySet<string>,
) {
  const { keepMs, stretch, identityKeys, onNotice } = options;
  return sdk.createEndpointHandler({
    services: [...names].flatMap((name) => createObjects({ sdk, host, name, keepMs, maxIterations: stretch })),
    ...(identityKeys.length === 0 ? {} : { identityKeys }),
    logger: ({ level }, ...words) => {
      if (level === 'error') onNotice(words.map((word) => String(word)).join(' '));
    },
  });
}

/** The engine may not be up yet, or may be on its way up again. */
async function register(client: FleetClient, url: string, serve: (host: string) => void): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      // What this worker had taken over before it was restarted.
      for (const { uri, hosts } of await client.deployments()) {
        if (uri.startsWith(heirPath(url, ''))) for (const other of hosts) serve(other);
      }
      return await client.register(url);
    } catch (error) {
      if (tries >= 30) throw error;
      await setTimeout(1000);
    }
  }
}

function listening(server: Http2Server, { address, port }: WorkerOptions['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new AgentError('fleet-unavailable', `The worker cannot listen on ${address}:${port}: ${error.message}.`, {
          hint: 'Name another port with --listen.',
          cause: error,
        }),
      ),
    );
    server.listen(port, address, resolve);
  });
}
