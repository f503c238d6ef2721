import { execFileSync, spawnSync } from 'node:child_process';
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
  ['a missing file', status(404), 'the server answers 404 Not Found'],
  ['a range that is none', status(416), 'the server answers 416 Range Not Satisfiable'],
  ['a refusal', status(403), 'the server answers 403 Forbidden: it may need a token (HF_TOKEN)'],
  ['a demand', status(401), 'the server answers 401 Unauthorized: it may need a token (HF_TOKEN)'],
  ['a server that stays busy', status(429), 'the server answers 429 Too Many Requests'],
  ['a server that stays broken', status(503), 'the server answers 503 Service Unavailable'],
  ['a redirect in a circle', redirect('/me/mine/resolve/main/model.gguf'), 'the server redirects more than 5 times'],
  ['a redirect to a file', redirect('file:///etc/passwd'), 'the server redirects to file:'],
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

test('a connection that always drops is given up, and what came is kept for the next pull', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = dropAfter(0);
  const { notices } = await problemOf();
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain('the connection broke after');
  expect(hub.requests).toBe(3);
  expect(readdirSync(dir)).toEqual([expect.stringMatching(/^model\.gguf\.0-[0-9a-f]{16}\.part$/)]);
});

test('the next pull goes on where the last one ended', async () => {
  await interrupt();
  const ranges: unknown[] = [];
  hub.answers['/me/mine/resolve/main/model.gguf'] = (request, response) => {
    ranges.push(request.headers.range);
    return send(MODEL)(request, response);
  };
  const { notices, progress } = await pull();
  expect([ranges, notices]).toEqual([['bytes=1000-'], ['Going on from byte 1,000 of an earlier pull.']]);
  expect(progress[0]?.doneBytes).toBeGreaterThan(1000);
  expect(readdirSync(dir)).toEqual(['model.gguf']);
  expect(readFileSync(path.join(dir, 'model.gguf')).equals(MODEL)).toBe(true);
});

test.each([
  ['cannot go on there', sendWhole, 'the server cannot go on where it broke off'],
  [
    'says that there is nothing there',
    ((request, response) =>
      (request.headers.range === undefined ? send(MODEL) : status(416))(request, response)) satisfies Answer,
    'the server answers 416 Range Not Satisfiable',
  ],
])('when the server %s, the next pull begins at the beginning', async (_, answer, complaint) => {
  await interrupt();
  hub.answers['/me/mine/resolve/main/model.gguf'] = answer;
  const { notices } = await pull();
  expect(notices[1]).toBe(`127.0.0.1:${hub.port}: ${complaint}. It is fetched from the beginning.`);
  expect(readdirSync(dir)).toEqual(['model.gguf']);
});

test('when what was kept is damaged, the next pull finds out at the end, and begins at the beginning', async () => {
  await interrupt();
  const [part = ''] = readdirSync(dir);
  writeFileSync(path.join(dir, part), Buffer.from(MODEL.subarray(0, 1000)).fill('x', 500));
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(MODEL);
  const { notices } = await pull();
  expect(notices[1]).toContain('what came is not the model: its SHA-256 is');
  expect([readdirSync(dir), hub.requests]).toEqual([['model.gguf'], 3]);
});

test('what was kept of another content is not gone on from', async () => {
  await interrupt();
  const newer = Buffer.from(MODEL).fill('n', 300_000);
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(newer);
  expect((await pull({ entry: { ...entry, sha256: sha256(newer) } })).notices).toEqual([]);
  expect(readFileSync(path.join(dir, 'model.gguf')).equals(newer)).toBe(true);
});

test('what a killed pull has written is gone on from once it has been silent for two minutes', async () => {
  const file = path.join(dir, `model.gguf.4194304-${sha256(MODEL).slice(0, 8)}01234567.part`);
  writeFileSync(file, MODEL.subarray(0, 2000));
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(MODEL);
  expect((await pull()).notices).toEqual([]);
  expect(readdirSync(dir)).toEqual(['model.gguf', path.basename(file)]);
  utimesSync(file, Date.now() / 1000 - 121, Date.now() / 1000 - 121);
  expect((await pull()).notices).toEqual(['Going on from byte 2,000 of an earlier pull.']);
  expect(readdirSync(dir)).toEqual(['model.gguf']);
});

test('of two pulls that find one kept part, one goes on from it, and both end well', async () => {
  await interrupt();
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(MODEL);
  const both = await Promise.all([pull(), pull()]);
  expect(both.flatMap(({ notices }) => notices)).toEqual(['Going on from byte 1,000 of an earlier pull.']);
  expect(readdirSync(dir)).toEqual(['model.gguf']);
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
});

test('a hub that cannot be reached, or is no address, is told', async () => {
  await hub.close();
  expect((await problemOf()).notices).toEqual([`127.0.0.1:${hub.port}: connect ECONNREFUSED 127.0.0.1:${hub.port}.`]);
  expect((await problemOf({ hfEndpoint: 'mirror' })).notices).toEqual(['mirror: Invalid URL.']);
});

test('an abort ends it with the reason of the signal, and what came is kept for the next pull', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = (_, response) => void response.write(MODEL.subarray(0, 1000));
  const controller = new AbortController();
  const reason = new Error('enough');
  const aborted = pull({ signal: controller.signal, onProgress: () => controller.abort(reason) });
  await expect(aborted).rejects.toBe(reason);
  expect(readdirSync(dir)).toEqual([expect.stringMatching(/^model\.gguf\.0-[0-9a-f]{16}\.part$/)]);
});

