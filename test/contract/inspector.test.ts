import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { Hub } from '../../dist/inspector/hub.js';
import type { Frame, Hello, Message } from '../../dist/inspector/messages.js';
import { type InspectorServer, serveInspector } from '../../dist/inspector/server.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

test('the page and its parts are served on loopback, and nothing else', async () => {
  const { url, port } = await serve();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[0-9a-f]{32}$/);
  const answers = await Promise.all(
    ['/', '/page.js', '/page.css', '/stately', '/../package.json', '/constructor'].map((path) => ask(port, { path })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 404, 404]);
  const [page] = answers;
  expect(page?.headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/,
  );
  expect(page?.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
  });
  expect(page?.body).not.toMatch(/<script>|<style|style=|onload/);
  expect((await ask(port, { method: 'POST' })).status).toBe(405);
});

test('another host name or another origin gets nothing, by HTTP and by WebSocket', async () => {
  const { port, token } = await serve();
  const hosts = ['evil.example', `evil.example:${port}`, `127.0.0.1:${port + 1}`, '127.0.0.1'];
  for (const host of hosts) expect([host, (await ask(port, { headers: { host } })).status]).toEqual([host, 421]);
  const origins = ['https://evil.example', 'null', `http://127.0.0.1:${port + 1}`, `https://127.0.0.1:${port}`];
  for (const origin of origins) {
    expect([origin, (await ask(port, { headers: { origin } })).status]).toEqual([origin, 403]);
    expect([origin, await refusalOf(port, token, { origin })]).toEqual([origin, 403]);
  }
  expect(await refusalOf(port, token, { host: `evil.example:${port}` })).toBe(421);
  expect((await ask(port, { headers: { host: `localhost:${port}` } })).status).toBe(200);
});

test('without the secret there is no feed', async () => {
  const { port, token } = await serve();
  const wrong = [token.slice(0, -1), `${token}0`, token.replace(/./, (letter) => (letter === '0' ? '1' : '0')), ''];
  for (const given of wrong) {
    expect([given, await refusalOf(port, given === '' ? undefined : given)]).toEqual([given, 401]);
  }
  expect(await refusalOf(port, token)).toBe(null);
});

test('a taken port makes way for the next one', async () => {
  const first = await serve();
  const second = await serve({ port: first.port });
  expect(second.port).toBeGreaterThan(first.port);
  expect((await ask(second.port)).status).toBe(200);
});

test('a viewer hears everything from the first frame on, early or late, and then what comes', async () => {
  const hub = fakeHub(1200);
  const { port, token } = await serve({ hub });
  const early = await view(port, token);
  hub.grow(300);
  const late = await view(port, token);
  hub.grow(7);
  hub.tell('writing', 3);
  for (const viewer of [early, late]) {
    await viewer.until(() => viewer.frames().length === 1507 && viewer.of('writing').length > 0);
    expect(viewer.messages[0]?.type).toBe('hello');
    expect(viewer.frames().map(({ index }) => index)).toEqual(Array.from({ length: 1507 }, (_, index) => index));
    expect(viewer.of('frames').at(-1)).toMatchObject({ isCatchingUp: false });
    expect(viewer.of('writing').at(-1)).toMatchObject({ writing: { iteration: 3, text: 'writing' } });
  }
});

test('a viewer that has every frame before the journal is read to its end is told when it is', async () => {
  const hub = fakeHub(3, { isRead: false });
  const { port, token } = await serve({ hub });
  const viewer = await view(port, token);
  await viewer.until(() => viewer.frames().length === 3);
  expect(viewer.of('frames').at(-1)).toMatchObject({ isCatchingUp: true });
  hub.readAll();
  await viewer.until(() => viewer.of('frames').at(-1)?.isCatchingUp === false);
  expect(viewer.frames()).toHaveLength(3);
});

test('before there is a journal a viewer waits, and then hears it', async () => {
  const hub = fakeHub(0, { isBorn: false });
  const { port, token } = await serve({ hub });
  const viewer = await view(port, token);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(viewer.messages).toEqual([]);
  hub.bear();
  await viewer.until(() => viewer.messages.length > 0);
  expect(viewer.messages[0]).toMatchObject({ type: 'hello', runId: 'abc' });
});

test('an order goes to the run, and its answer to who gave it', async () => {
  const hub = fakeHub(1);
  const { port, token } = await serve({ hub });
  const [viewer, other] = [await view(port, token), await view(port, token)];
  viewer.send({ order: 7, do: 'say', text: ' look in data ' });
  viewer.send({ order: 8, do: 'stop' });
  await viewer.until(() => viewer.of('answer').length === 2);
  expect(hub.orders).toEqual([
    { do: 'say', text: 'look in data' },
    { do: 'stop', from: 'inspector' },
  ]);
  expect(viewer.of('answer')).toEqual([7, 8].map((order) => ({ type: 'answer', order, ok: true, message: 'yes' })));
  expect(other.of('answer')).toEqual([]);
});

test('who asks how much of the chart was used is told, and nobody else', async () => {
  const hub = fakeHub(1);
  const { port, token } = await serve({ hub });
  const [viewer, other] = [await view(port, token), await view(port, token)];
  viewer.send({ order: 4, do: 'count' });
  await viewer.until(() => viewer.of('coverage').length === 1);
  const coverage = { runs: 2, states: { agent: 3 }, edges: {} };
  expect(viewer.of('coverage')).toEqual([{ type: 'coverage', order: 4, coverage }]);
  expect([hub.orders, other.of('coverage')]).toEqual([[], []]);
});

