import { expect, test } from 'vitest';
import {
  type ConfigSources,
  configJsonSchema,
  envOf,
  flagOf,
  loadConfig,
  patienceOf,
  type SettingName,
} from '../../../src/config.ts';
import { AgentError } from '../../../src/errors.ts';

test('without any source every setting has its default', () => {
  expect(load({}).settings).toEqual({
    model: null,
    modelsDir: '/home/ana/.eliza/models',
    adapter: null,
    sandboxDir: '/project/sandbox',
    stateDir: '/home/ana/.local/state/gyre',
    goalFile: null,
    loopIntervalMs: 3000,
    maxIterations: 1000,
    maxConsecutiveFailures: 5,
    maxDurationMs: null,
    maxTotalTokens: null,
    nudgeAfter: 3,
    diversifyAfter: 5,
    giveUpAfter: 8,
    maxPolls: 100,
    memoryContextSize: 10,
    contextSize: 8192,
    gpuLayers: 0,
    temperature: 0.7,
    maxTokens: 512,
    seed: null,
    shellTimeout: 30_000,
    check: null,
    checkDir: null,
    checkEach: false,
    approve: false,
    inspect: false,
    sandbox: 'auto',
    allow: [],
    deny: [],
  });
});

test('a flag beats the environment, which beats the file, which beats the default', () => {
  const file = { maxIterations: 1, maxTokens: 100, contextSize: 2048 };
  const env = { MAX_ITERATIONS: '2', MAX_TOKENS: '200' };
  const { settings } = load({ file, env, flags: { maxIterations: '3' } });
  expect([settings.maxIterations, settings.maxTokens, settings.contextSize, settings.temperature]).toEqual([
    3, 200, 2048, 0.7,
  ]);
});

test('the adapter is a file of the working directory, or none', () => {
  const adapterFor = (adapter: string) => load({ flags: { adapter } }).settings.adapter;
  expect([adapterFor('mine.gguf'), adapterFor('/mine.gguf'), adapterFor('none'), adapterFor('./none')]).toEqual([
    '/project/mine.gguf',
    '/mine.gguf',
    'none',
    '/project/none',
  ]);
});

test('names follow one rule, with the exceptions of the contract', () => {
  expect([flagOf('loopIntervalMs'), envOf('loopIntervalMs')]).toEqual(['--loop-interval-ms', 'LOOP_INTERVAL_MS']);
  expect([flagOf('model'), envOf('model')]).toEqual(['--model', 'LOCAL_SMALL_MODEL']);
  expect([flagOf('stateDir'), envOf('stateDir')]).toEqual(['--state-dir', 'GYRE_STATE_DIR']);
  expect([flagOf('shellTimeout'), envOf('shellTimeout')]).toEqual(['--shell-timeout', 'SHELL_TIMEOUT']);
});

test.each([
  ['true', true],
  ['YES', true],
  ['1', true],
  ['On', true],
  ['false', false],
  ['No', false],
  ['0', false],
  ['off', false],
])('the boolean %s is understood', (text, expected) => {
  expect(load({ env: { GYRE_APPROVE: text, AUTONOMY_ENABLED: text } })).toMatchObject({
    settings: { approve: expected },
    isAutonomyEnabled: expected,
  });
});

test('a limit is a number, or none', () => {
  expect(load({ env: { MAX_ITERATIONS: 'none' } }).settings.maxIterations).toBeNull();
  expect(load({ file: { maxDurationMs: 'none' } }).settings.maxDurationMs).toBeNull();
  expect(load({ flags: { maxDurationMs: '250' } }).settings.maxDurationMs).toBe(250);
});

test('text settings may be called none', () => {
  expect(load({ flags: { model: 'none', check: 'none' } }).settings).toMatchObject({ model: 'none', check: 'none' });
});

test('an empty variable counts as unset', () => {
  expect(load({ env: { MAX_ITERATIONS: '', AUTONOMY_ENABLED: '', GYRE_CHECK: '' } })).toMatchObject({
    settings: { maxIterations: 1000, check: null },
    isAutonomyEnabled: true,
  });
});

test('lists are separated by commas, in the file also by brackets', () => {
  expect(load({ env: { GYRE_ALLOW: 'python3, node' }, file: { deny: ['rm'] } }).settings).toMatchObject({
    allow: ['python3', 'node'],
    deny: ['rm'],
  });
});

