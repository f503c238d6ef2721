import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toErrorRecord } from '../../src/errors.ts';
import type { CatalogueEntry } from '../../src/services/model/catalogue.ts';
import { type PullOptions, type PullProgress, pullModel } from '../../src/services/model/pull-model.ts';

const MODEL = Buffer.concat([Buffer.from('GGUF\x03\0\0\0'), Buffer.alloc(400_000, 'weights')]);

let dir = '';
let hub: Hub;
beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'gyre-pull-'));
  hub = await openHub();
});
afterEach(async () => {
  await hub.close();
  rmSync(dir, { recursive: true });
});

test('a good file is there under its name, readable by everybody, and nothing else', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(MODEL);
  const { pulled, progress } = await pull();
  expect(pulled).toEqual({ file: path.join(dir, 'model.gguf'), source: `127.0.0.1:${hub.port}` });
  expect(readFileSync(path.join(dir, 'model.gguf')).equals(MODEL)).toBe(true);
  expect(statSync(path.join(dir, 'model.gguf')).mode & 0o777).toBe(0o644);
  expect(readdirSync(dir)).toEqual(['model.gguf']);
  expect(progress.at(-1)).toEqual({
    doneBytes: MODEL.length,
    totalBytes: MODEL.length,
    source: `127.0.0.1:${hub.port}`,
  });
});

test('the directory is made when it is missing', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(MODEL);
  await pull({ modelsDir: path.join(dir, 'a', 'b') });
  expect(readdirSync(path.join(dir, 'a', 'b'))).toEqual(['model.gguf']);
});

test('a damaged file of that name is replaced, and stays as it is when the pull fails', async () => {
  writeFileSync(path.join(dir, 'model.gguf'), 'damaged');
  await problemOf();
  expect(readFileSync(path.join(dir, 'model.gguf'), 'utf8')).toBe('damaged');
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(MODEL);
  await pull();
  expect(readFileSync(path.join(dir, 'model.gguf')).equals(MODEL)).toBe(true);
});

test('a wrong checksum is told with both sums, and keeps nothing', async () => {
  const wrong = Buffer.from(MODEL).fill('x', 1000);
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(wrong);
  const { notices, problem } = await problemOf();
  expect(notices).toEqual([
    `127.0.0.1:${hub.port}: what came is not the model: its SHA-256 is ${sha256(wrong)}, and ${sha256(MODEL)} was expected.`,
  ]);
  expect(problem).toEqual({
    code: 'model-unavailable',
    message: 'small could not be fetched from any of its sources.',
    hint: `Fetch https://huggingface.co/me/mine/resolve/main/model.gguf where the network allows it, and put it at ${dir}/model.gguf, or name a mirror of the hub with HF_ENDPOINT.`,
  });
  expect(readdirSync(dir)).toEqual([]);
});

test('a web page in the place of the model is known by its first bytes, and the rest of it is not fetched', async () => {
  let sent = 0;
  let hangUp: () => void = () => {};
  const hungUp = new Promise<void>((resolve) => {
    hangUp = resolve;
  });
  hub.answers['/me/mine/resolve/main/model.gguf'] = (_, response) => {
    const page = setInterval(() => {
      sent += 8192;
      response.write('<!doctype html>'.padEnd(8192));
    }, 5);
    response.on('close', () => {
      clearInterval(page);
      hangUp();
    });
  };
  const { notices } = await problemOf();
  expect(notices).toEqual([
    `127.0.0.1:${hub.port}: what came is not the model: it starts with "<!do" where a GGUF file has "GGUF".`,
  ]);
  await hungUp;
  expect(sent).toBeLessThan(MODEL.length);
  expect(readdirSync(dir)).toEqual([]);
});