test('a viewer that sends what is no order is dropped, and the others are not', async () => {
  const hub = fakeHub(1);
  const { port, token } = await serve({ hub });
  const other = await view(port, token);
  const wrong = [
    '',
    '{',
    '[]',
    '{"do":"stop"}',
    '{"order":1,"do":"rm"}',
    '{"order":1,"do":"say","text":"  "}',
    '{"order":1,"do":"stop","from":"x"}',
    'x'.repeat(20_000),
  ];
  for (const text of wrong) {
    const viewer = await view(port, token);
    viewer.sendText(text);
    expect([text.slice(0, 40), await viewer.ended]).toEqual([text.slice(0, 40), true]);
  }
  expect(hub.orders).toEqual([]);
  hub.grow(1);
  await other.until(() => other.frames().length === 2);
});

test('one who does not read is dropped in time, keeps nothing waiting, and is sent little', async () => {
  const hub = fakeHub(100_000);
  const { port, token } = await serve({ hub });
  const stalled = await view(port, token, { isStalled: true });
  const before = process.memoryUsage().rss;
  const reader = await view(port, token);
  await reader.until(() => reader.frames().length === 100_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(700 * 2 ** 20);
  expect(await stalled.ended).toBe(true);
  hub.grow(1);
  await reader.until(() => reader.frames().length === 100_001);
}, 40_000);

test('the end of the server ends every connection with a word', async () => {
  const served = await serve();
  const viewer = await view(served.port, served.token);
  await served.close();
  expect(await viewer.ended).toBe(true);
  expect(viewer.code()).toBe(1001);
});

type TestHub = Hub & {
  readonly orders: unknown[];
  grow(count: number): void;
  tell(text: string, iteration: number): void;
  bear(): void;
  readAll(): void;
};

function fakeHub(count: number, { isBorn = true, isRead = true } = {}): TestHub {
  const listeners = new Set<() => void>();
  const frames: Frame[] = [];
  const orders: unknown[] = [];
  let writing: { iteration: number; text: string } | null = null;
  let born = isBorn;
  let read = isRead;
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const grow = (more: number) => {
    for (let index = 0; index < more; index += 1) {
      frames.push({
        index: frames.length,
        time: '2026-01-01T00:00:00.000Z',
        iteration: 1,
        kind: 'said',
        text: 'x'.repeat(100),
      });
    }
    changed();
  };
  grow(count);
  return {
    orders,
    grow,
    tell(text, iteration) {
      writing = { text, iteration };
      changed();
    },
    bear() {
      born = true;
      changed();
    },
    readAll() {
      read = true;
      changed();
    },
    hello: () => (born ? hello : null),
    frames: () => frames,
    isLive: () => true,
    isCaughtUp: () => read,
    writing: () => writing,
    problem: () => null,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async order(order) {
      orders.push(order);
      return { ok: true, message: 'yes' };
    },
    count: async () => ({ runs: 2, states: { agent: 3 }, edges: {} }),
    async close() {},
  };
}

const hello: Hello = {
  type: 'hello',
  runId: 'abc',
  goal: 'try',
  gyreVersion: '0',
  sandboxDir: '/box',
  startedAt: '2026-01-01T00:00:00.000Z',
  limits: { maxIterations: 1, maxConsecutiveFailures: null, maxDurationMs: null, maxTotalTokens: null },
  isLive: true,
  note: null,
  chart: { svg: '<svg xmlns="http://www.w3.org/2000/svg"/>', states: [], edges: [] },
};

async function serve({ hub = fakeHub(3), port }: { hub?: Hub; port?: number } = {}) {
  const server: InspectorServer = await serveInspector({ hub, port: port ?? (await freePort()) });
  open.push(server);
  const { port: taken, hash } = new URL(server.url);
  return { ...server, port: Number(taken), token: hash.slice(1) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function ask(port: number, options: { path?: string; method?: string; headers?: Record<string, string> } = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

/** The status with which a connection is refused; null when it is not. */
function refusalOf(port: number, token: string | undefined, headers: Record<string, string> = {}) {
  return new Promise<number | null>((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/feed`, token === undefined ? ['gyre'] : ['gyre', token], {
      headers,
    });
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => {});
    socket.on('open', () => {
      socket.terminate();
      resolve(null);
    });
  });
}

async function view(port: number, token: string, { isStalled = false } = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/feed`, ['gyre', token]);
  const messages: Message[] = [];
  let code = 0;
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  socket.on('error', () => {});
  const ended = new Promise<boolean>((resolve) =>
    socket.on('close', (given) => {
      code = given;
      resolve(true);
    }),
  );
  await new Promise((resolve) => socket.once('open', resolve));
  if (isStalled) socket.pause();
  open.push({ close: () => socket.terminate() });
  // A paused socket does not see its own end.
  const wake = isStalled ? setTimeout(() => socket.resume(), 7000) : null;
  const of = <TType extends Message['type']>(type: TType) =>
    messages.filter((message): message is Extract<Message, { type: TType }> => message.type === type);
  return {
    messages,
    of,
    frames: () => of('frames').flatMap(({ frames }) => frames),
    send: (message: object) => socket.send(JSON.stringify(message)),
    sendText: (text: string) => socket.send(text),
    code: () => code,
    ended: ended.finally(() => wake && clearTimeout(wake)),
    async until(isTrue: () => boolean) {
      const end = performance.now() + 15_000;
      while (!isTrue()) {
        if (performance.now() > end) throw new Error(`It did not come: ${messages.length} messages.`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}