test('every problem is listed with its source', () => {
  const problems = problemsOf({
    flags: { maxIterations: '0', temperature: 'hot' },
    env: { MAX_TOKENS: '1.5', GYRE_TYPO: 'x', AUTONOMY_ENABLED: 'maybe', SHELL_TIMEOUT: '-1' },
    file: { contextSize: 'big', colour: 'red' },
  });
  expect(problems).toEqual([
    'GYRE_TYPO (environment): there is no such setting',
    'colour (/home/ana/.config/gyre/config.json): there is no such setting',
    '--max-iterations: expected a whole number of at least 1, or "none", got "0"',
    'contextSize (/home/ana/.config/gyre/config.json): expected a whole number from 1024 to 1048576, got "big"',
    '--temperature: expected a number from 0 to 2, got "hot"',
    'MAX_TOKENS (environment): expected a whole number from 16 to 32768, got "1.5"',
    'SHELL_TIMEOUT (environment): expected a whole number from 1 to 86400000, got "-1"',
    'AUTONOMY_ENABLED (environment): expected true or false, got "maybe"',
  ]);
});

test('no sandbox at all is taken from the flag alone', () => {
  expect(load({ flags: { sandbox: 'none' } }).settings.sandbox).toBe('none');
  expect(problemsOf({ env: { GYRE_SANDBOX: 'none' } })).toHaveLength(1);
  expect(problemsOf({ file: { sandbox: 'none' } })).toHaveLength(1);
});

test('the settings file is the named one, and a named one must be there', () => {
  const readFile = (path: string) => (path === '/project/my.json' ? '{"maxTokens": 64}' : undefined);
  expect(loadConfig({ ...sources({}), configFile: 'my.json', readFile }).settings.maxTokens).toBe(64);
  expect(() => loadConfig({ ...sources({}), configFile: 'none.json', readFile })).toThrow('/project/none.json');
});

test.each(['{', '[]', 'null', '"text"'])('a settings file that holds %s is a problem', (content) => {
  expect(() => loadConfig({ ...sources({}), readFile: () => content })).toThrow(AgentError);
});

test('relative XDG directories are ignored, absolute ones are used', () => {
  expect(load({ env: { XDG_STATE_HOME: 'state' } }).settings.stateDir).toBe('/home/ana/.local/state/gyre');
  expect(load({ env: { XDG_STATE_HOME: '/state' } }).settings.stateDir).toBe('/state/gyre');
});

test('the JSON Schema of the settings file knows every setting and nothing else', () => {
  const schema = configJsonSchema() as { properties: object; additionalProperties: boolean };
  expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(load({}).settings).sort());
  expect(schema.additionalProperties).toBe(false);
});

interface Given {
  readonly flags?: Partial<Record<SettingName, string>>;
  readonly env?: Record<string, string>;
  readonly file?: object;
}

function sources({ flags = {}, env = {}, file }: Given): ConfigSources {
  return {
    // The keys of such a record are setting names.
    flags: new Map(Object.entries(flags) as [SettingName, string][]),
    env,
    configFile: undefined,
    homeDir: '/home/ana',
    workingDir: '/project',
    readFile: () => file && JSON.stringify(file),
  };
}

function load(given: Given) {
  return loadConfig(sources(given));
}

function problemsOf(given: Given): string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof AgentError) return error.message.split('\n  ').slice(1);
  }
  throw new Error('There was no problem.');
}

test('whoever gives up early is told and asked in another way earlier too, one level an iteration', () => {
  const patience = (flags: Partial<Record<SettingName, string>> = {}) => patienceOf(load({ flags }).settings);
  expect(patience()).toEqual({ nudgeAfter: 3, diversifyAfter: 5, giveUpAfter: 8 });
  expect(patience({ giveUpAfter: '5' })).toEqual({ nudgeAfter: 3, diversifyAfter: 4, giveUpAfter: 5 });
  expect(patience({ giveUpAfter: 'none' })).toEqual({ nudgeAfter: 3, diversifyAfter: 5, giveUpAfter: null });
  expect(patience({ nudgeAfter: '20' })).toEqual({ nudgeAfter: 4, diversifyAfter: 5, giveUpAfter: 8 });
});