test('a server that is busy is asked again, and its file is taken then', async () => {
  const codes = [429, 503];
  hub.answers['/me/mine/resolve/main/model.gguf'] = (request, response) =>
    (codes.length > 0 ? status(codes.shift() ?? 500) : send(MODEL))(request, response);
  const { notices } = await pull();
  expect([notices, hub.requests]).toEqual([[], 3]);
});

test('a server that cannot go on where it broke off is told, and keeps nothing', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = (request, response) => {
    delete request.headers.range;
    return dropAfter(1000)(request, response);
  };
  expect((await problemOf()).notices).toEqual([`127.0.0.1:${hub.port}: the server cannot go on where it broke off.`]);
  expect(readdirSync(dir)).toEqual([]);
});

test('a file that changes between two pieces is found out by its checksum, and keeps nothing', async () => {
  const changed = Buffer.from(MODEL).fill('x', 300_000);
  hub.answers['/me/mine/resolve/main/model.gguf'] = (request, response) =>
    (request.headers.range === undefined ? dropAfter(100_000) : send(changed))(request, response);
  expect((await problemOf()).notices).toEqual([expect.stringContaining('what came is not the model: its SHA-256 is')]);
  expect(readdirSync(dir)).toEqual([]);
});

test('the token is told to the hub, and not to the host that it redirects to', async () => {
  const tokens: unknown[] = [];
  hub.answers['/me/mine/resolve/main/model.gguf'] = (request, response) => {
    tokens.push(request.headers.authorization);
    return redirect('/second')(request, response);
  };
  hub.answers['/second'] = (request, response) => {
    tokens.push(request.headers.authorization);
    return redirect(`http://localhost:${hub.port}/elsewhere`)(request, response);
  };
  hub.answers['/elsewhere'] = (request, response) => {
    tokens.push([request.headers.host, request.headers.authorization]);
    return send(MODEL)(request, response);
  };
  await pull({ hfToken: 'hf_secret\n' });
  expect(tokens).toEqual(['Bearer hf_secret', 'Bearer hf_secret', [`localhost:${hub.port}`, undefined]]);
});

test('a token that may not read the file, or is none, is told without a word of it', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = status(403);
  const told = [await problemOf({ hfToken: 'hf_secret' }), await problemOf({ hfToken: 'hf_secret\u0000 x' })];
  expect(told.flatMap(({ notices }) => notices)).toEqual([
    `127.0.0.1:${hub.port}: the server answers 403 Forbidden: the token in HF_TOKEN may not read it.`,
    `127.0.0.1:${hub.port}: HF_TOKEN holds what no token holds.`,
  ]);
  expect(JSON.stringify(told)).not.toContain('secret');
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

// Only root may mount, and not in every container.
test.skipIf(!canMount())('a disk that is full half-way is told, and what came is removed from it', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', dir]);
  try {
    hub.answers['/me/mine/resolve/main/model.gguf'] = send(MODEL);
    const { problem } = await problemOf({ freeDiskBytes: async () => 1e12 });
    expect(problem).toEqual({
      code: 'model-unavailable',
      message: `Cannot write to ${dir}: ENOSPC: no space left on device, write.`,
      hint: 'Free some space, or name another directory with --models-dir.',
    });
    expect(readdirSync(dir)).toEqual([]);
  } finally {
    execFileSync('umount', ['--lazy', dir]);
  }
});

test('a directory that cannot be made ends it at once', async () => {
  writeFileSync(path.join(dir, 'file'), '');
  const { problem, notices } = await problemOf({ modelsDir: path.join(dir, 'file', 'models') });
  expect([problem.code, notices, hub.requests]).toEqual(['model-unavailable', [], 0]);
});

test('what a killed pull left behind is removed in the end, and what another one is writing is not', async () => {
  hub.answers['/me/mine/resolve/main/model.gguf'] = send(MODEL);
  const leftovers = [
    'model.gguf.4194304-0123abcd01234567.part',
    `model.gguf.${process.pid}-0123abcd01234567.part`,
    'model.gguf.4194304-4567abcd01234567.part',
    'model.gguf.mine.part',
  ];
  for (const name of leftovers) writeFileSync(path.join(dir, name), '');
  for (const name of [...leftovers.slice(0, 2), 'model.gguf.mine.part']) utimesSync(path.join(dir, name), 0, 0);
  await pull();
  expect(readdirSync(dir)).toEqual(['model.gguf', ...leftovers.slice(1)].toSorted());
});

function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const probe = mkdtempSync(path.join(tmpdir(), 'gyre-mount-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', probe]).status === 0;
  if (isMounted) execFileSync('umount', [probe]);
  rmSync(probe, { recursive: true });
  return isMounted;
}

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

function redirect(location: string): Answer {
  return (_, response) => response.writeHead(302, { location }).end();
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

function sendWhole(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': MODEL.length }).end(MODEL);
}

/** A pull of 1000 bytes that broke off. */
async function interrupt(): Promise<void> {
  hub.answers['/me/mine/resolve/main/model.gguf'] = (_, response) => void response.write(MODEL.subarray(0, 1000));
  const controller = new AbortController();
  await pull({ signal: controller.signal, onProgress: () => controller.abort() }).catch(() => {});
  expect(readdirSync(dir)).toHaveLength(1);
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
