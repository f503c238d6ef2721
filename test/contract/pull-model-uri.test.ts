import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ModelFiles, pullModelCommand, removeModel } from '../../src/commands/model-files.ts';
import { listModels } from '../../src/commands/model-list.ts';
import { toErrorRecord } from '../../src/errors.ts';
import { resolveModel } from '../../src/services/model/resolve-model.ts';
import { verifyModel } from '../../src/services/model/verify-model.ts';
import { LLAMA_3 } from '../unit/model/chat-templates.ts';
import { ggufWith } from '../unit/model/gguf-file.ts';

const URI = 'hf:me/mine/model.Q4.gguf';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const MODEL = madeModel(LLAMA_3[0]?.template ?? '');

let dir = '';
let hub: Hub;
beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'gyre-uri-'));
  hub = await openHub();
});
afterEach(async () => {
  await hub.close();
  rmSync(dir, { recursive: true });
});

test('pull fetches a file of the hub by the commit that it has now, and keeps what the hub said beside it', async () => {
  const file = path.join(dir, 'models/hf/me/mine/model.Q4.gguf');
  expect(await run((files) => pullModelCommand(URI, files))).toEqual({
    code: 0,
    out: `${URI} is ready (from 127.0.0.1:${hub.port}, verified): ${file}\n`,
    err: `Fetching ${URI} (401 KB, see the hub) into ${dir}/models\n`,
  });
  expect(hub.asked).toEqual([
    'HEAD /me/mine/resolve/main/model.Q4.gguf',
    `GET /me/mine/resolve/${COMMIT}/model.Q4.gguf`,
    'GET /storage',
  ]);
  expect(readFileSync(file).equals(MODEL)).toBe(true);
  expect(readdirSync(path.dirname(file))).toEqual(['model.Q4.gguf', 'model.Q4.gguf.hub.json']);
  expect(JSON.parse(readFileSync(`${file}.hub.json`, 'utf8'))).toEqual({
    repo: 'me/mine',
    path: 'model.Q4.gguf',
    revision: 'main',
    commit: COMMIT,
    bytes: MODEL.length,
    sha256: sha256(MODEL),
  });
});

test('the second time it is there and verified, and fetched anew when it has changed at the hub', async () => {
  await run((files) => pullModelCommand(URI, files));
  hub.asked.length = 0;
  expect((await run((files) => pullModelCommand(URI, files))).out).toContain('is there and verified');
  expect(hub.asked).toEqual(['HEAD /me/mine/resolve/main/model.Q4.gguf']);
  hub.offer(Buffer.concat([MODEL, Buffer.from('newer')]));
  expect((await run((files) => pullModelCommand(URI, files))).out).toContain('is ready');
  expect(readFileSync(path.join(dir, 'models/hf/me/mine/model.Q4.gguf')).length).toBe(MODEL.length + 5);
});

test('a run finds it, and finds out when its file was changed', async () => {
  await run((files) => pullModelCommand(URI, files));
  const found = await resolveModel({ model: URI, modelsDir: `${dir}/models`, cwd: dir, availableMemoryBytes: 1e9 });
  if (found.kind !== 'gguf') throw new Error('It is a script.');
  expect([found.name, found.pinned?.sha256]).toEqual([URI, sha256(MODEL)]);
  writeFileSync(found.file, Buffer.from(MODEL).fill('x', 2000));
  const signal = new AbortController().signal;
  const verification = verifyModel({ ...found, stateDir: dir, onProgress: () => {}, signal });
  await expect(verification).rejects.toMatchObject({
    message: expect.stringContaining(`and ${sha256(MODEL)} was expected.`),
    hint: `Run "gyre models pull ${URI}": it fetches the file anew and puts it in place of this one.`,
  });
});

