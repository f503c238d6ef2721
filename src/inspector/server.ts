import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { startFeed } from './feed.ts';
import type { Hub } from './hub.ts';
import { readPageParts, readStatelyParts, SERVED_PAGE, SERVED_POLICY, statelyPolicy, toStatelyPage } from './page.ts';
import type { StatelyFeed } from './stately.ts';

export interface InspectorServer {
  /** With a secret behind its `#`: whoever has it may watch and steer the run. */
  readonly url: string;
  /** Of the page that hands the run to Stately; null when it is not served. */
  readonly statelyUrl: string | null;
  /** Lets viewers take what they have been sent, and ends their connections. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly hub: Hub;
  /** The first that is tried; when it is taken, the next ones. */
  readonly port: number;
  /** What a page of ours hands on to Stately's inspector. Absent: nothing leaves this machine. */
  readonly stately?: { readonly feed: StatelyFeed; readonly url: string };
}

/**
 * Serves the inspector's page and its feed on 127.0.0.1 alone. The pages' files are the same for everybody; the feeds
 * need the secret, and neither is given to a page of another origin or under another host name.
 * @throws Error when none of twenty ports is free
 */
export async function serveInspector({ hub, port, stately }: ServerOptions): Promise<InspectorServer> {
  const token = randomBytes(16).toString('hex');
  const files = { ...(await pageFiles()), ...(stately ? await statelyFiles(new URL(stately.url)) : {}) };
  const feeds: Readonly<Record<string, (viewer: WebSocket) => void>> = {
    '/feed': (viewer) => connect(hub, viewer),
    ...(stately ? { '/stately-feed': (viewer: WebSocket) => connectStately(stately.feed, viewer) } : {}),
  };
  const server = createServer((request, response) => answer(request, response));
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    handleProtocols: () => PROTOCOL,
  });
  server.on('upgrade', (request, socket, head) => {
    const feed = lookUp(feeds, request.url);
    const refusal = refusalOf(request) ?? (isKnown(request) ? null : '401 Unauthorized');
    if (feed === undefined) refuse(socket, '404 Not Found');
    else if (refusal !== null) refuse(socket, refusal);
    else sockets.handleUpgrade(request, socket, head, feed);
  });
  const taken = await listen(server, port);
  const origins = [`http://127.0.0.1:${taken}`, `http://localhost:${taken}`];

  /** A page of another site that reaches this server by a name of its own, or by ours, gets nothing. */
  function refusalOf({ headers }: IncomingMessage): string | null {
    if (!origins.includes(`http://${headers.host}`)) return '421 Misdirected Request';
    if (headers.origin !== undefined && !origins.includes(headers.origin)) return '403 Forbidden';
    return null;
  }

  function isKnown({ headers }: IncomingMessage): boolean {
    const [protocol, given = ''] = (headers['sec-websocket-protocol'] ?? '').split(',').map((word) => word.trim());
    const bytes = Buffer.from(given);
    return protocol === PROTOCOL && bytes.length === token.length && timingSafeEqual(bytes, Buffer.from(token));
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const refusal = refusalOf(request);
    const file = lookUp(files, request.url);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const status = refusal ?? (isRead ? (file ? '200 OK' : '404 Not Found') : '405 Method Not Allowed');
    const isGiven = status === '200 OK' && file !== undefined;
    const text = isGiven ? file.text : `${status}\n`;
    response.writeHead(Number.parseInt(status, 10), {
      ...SAFE_HEADERS,
      'Content-Security-Policy': (isGiven && file.policy) || SERVED_POLICY,
      'Content-Type': `${isGiven ? file.type : 'text/plain'}; charset=utf-8`,
      'Content-Length': Buffer.byteLength(text),
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  return {
    url: `http://127.0.0.1:${taken}/#${token}`,
    statelyUrl: stately ? `http://127.0.0.1:${taken}/stately#${token}` : null,
    async close() {
      await Promise.all([...sockets.clients].map((viewer) => letGo(viewer)));
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const PROTOCOL = 'gyre';
const MAX_MESSAGE = 16 * 1024;
/** Of a page that hands events on: everything known of a long run comes at once. */
const MAX_UNREAD = 64 * 1024 * 1024;
const PORTS_TRIED = 20;
const LET_GO_MS = 500;

const SAFE_HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

interface ServedFile {
  readonly type: string;
  readonly text: string;
  readonly policy?: string;
}

type ServedFiles = Readonly<Record<string, ServedFile>>;

async function pageFiles(): Promise<ServedFiles> {
  const { script, style } = await readPageParts();
  return {
    '/': { type: 'text/html', text: SERVED_PAGE },
    '/page.js': { type: 'text/javascript', text: script },
    '/page.css': { type: 'text/css', text: style },
  };
}

async function statelyFiles(target: URL): Promise<ServedFiles> {
  const { script, style } = await readStatelyParts();
  return {
    '/stately': { type: 'text/html', text: toStatelyPage(target), policy: statelyPolicy(target) },
    '/stately.js': { type: 'text/javascript', text: script },
    '/stately.css': { type: 'text/css', text: style },
  };
}

function lookUp<T>(table: Readonly<Record<string, T>>, key = ''): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function connectStately(feed: StatelyFeed, socket: WebSocket): void {
  const leave = feed.join((event) => {
    if (socket.bufferedAmount > MAX_UNREAD) socket.terminate();
    else socket.send(JSON.stringify(event));
  });
  socket.on('message', () => socket.terminate());
  socket.on('close', leave);
  socket.on('error', () => socket.terminate());
}

function connect(hub: Hub, socket: WebSocket): void {
  const feed = startFeed(hub, {
    send: (text) => socket.send(text),
    unread: () => socket.bufferedAmount,
    drop: () => socket.terminate(),
  });
  socket.on('message', (data) => feed.take(String(data)));
  socket.on('close', () => feed.end());
  socket.on('error', () => socket.terminate());
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** One who does not read its last messages in time is not waited for. */
async function letGo(socket: WebSocket): Promise<void> {
  const gone = new Promise((resolve) => socket.once('close', resolve));
  socket.close(1001, 'The run has ended, or gyre inspect was stopped.');
  const timer = setTimeout(() => socket.terminate(), LET_GO_MS);
  await gone;
  clearTimeout(timer);
}

async function listen(server: Server, first: number): Promise<number> {
  const last = Math.min(first + PORTS_TRIED - 1, 65_535);
  for (let port = first; port <= last; port += 1) {
    if (await tryPort(server, port)) return port;
  }
  throw new Error(`No port from ${first} to ${last} is free on 127.0.0.1.`);
}

function tryPort(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    };
    server.once('error', onError);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', onError);
      resolve(true);
    });
  });
}
