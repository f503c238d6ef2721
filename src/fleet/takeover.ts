import { connect } from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { toErrorRecord } from '../errors.ts';
import type { Deployment, FleetClient } from './client.ts';

/** Watches the other hosts of a fleet. */
export interface Takeover {
  close(): Promise<void>;
}

export interface TakeoverOptions {
  /** Of the host that watches. */
  readonly name: string;
  readonly url: string;
  readonly client: FleetClient;
  /** Makes ready to serve the runs of another host. */
  readonly serve: (host: string) => void;
  readonly hostLostMs: number;
  readonly onNotice: (sentence: string) => void;
}

const LOOK_MS = 1000;

/**
 * Asks every other host each second whether it lives. When one has been silent for too long, its heir tells the engine
 * that its runs are now served elsewhere: the engine then goes on with them there, with all that it has kept of them.
 */
export function createTakeover({ name, url, client, serve, hostLostMs, onNotice }: TakeoverOptions): Takeover {
  const ending = new AbortController();
  const heardAt = new Map<string, number>();

  async function look(): Promise<void> {
    const deployments = await client.deployments();
    const others = [...new Set(deployments.map(({ uri }) => originOf(uri)))].filter(
      (origin) => origin !== originOf(url),
    );
    // Somebody has taken over what was here, while this host was held up: it is back.
    if (!deployments.some(({ uri }) => uri === url)) await client.register(url);
    const now = performance.now();
    await Promise.all(
      others.map(async (origin) => {
        if (!heardAt.has(origin)) heardAt.set(origin, now);
        if (await isAlive(origin)) heardAt.set(origin, performance.now());
      }),
    );
    const isSilent = (uri: string) => performance.now() - (heardAt.get(originOf(uri)) ?? now) > hostLostMs;
    for (const deployment of deployments) {
      if (originOf(deployment.uri) === originOf(url) || !isSilent(deployment.uri)) continue;
      for (const host of deployment.hosts) {
        if (heirOf(host, deployments, isSilent) === name) await takeOver(deployment, host);
      }
    }
  }

  /** What the engine has given up while nobody was there. What fails here too is given up again, and stays so. */
  async function resume(host: string): Promise<void> {
    for (const paused of await client.paused()) {
      if (paused.host === host) await client.resume(paused.id).catch(() => {});
    }
  }

  async function takeOver({ id, uri }: Deployment, host: string): Promise<void> {
    serve(host);
    // Named by what was moved, too: the engine keeps addresses apart.
    await client.move(id, heirPath(url, `${host}/${id}`));
    await resume(host);
    onNotice(`Host ${host} at ${uri} has been silent for ${hostLostMs} ms: its runs go on here, at ${name}.`);
  }

  async function watch(): Promise<void> {
    let isAway = false;
    await resume(name).catch(() => {});
    while (!ending.signal.aborted) {
      await setTimeout(LOOK_MS, null, { signal: ending.signal }).catch(() => {});
      // An engine that is away is told of once: the next look may find it.
      await look().then(
        () => {
          isAway = false;
        },
        (error: unknown) => {
          if (!ending.signal.aborted && !isAway) onNotice(toErrorRecord(error).message);
          isAway = true;
        },
      );
    }
  }

  const watching = watch();
  return {
    async close() {
      ending.abort();
      await watching;
    },
  };
}

/** Where a worker serves what it has taken over: another address than its own, so that the engine keeps them apart. */
export function heirPath(url: string, host: string): string {
  return `${url}/heir-of/${host}`;
}

/**
 * Who takes over the runs of a host: the host itself, if it lives at another address, else the next living one by name.
 * Everybody who sees the same hosts alive comes to the same answer; who does not does no harm, because the engine has one
 * address for each.
 * @param isSilent of an address
 * @returns null when nobody lives
 */
export function heirOf(
  host: string,
  deployments: readonly Deployment[],
  isSilent: (uri: string) => boolean,
): string | null {
  const own = deployments.filter(({ uri }) => !uri.includes('/heir-of/') && !isSilent(uri));
  const living = [...new Set(own.flatMap(({ hosts }) => hosts))].sort();
  if (living.includes(host)) return host;
  return living.find((other) => other > host) ?? living[0] ?? null;
}

function originOf(uri: string): string {
  return new URL(uri).origin;
}

/** Whether a worker answers there. A process that is stopped takes connections and answers nothing. */
function isAlive(origin: string): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(origin);
    const answer = (isIt: boolean) => {
      clearTimeout(timer);
      session.destroy();
      resolve(isIt);
    };
    const timer = globalThis.setTimeout(() => answer(false), LOOK_MS);
    session.once('error', () => answer(false));
    const request = session.request({ ':path': '/health' });
    request.once('response', (headers) => answer(headers[':status'] === 200));
    request.once('error', () => answer(false));
    request.end();
  });
}