test('list shows what its header says, and remove leaves nothing of it', async () => {
  await run((files) => pullModelCommand(URI, files));
  writeFileSync(path.join(dir, 'models/hf/me/mine/model.Q4.gguf.0-0123456789abcdef.part'), 'left by an earlier pull');
  const { out } = await run((files) => listModels({ ...files, isJson: true }));
  const file = path.join(dir, 'models/hf/me/mine/model.Q4.gguf');
  expect(JSON.parse(out)).toEqual([
    {
      name: URI,
      alias: null,
      file,
      parameters: '1 B',
      bytes: MODEL.length,
      licence: 'llama3.2',
      contextTokens: 131_072,
      adapter: null,
      memoryBytes: MODEL.length + 250e6,
      fits: true,
      onDisk: 'yes',
    },
  ]);
  expect((await run((files) => removeModel(URI, files))).out).toBe(`Removed ${file} (401 KB)\n`);
  expect([readdirSync(`${dir}/models`), readdirSync(`${dir}/state/verified-models`)]).toEqual([[], []]);
  expect((await run((files) => removeModel(URI, files))).out).toBe(`${URI} is not there: there is no file ${file}\n`);
});

test('a terminal of 80 columns shows a long name on a line of its own, and a pipe shows one line for each', async () => {
  const long = 'hf:me/mine/a-rather-long-name-for-a-model-of-one-billion-Q4_K_M.gguf';
  await run((files) => pullModelCommand(long, files));
  const terminal = (await run((files) => listModels({ ...files, out: { ...files.out, isTTY: true } }))).out;
  expect(terminal.split('\n').slice(0, 3)).toEqual([
    'name  params  size    licence   context  memory  fits  here',
    long,
    '      1 B     401 KB  llama3.2  131072   250 MB  yes   yes',
  ]);
  expect((await run(listModels)).out.split('\n')[1]).toBe(
    `${long}  1 B     401 KB  llama3.2  131072   250 MB  yes   yes`,
  );
});

test('the token goes to the hub alone', async () => {
  await run((files) => pullModelCommand(URI, { ...files, hfToken: 'hf_secret' }));
  expect(hub.tokens).toEqual([
    'HEAD /me/mine/resolve/main/model.Q4.gguf Bearer hf_secret',
    `GET /me/mine/resolve/${COMMIT}/model.Q4.gguf Bearer hf_secret`,
    'GET /storage undefined',
  ]);
});

test('another content than the hub says is told with both sums, and neither file nor record is kept', async () => {
  hub.offer(MODEL, { 'x-linked-etag': `"${'ab'.repeat(32)}"` });
  const { problem, err } = await problemOf(URI);
  expect(problem.message).toBe(`${URI} could not be fetched from any of its sources.`);
  expect(err).toContain(`its SHA-256 is ${sha256(MODEL)}, and ${'ab'.repeat(32)} was expected.`);
  expect(readdirSync(`${dir}/models/hf/me/mine`)).toEqual([]);
});

test('another size than the hub says is told before anything is kept', async () => {
  hub.offer(MODEL, { 'x-linked-size': '1000' });
  expect((await problemOf(URI)).err).toContain('bytes, and 1,000 were expected.');
});

test.each([
  ['no SHA-256', 200, { 'x-linked-etag': '"0123"', etag: '"0123"' }, 'the server names no SHA-256 of the file'],
  ['no size', 200, { 'x-linked-size': 'much' }, 'the server names no size of the file'],
  ['no such file', 404, {}, 'the server answers 404 Not Found'],
  ['no right to read', 401, {}, 'the server answers 401 Unauthorized: it may need a token (HF_TOKEN)'],
  ['no time', 429, {}, 'the server answers 429 Too Many Requests'],
])('a hub with %s is told, and nothing is fetched', async (_, status, headers, complaint) => {
  hub.offer(MODEL, headers, status);
  expect((await problemOf(URI)).problem).toEqual({
    code: 'model-unavailable',
    message: `${URI} could not be fetched. 127.0.0.1:${hub.port}: ${complaint}.`,
    hint: 'Look at its name at the hub, or name a mirror with HF_ENDPOINT. "gyre models list" shows what has other sources.',
  });
  expect([hub.asked.filter((line) => line.startsWith('GET')), existsSync(`${dir}/models`)]).toEqual([[], false]);
});

