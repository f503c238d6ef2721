import { join, resolve } from 'node:path';
import { z } from 'zod';
import { AgentError } from './errors.ts';

/**
 * Every setting there is. One row makes the flag, the environment variable, the key in the settings file, the line in
 * `--help`, the row in docs/settings.md and the property in the JSON Schema.
 */
export const settingRows = {
  model: text('NAME', 'A script:FILE, a catalogue name, a file in the models directory, or a path.', {
    env: 'LOCAL_SMALL_MODEL',
    shown: 'the largest that fits',
  }),
  modelsDir: path('DIR', 'Directory that holds the GGUF models.', { env: 'MODELS_DIR', shown: '~/.eliza/models' }),
  adapter: {
    kind: 'pathOrNone',
    value: 'FILE',
    shown: "the model's own",
    about: 'LoRA adapter (GGUF) to use with the model, or none. With an adapter no demonstrations are shown.',
    schema: z.string().min(1).optional(),
  },
  sandboxDir: path('DIR', 'The box: the only directory that commands can write.', {
    env: 'SANDBOX_DIR',
    shown: './sandbox',
  }),
  stateDir: path('DIR', 'Where runs are journalled; never inside the box.', { shown: '~/.local/state/gyre' }),
  goalFile: path('FILE', 'Reads the goal from a file.', { shown: 'none' }),
  loopIntervalMs: integer('Milliseconds between two iterations.', 3000, { env: 'LOOP_INTERVAL_MS', min: 0 }),
  maxIterations: limit('Iterations after which the run ends.', 1000, { env: 'MAX_ITERATIONS' }),
  maxConsecutiveFailures: limit('Failures in a row after which the run ends.', 5, { env: 'MAX_CONSECUTIVE_FAILURES' }),
  maxDurationMs: limit('Milliseconds after which the run ends, whatever is running; pauses count.', 'none'),
  maxTotalTokens: limit('Evaluated + generated tokens after which the run ends.', 'none'),
  nudgeAfter: integer('Repeats in a row after which the model is told what repeats.', 3, { min: 3, max: 1000 }),
  diversifyAfter: integer('Repeats in a row after which the model is asked in another way.', 5, { min: 4, max: 1000 }),
  giveUpAfter: limit('Repeats in a row after which a person is asked, or the run ends as stuck.', 8, { min: 5 }),
  maxPolls: limit('Runs of one command with changing results that count as progress.', 100),
  memoryContextSize: integer('Recent iterations that the model is shown.', 10, {
    env: 'MEMORY_CONTEXT_SIZE',
    min: 1,
    max: 1000,
  }),
  contextSize: integer("Tokens in the model's context window.", 8192, {
    env: 'CONTEXT_SIZE',
    min: 1024,
    max: 1_048_576,
  }),
  gpuLayers: {
    kind: 'layers',
    value: 'NUMBER',
    env: 'GPU_LAYERS',
    shown: '0',
    about: 'Layers of the model to place on a GPU; auto: as many as fit, max: all.',
    schema: z.union([z.int().min(0).max(1000), z.enum(['auto', 'max'])]).default(0),
  },
  temperature: {
    kind: 'number',
    value: 'NUMBER',
    env: 'TEMPERATURE',
    shown: '0.7',
    about: 'Sampling temperature; 0 always takes the likeliest token.',
    schema: z.number().min(0).max(2).default(0.7),
  },
  maxTokens: integer('Tokens that one decision may have.', 512, { env: 'MAX_TOKENS', min: 16, max: 32_768 }),
  seed: {
    kind: 'integer',
    value: 'NUMBER',
    env: 'GYRE_SEED',
    shown: 'random',
    about: "Seed of the model's sampling.",
    schema: z.int().min(0).max(0xffff_ffff).optional(),
  },
  shellTimeout: integer('Milliseconds that one command may run.', 30_000, {
    env: 'SHELL_TIMEOUT',
    min: 1,
    max: 86_400_000,
  }),
  check: text('COMMAND', 'The goal is reached when this exits 0 in the jail; a STOP is accepted only then.', {
    shown: 'none',
  }),
  checkDir: path('DIR', 'Mounted read-only for the check alone, at /check and at its own path.', { shown: 'none' }),
  checkEach: flag('Tries the check after each command too.'),
  approve: flag('A person says yes to each command; needs a terminal.'),
  inspect: {
    kind: 'inspect',
    optionalValue: 'PORT',
    shown: 'off',
    about:
      "Serves the live statechart on 127.0.0.1; stately also feeds Stately's inspector, which is not on this machine.",
    schema: z.union([z.boolean(), z.int().min(2).max(65_535), z.literal('stately')]).default(false),
  },
  sandbox: {
    kind: 'text',
    value: 'KIND',
    env: 'GYRE_SANDBOX',
    shown: 'auto',
    about: 'auto, bubblewrap, seatbelt or simulated; none by flag only, and it turns on --approve.',
    schema: z.enum(['auto', 'bubblewrap', 'seatbelt', 'simulated', 'none']).default('auto'),
  },
  allow: list('Programs that the policy lets run though it denies them by default.'),
  deny: list('Programs that the policy denies besides its own list.'),
} as const satisfies Record<string, SettingRow>;