test.each([
  ['another size', send(MODEL.subarray(0, 1000)), 'the server offers 1,000 bytes, and 400,008 were expected'],
  ['an end too early', sendChunked([MODEL.subarray(0, 1000)]), 'only 1,000 of 400,008 bytes came'],
  ['no end', sendChunked([MODEL, MODEL]), 'more than the expected 400,008 bytes came'],
  ['a refusal', status(403), 'the server answers 403 Forbidden'],
])('%s is told, and keeps nothing', async (_, answer, complaint) => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = answer;
  expect((await problemOf()).notices).toEqual([`127.0.0.1:${hub.port}: ${complaint}.`]);
  expect(readdirSync(dir)).toEqual([]);
});

test('when one source has no such file the next one is tried', async () => {
  hub.answers['/you/yours/resolve/main/model.gguf'] = send(MODEL);
  const { notices } = await pull({ entry: { ...entry, sources: [...entry.sources, yours] } });
  expect(notices).toEqual([`127.0.0.1:${hub.port}: the server answers 404 Not Found.`]);
  expect(readdirSync(dir)).toEqual(['model.gguf']);
});

test('a redirect to another address is followed', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = (_, response) =>
    response.writeHead(302, { location: '/cdn' }).end();
  hub.answers['/cdn'] = send(MODEL);
  expect((await pull()).notices).toEqual([]);
});

test('a connection that drops is taken up again where it broke', async () => {
  const ranges: unknown[] = [];
  hub.answers['/me/mine/resolve/main/model.gguf'] = (request, response) => {
    ranges.push(request.headers.range);
    if (ranges.length === 1) return dropAfter(150_000)(request, response);
    return send(MODEL)(request, response);
  };
  const { progress } = await pull();
  expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  expect(progress.map(({ doneBytes }) => doneBytes)).toEqual(
    progress.map(({ doneBytes }) => doneBytes).toSorted((a, b) => a - b),
  );
  expect(readFileSync(path.join(dir, 'model.gguf')).equals(MODEL)).toBe(true);
});

test('a connection that always drops is given up, and keeps nothing', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = dropAfter(0);
  const { notices } = await problemOf();
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain('the connection broke after');
  expect(hub.requests).toBe(3);
  expect(readdirSync(dir)).toEqual([]);
});

test('a server that says nothing, or goes silent half-way, is given up', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = () => {};
  hub.answers['/you/yours/resolve/main/model.gguf'] = (_, response) => void response.write(MODEL.subarray(0, 1000));
  const { notices } = await problemOf({
    entry: { ...entry, sources: [...entry.sources, yours] },
    patience: { answerMs: 100, stallMs: 100, reconnects: 0, pauseMs: 0 },
  });
  expect(notices).toEqual([
    `127.0.0.1:${hub.port}: no answer within 0.1 s.`,
    `127.0.0.1:${hub.port}: the connection broke after 1,000 bytes: nothing came for 0.1 s.`,
  ]);
  expect(readdirSync(dir)).toEqual([]);
});

test('a hub that cannot be reached, or is no address, is told', async () => {
  await hub.close();
  expect((await problemOf()).notices).toEqual([`127.0.0.1:${hub.port}: connect ECONNREFUSED 127.0.0.1:${hub.port}.`]);
  expect((await problemOf({ hfEndpoint: 'mirror' })).notices).toEqual(['mirror: Invalid URL.']);
});

test('an abort ends it with the reason of the signal, and keeps nothing', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = (_, response) => void response.write(MODEL.subarray(0, 1000));
  const controller = new AbortController();
  const reason = new Error('enough');
  const aborted = pull({ signal: controller.signal, onProgress: () => controller.abort(reason) });
  await expect(aborted).rejects.toBe(reason);
  expect(readdirSync(dir)).toEqual([]);
});

test('two pulls of one model at once both end well', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(MODEL);
  await Promise.all([pull(), pull()]);
  expect(readdirSync(dir)).toEqual(['model.gguf']);
  expect(readFileSync(path.join(dir, 'model.gguf')).equals(MODEL)).toBe(true);
});