test('without the hub, a file that is there is held against what the hub said when it was fetched', async () => {
  await run((files) => pullModelCommand(URI, files));
  hub.offer(MODEL, {}, 503);
  const { out, err } = await run((files) => pullModelCommand(URI, files));
  expect([out.includes('is there and verified'), err]).toEqual([
    true,
    `127.0.0.1:${hub.port}: the server answers 503 Service Unavailable. It is held against what the hub said when it was fetched.\n`,
  ]);
});

test('a model of an unknown chat format is fetched, and it is told that it will be refused', async () => {
  hub.offer(madeModel("{{ '<|user|>' + message }}"));
  expect((await run((files) => pullModelCommand(URI, files))).err).toContain(
    'It will be refused when it is run. gyre does not know how to talk to hf:me/mine/model.Q4.gguf',
  );
});

test('a URI of another form is a matter of usage, for pull and for remove', async () => {
  const usage = {
    code: 'usage',
    message: '"hf:me/mine:Q4_K_M" names a quantisation, and which file that is changes at the hub: name the file.',
    hint: 'Type it as hf:USER/REPOSITORY/FILE.gguf, with #REVISION behind it if need be.',
  };
  for (const command of [pullModelCommand, removeModel]) {
    await expect(run((files) => command('hf:me/mine:Q4_K_M', files))).rejects.toMatchObject(usage);
  }
});

test('two pulls of one file at once both end well', async () => {
  const both = await Promise.all([0, 1].map(() => run((files) => pullModelCommand(URI, files))));
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(readdirSync(`${dir}/models/hf/me/mine`)).toEqual(['model.Q4.gguf', 'model.Q4.gguf.hub.json']);
});

async function run(command: (files: ModelFiles) => Promise<number>) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await command(filesWith(out, err));
  return { code, out: out.join(''), err: err.join('') };
}

async function problemOf(uri: string) {
  const err: string[] = [];
  const problem = await pullModelCommand(uri, filesWith([], err)).then(() => {
    throw new Error('It was fetched.');
  }, toErrorRecord);
  return { problem, err: err.join('') };
}

function filesWith(out: string[], err: string[]): ModelFiles {
  return {
    modelsDir: path.join(dir, 'models'),
    stateDir: path.join(dir, 'state'),
    hfEndpoint: `http://127.0.0.1:${hub.port}`,
    hfToken: null,
    availableMemoryBytes: 1e9,
    out: { isTTY: false, columns: 80, write: (text) => out.push(text) },
    err: { isTTY: false, columns: 80, write: (text) => err.push(text) },
    isJson: false,
    signal: new AbortController().signal,
    catalogue: [],
    patience: { answerMs: 5000, stallMs: 5000, reconnects: 1, pauseMs: 0 },
  };
}

interface Hub {
  readonly port: number;
  /** Method and address of each request. */
  readonly asked: string[];
  /** The same with what stands in `authorization`. */
  readonly tokens: string[];
  /** What it has from now on, and what it says of it. */
  offer(content: Buffer, headers?: Record<string, string>, status?: number): void;
  close(): Promise<void>;
}

/** Says what the hub says of a large file, and redirects to a host of another name for its content. */
async function openHub(): Promise<Hub> {
  const asked: string[] = [];
  const tokens: string[] = [];
  let offered = { content: MODEL, headers: {}, status: 302 };
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    tokens.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const { content, headers, status } = offered;
    if (request.url === '/storage')
      return void response.writeHead(200, { 'content-length': content.length }).end(content);
    const facts = { 'x-repo-commit': COMMIT, 'x-linked-etag': `"${sha256(content)}"`, 'x-linked-size': content.length };
    response.writeHead(status, { ...facts, location: `http://localhost:${port}/storage`, ...headers }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    asked,
    tokens,
    offer(content, headers = {}, status = 302) {
      offered = { content, headers, status };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function madeModel(template: string): Buffer {
  const header = ggufWith({
    'general.architecture': 'llama',
    'general.size_label': '1B',
    'general.license': 'llama3.2',
    'llama.context_length': 131_072,
    'tokenizer.chat_template': template,
  });
  return Buffer.concat([header, Buffer.alloc(400_000, 'weights')]);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