export type SettingName = keyof typeof settingRows;

/** Settings as the rest of gyre takes them: checked, absolute, with null for "none". */
export interface Settings {
  /** Null: the default of design.md, "Which model". */
  readonly model: string | null;
  readonly modelsDir: string;
  /** A file, or `none`. Null: the adapter that comes with the model, where one does. */
  readonly adapter: string | null;
  readonly sandboxDir: string;
  readonly stateDir: string;
  readonly goalFile: string | null;
  readonly loopIntervalMs: number;
  readonly maxIterations: number | null;
  readonly maxConsecutiveFailures: number | null;
  readonly maxDurationMs: number | null;
  readonly maxTotalTokens: number | null;
  readonly nudgeAfter: number;
  readonly diversifyAfter: number;
  readonly giveUpAfter: number | null;
  readonly maxPolls: number | null;
  readonly memoryContextSize: number;
  readonly contextSize: number;
  readonly gpuLayers: number | 'auto' | 'max';
  readonly temperature: number;
  readonly maxTokens: number;
  /** Null: a new one for each run. */
  readonly seed: number | null;
  readonly shellTimeout: number;
  readonly check: string | null;
  readonly checkDir: string | null;
  readonly checkEach: boolean;
  readonly approve: boolean;
  /** True: on the usual port. */
  readonly inspect: boolean | number | 'stately';
  readonly sandbox: 'auto' | 'bubblewrap' | 'seatbelt' | 'simulated' | 'none';
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export interface ConfigSources {
  /** Flags of the command line by setting, as text; a boolean flag without a value is `true`. */
  readonly flags: ReadonlyMap<SettingName, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--config FILE`, when given. */
  readonly configFile: string | undefined;
  readonly homeDir: string;
  readonly workingDir: string;
  /** Answers undefined when there is no such file; throws when it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
}

export interface Config {
  readonly settings: Settings;
  /** Settings that somebody gave, and did not leave to their default. */
  readonly given: ReadonlySet<SettingName>;
  /** False: a run ends at once, as `autonomy-disabled`. */
  readonly isAutonomyEnabled: boolean;
}

/**
 * Merges flag over environment over file over default, and checks the result. Pure but for `readFile`.
 * @param earlier problems that the caller has found already: they stand first in the list
 * @throws AgentError `settings`, which lists every problem with its source
 */
export function loadConfig(sources: ConfigSources, earlier: readonly string[] = []): Config {
  const problems = [...earlier];
  const inputs = [...readFlags(sources.flags), ...readEnv(sources.env, problems), ...readConfigFile(sources, problems)];
  const values: Partial<Record<SettingName, unknown>> = {};
  const given = new Set<SettingName>();
  for (const name of settingNames()) {
    const input = inputs.find((candidate) => candidate.name === name);
    if (input) given.add(name);
    const result = settingRows[name].schema.safeParse(input && fromText(settingRows[name].kind, input.value));
    if (result.success) values[name] = result.data;
    else problems.push(`${input?.source}: ${expected(name)}, got ${show(input?.value)}`);
  }
  const autonomy = fromText('boolean', sources.env['AUTONOMY_ENABLED'] || 'true');
  if (typeof autonomy !== 'boolean') {
    problems.push(
      `AUTONOMY_ENABLED (environment): expected true or false, got ${show(sources.env['AUTONOMY_ENABLED'])}`,
    );
  }
  if (problems.length > 0) throw settingsError(problems);
  return { settings: complete(values, sources), given, isAutonomyEnabled: autonomy === true };
}

/** Whether the setting's flag may stand without a value. */
export function isSwitch(name: SettingName): boolean {
  const { kind } = settingRows[name];
  return kind === 'boolean' || kind === 'inspect';
}

/** The limits of a run, as the settings have them. */
export function limitsOf(settings: Settings) {
  const { maxIterations, maxConsecutiveFailures, maxDurationMs, maxTotalTokens } = settings;
  return { maxIterations, maxConsecutiveFailures, maxDurationMs, maxTotalTokens };
}

/** When the watchdog acts. Whoever gives up early is told, and asked in another way, earlier too: one level an iteration. */
export function patienceOf({ nudgeAfter, diversifyAfter, giveUpAfter }: Settings) {
  const diversify = Math.min(diversifyAfter, (giveUpAfter ?? Number.POSITIVE_INFINITY) - 1);
  return { nudgeAfter: Math.min(nudgeAfter, diversify - 1), diversifyAfter: diversify, giveUpAfter };
}

/**
 * The settings that a run was started with, as its journal has them, under whatever was given now. A recorded value that
 * this gyre would not take is left to the default.
 */
export function restoreSettings(recorded: Readonly<Record<string, unknown>>, { settings, given }: Config): Settings {
  const entries = settingNames().map((name) => {
    const value = recorded[name];
    const isTaken = value === null ? settings[name] === null || hasNone(name) : isRecordable(name, value);
    return [name, given.has(name) || !isTaken ? settings[name] : value];
  });
  // Each value is of its own setting, and the loop names every key.
  return Object.fromEntries(entries) as Settings;
}

function isRecordable(name: SettingName, value: unknown): boolean {
  return value !== undefined && settingRows[name].schema.safeParse(value).success;
}

/** A limit is recorded as null where there is none. */
function hasNone(name: SettingName): boolean {
  return settingRows[name].kind === 'limit';
}

/** One error for any number of problems, each already naming its source. */
export function settingsError(problems: readonly string[]): AgentError {
  const title = problems.length === 1 ? 'This cannot be used:' : `These ${problems.length} cannot be used:`;
  return new AgentError('settings', [title, ...problems.map((problem) => `  ${problem}`)].join('\n'), {
    hint: 'Run "gyre run --help" to see every setting.',
  });
}

/** The directory of the usual settings file. */
export function configDir({ env, homeDir }: Pick<ConfigSources, 'env' | 'homeDir'>): string {
  return join(xdgDir(env['XDG_CONFIG_HOME'], homeDir, '.config'), 'gyre');
}

/** `loopIntervalMs` → `--loop-interval-ms`. */
export function flagOf(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `loopIntervalMs` → `LOOP_INTERVAL_MS`, `stateDir` → `GYRE_STATE_DIR`. */
export function envOf(name: SettingName): string {
  const row: SettingRow = settingRows[name];
  return row.env ?? `GYRE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

export function settingNames(): readonly SettingName[] {
  // The keys of a constant table are exactly its type's keys.
  return Object.keys(settingRows) as SettingName[];
}

/** JSON Schema (draft 2020-12) of the settings file. */
export function configJsonSchema(): object {
  const shape = Object.fromEntries(
    settingNames()
      .filter((name) => name !== 'sandbox')
      .map((name) => [name, settingRows[name].schema.describe(settingRows[name].about)]),
  );
  return z.toJSONSchema(z.strictObject({ ...shape, sandbox: fileSandbox }), { io: 'input' });
}

interface SettingRow {
  readonly kind:
    | 'text'
    | 'path'
    | 'pathOrNone'
    | 'integer'
    | 'layers'
    | 'number'
    | 'limit'
    | 'boolean'
    | 'list'
    | 'inspect';
  /** The name of the value in `--help`; none for a boolean. */
  readonly value?: string;
  /** The same where the flag may also stand alone: `--flag=VALUE`. */
  readonly optionalValue?: string;
  /** The original's name; without one, `GYRE_` and the setting's name. */
  readonly env?: string;
  /** The default, in words. */
  readonly shown: string;
  /** One sentence. */
  readonly about: string;
  readonly schema: z.ZodType;
}

interface Input {
  readonly name: SettingName;
  readonly value: unknown;
  readonly source: string;
}

const fileSandbox = z
  .enum(['auto', 'bubblewrap', 'seatbelt', 'simulated'])
  .describe(settingRows.sandbox.about)
  .optional();

function text(value: string, about: string, row: { env?: string; shown: string }) {
  return { kind: 'text', value, about, ...row, schema: z.string().min(1).optional() } as const;
}

function path(value: string, about: string, row: { env?: string; shown: string }) {
  return { kind: 'path', value, about, ...row, schema: z.string().min(1).optional() } as const;
}

function integer(about: string, byDefault: number, row: { env?: string; min: number; max?: number }) {
  const { min, max = 2_147_483_647, ...rest } = row;
  const schema = z.int().min(min).max(max).default(byDefault);
  return { kind: 'integer', value: 'NUMBER', about, shown: String(byDefault), ...rest, schema } as const;
}

function limit(about: string, byDefault: number | 'none', row: { env?: string; min?: number } = {}) {
  const { min = 1, ...rest } = row;
  const schema = z.union([z.int().min(min), z.literal('none')]).default(byDefault);
  return { kind: 'limit', value: 'NUMBER', about, shown: String(byDefault), ...rest, schema } as const;
}

function flag(about: string) {
  return { kind: 'boolean', about, shown: 'off', schema: z.boolean().default(false) } as const;
}

function list(about: string) {
  const name = z.string().regex(/^[^\s/,]+$/);
  return { kind: 'list', value: 'NAMES', about, shown: 'none', schema: z.array(name).default([]) } as const;
}

function readFlags(flags: ConfigSources['flags']): Input[] {
  return [...flags].map(([name, value]) => ({ name, value, source: flagOf(name) }));
}

function readEnv(env: ConfigSources['env'], problems: string[]): Input[] {
  const byVariable = new Map(settingNames().map((name) => [envOf(name), name]));
  const inputs: Input[] = [];
  for (const [variable, value] of Object.entries(env)) {
    if (!value) continue;
    const name = byVariable.get(variable);
    const source = `${variable} (environment)`;
    if (name === 'sandbox' && value === 'none')
      problems.push(`${source}: "none" is taken from the flag --sandbox only`);
    else if (name) inputs.push({ name, value, source });
    else if (variable.startsWith('GYRE_')) problems.push(`${source}: there is no such setting`);
  }
  return inputs;
}

function readConfigFile(sources: ConfigSources, problems: string[]): Input[] {
  const { configFile, workingDir } = sources;
  const file = configFile ? resolve(workingDir, configFile) : join(configDir(sources), 'config.json');
  const object = readJsonObject(file, configFile !== undefined, sources.readFile, problems);
  const inputs: Input[] = [];
  for (const [key, value] of Object.entries(object)) {
    const name = settingNames().find((candidate) => candidate === key);
    const source = `${key} (${file})`;
    if (name === 'sandbox' && value === 'none')
      problems.push(`${source}: "none" is taken from the flag --sandbox only`);
    else if (name) inputs.push({ name, value, source });
    else problems.push(`${source}: there is no such setting`);
  }
  return inputs;
}

function readJsonObject(
  file: string,
  isNamed: boolean,
  readFile: ConfigSources['readFile'],
  problems: string[],
): object {
  try {
    const content = readFile(file);
    if (content === undefined) {
      if (isNamed) problems.push(`--config: there is no file ${file}`);
      return {};
    }
    const parsed: unknown = JSON.parse(content);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
    problems.push(`${file}: expected one JSON object`);
  } catch (error) {
    problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {};
}

/** Text from a flag, a variable or a lenient file becomes the value it stands for; what it cannot be stays text. */
function fromText(kind: SettingRow['kind'], value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const trimmed = value.trim();
  switch (kind) {
    case 'text':
    case 'path':
    case 'pathOrNone':
      return value;
    case 'integer':
    case 'layers':
    case 'limit':
      return /^-?\d+$/.test(trimmed) ? Number(trimmed) : trimmed.toLowerCase();
    case 'number':
      return /^-?(\d+\.?\d*|\.\d+)$/.test(trimmed) ? Number(trimmed) : trimmed;
    case 'boolean':
      if (/^(true|1|yes|on)$/i.test(trimmed)) return true;
      return /^(false|0|no|off)$/i.test(trimmed) ? false : trimmed;
    case 'inspect':
      return /^[1-9]\d+$/.test(trimmed) ? Number(trimmed) : fromText('boolean', trimmed.toLowerCase());
    case 'list':
      return trimmed
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
  }
}

function expected(name: SettingName): string {
  const schema = z.toJSONSchema(settingRows[name].schema, { io: 'input' });
  const { minimum, maximum } = schema;
  switch (settingRows[name].kind) {
    case 'text':
      return Array.isArray(schema.enum) ? `expected one of ${schema.enum.join(', ')}` : 'expected text';
    case 'path':
      return 'expected a path';
    case 'pathOrNone':
      return 'expected a path, or "none"';
    case 'integer':
      return `expected a whole number from ${minimum} to ${maximum}`;
    case 'layers':
      return 'expected a whole number from 0 to 1000, "auto" or "max"';
    case 'number':
      return `expected a number from ${minimum} to ${maximum}`;
    case 'limit':
      return `expected a whole number of at least ${schema.anyOf?.[0]?.minimum ?? 1}, or "none"`;
    case 'boolean':
      return 'expected true or false';
    case 'list':
      return 'expected names of programs, separated by commas';
    case 'inspect':
      return 'expected true, false, "stately", or a port from 2 to 65535';
  }
}

function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? 'nothing';
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}

function complete(values: Partial<Record<SettingName, unknown>>, sources: ConfigSources): Settings {
  const { env, homeDir, workingDir } = sources;
  const filled: Record<string, unknown> = {
    ...values,
    modelsDir: values.modelsDir ?? join(homeDir, '.eliza', 'models'),
    sandboxDir: values.sandboxDir ?? 'sandbox',
    stateDir: values.stateDir ?? join(xdgDir(env['XDG_STATE_HOME'], homeDir, '.local/state'), 'gyre'),
  };
  const entries = settingNames().map((name) => {
    const value = filled[name];
    const { kind } = settingRows[name];
    if (value === undefined || (kind === 'limit' && value === 'none')) return [name, null];
    const isPath = kind === 'path' || (kind === 'pathOrNone' && value !== 'none');
    return [name, isPath ? resolve(workingDir, String(value)) : value];
  });
  // Each value has just passed its own schema, and the loop names every key.
  return Object.fromEntries(entries) as Settings;
}

/** The XDG base directory specification: a relative path in such a variable is to be ignored. */
function xdgDir(value: string | undefined, homeDir: string, byDefault: string): string {
  return value?.startsWith('/') ? value : join(homeDir, byDefault);
}