test('a disk without room is told before anything is asked of the network', async () => {
  const { problem } = await problemOf({ freeDiskBytes: async () => 100e6 });
  expect(problem).toEqual({
    code: 'model-unavailable',
    message: `Not enough room in ${dir}: fetching small takes 200 MB, and 100 MB are free.`,
    hint: 'Free some space, or name another directory with --models-dir.',
  });
  expect(hub.requests).toBe(0);
});

test('a directory that cannot be made ends it at once', async () => {
  writeFileSync(path.join(dir, 'file'), '');
  const { problem, notices } = await problemOf({ modelsDir: path.join(dir, 'file', 'models') });
  expect([problem.code, notices, hub.requests]).toEqual(['model-unavailable', [], 0]);
});

test('what a killed pull left behind is removed, and what another one is writing is not', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(MODEL);
  const leftovers = [
    'model.gguf.4194304-0123abcd.part',
    `model.gguf.${process.pid}-0123abcd.part`,
    'model.gguf.4194304-4567abcd.part',
    'model.gguf.mine.part',
  ];
  for (const name of leftovers) writeFileSync(path.join(dir, name), '');
  for (const name of [...leftovers.slice(0, 2), 'model.gguf.mine.part']) utimesSync(path.join(dir, name), 0, 0);
  await pull();
  expect(readdirSync(dir)).toEqual(['model.gguf', ...leftovers.slice(1)].toSorted());
});

const yours = { kind: 'hf', repo: 'you/yours', file: 'model.gguf' } as const;

const entry: CatalogueEntry = {
  name: 'small',
  file: 'model.gguf',
  bytes: MODEL.length,
  sha256: sha256(MODEL),
  licence: 'MIT',
  parameters: '1 M',
  contextTokens: 8192,
  memoryBytes: 1,
  sources: [{ kind: 'hf', repo: 'me/mine', file: 'model.gguf' }],
};

async function pull(changes: Partial<PullOptions> = {}) {
  const notices: string[] = [];
  const progress: PullProgress[] = [];
  const pulled = await pullModel({ ...options(notices, progress), ...changes });
  return { pulled, notices, progress };
}

async function problemOf(changes: Partial<PullOptions> = {}) {
  const notices: string[] = [];
  const problem = await pullModel({ ...options(notices, []), ...changes }).then(() => {
    throw new Error('It was fetched.');
  }, toErrorRecord);
  return { notices, problem };
}

function options(notices: string[], progress: PullProgress[]): PullOptions {
  return {
    entry,
    modelsDir: dir,
    hfEndpoint: `http://127.0.0.1:${hub.port}/`,
    onNotice: (notice) => notices.push(notice),
    onProgress: (told) => progress.push(told),
    signal: new AbortController().signal,
    patience: { answerMs: 5000, stallMs: 5000, reconnects: 2, pauseMs: 0 },
  };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

interface Hub {
  readonly port: number;
  readonly answers: Record<string, Answer>;
  readonly requests: number;
  close(): Promise<void>;
}

async function openHub(): Promise<Hub> {
  const answers: Record<string, Answer> = {};
  let requests = 0;
  const server: Server = createServer((request, response) => {
    requests += 1;
    (answers[request.url ?? ''] ?? status(404))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    answers,
    get requests() {
      return requests;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function status(code: number): Answer {
  return (_, response) => response.writeHead(code).end();
}

function send(content: Buffer): Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = content.subarray(from);
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length, 'content-range': range }).end(rest);
  };
}

function sendChunked(pieces: readonly Buffer[]): Answer {
  return (_, response) => {
    for (const piece of pieces) response.write(piece);
    response.end();
  };
}

/** Sends so much of what was asked for, and then cuts the line. */
function dropAfter(bytes: number): Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const length = MODEL.length - from;
    const range = `bytes ${from}-${MODEL.length - 1}/${MODEL.length}`;
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': length, 'content-range': range });
    response.write(MODEL.subarray(from, from + bytes + 8), () => response.socket?.end());
  };
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
