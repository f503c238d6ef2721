import { z } from 'zod';
import { JOURNAL_SCHEMA, type JournalHeader, type JournalRecord } from './format.ts';
import { attachOutputs, nameOutput, type ReadOutput } from './outputs.ts';

/** A record, or what is wrong with it in a few words. */
export type ReadRecord =
  | { readonly ok: true; readonly record: JournalRecord }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads one line of a journal. Nothing about it is trusted: whoever can write the file can write anything. Pure, and total.
 */
export function readRecord(line: string, readOutput: ReadOutput): ReadRecord {
  const value = attachOutputs(line, readOutput);
  const type = nameSchema.safeParse(value).data?.type;
  if (type === undefined) return { ok: false, problem: 'is no journal record' };
  const schema = recordSchemas[type];
  const result = schema.safeParse(value);
  // The schemas say what the types say, but for readonly and for what is left out of open objects.
  if (result.success) return { ok: true, record: result.data as unknown as JournalRecord };
  const [issue] = result.error.issues;
  return { ok: false, problem: `is no ${type} record: ${issue?.path.join('.') || 'it'} is not as it should be` };
}

/** The versions of a header, whatever else is in it: one of another schema is named by them. */
export function readVersions(line: string): Pick<JournalHeader, 'schema' | 'gyreVersion'> | null {
  const versions = versionsSchema.safeParse(attachOutputs(line, nameOutput));
  return versions.success && versions.data.schema !== JOURNAL_SCHEMA ? versions.data : null;
}

const text = z.string();
const number = z.number();
const count = z.int().min(0);
const time = text.refine((value) => !Number.isNaN(Date.parse(value)));

const tokens = z.object({ evaluated: count, generated: count });
const decision = z.discriminatedUnion('action', [
  z.object({ action: z.literal('RUN'), command: text, note: text }),
  z.object({ action: z.literal('SLEEP'), sleepMs: number.nullable(), note: text }),
  z.object({ action: z.literal('STOP'), note: text }),
]);
const verdict = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('allow') }),
  z.object({ kind: z.literal('deny'), rule: text, reason: text, advice: text, part: text.optional() }),
]);
const outcome = z.object({
  kind: z.enum(['ok', 'setback', 'failure']),
  code: z
    .enum(['malformed-decision', 'command-denied', 'timeout', 'limit', 'model-error', 'check-failed', 'interrupted'])
    .optional(),
  byPerson: z.literal(true).optional(),
  exitCode: number.nullable(),
  signal: text.optional(),
  truncated: z.boolean(),
  durationMs: number,
});
const output = z.object({ stdout: text, stderr: text });
const surroundings = z.object({
  workingDirectory: text,
  files: z.array(text),
  filesOmitted: count,
  last: z.object({ decision: decision.nullable(), outcome, output, message: text.nullable() }).nullable(),
  nudge: text.optional(),
  said: z.array(text).optional(),
});
const limits = z.object({
  maxIterations: number.nullable(),
  maxConsecutiveFailures: number.nullable(),
  maxDurationMs: number.nullable(),
  maxTotalTokens: number.nullable(),
});
const input = z.object({
  runId: text,
  goal: text,
  limits,
  patience: z.object({ nudgeAfter: number, diversifyAfter: number, giveUpAfter: number.nullable() }),
  loopIntervalMs: number,
  hasCheck: z.boolean(),
  checkEach: z.boolean(),
  approve: z.boolean(),
  isPersonThere: z.boolean(),
  startedAtMs: number,
  before: z.object({ iterations: count, tokens, workingDirectory: text }).optional(),
});
const changes = z.object({
  added: z.array(text),
  changed: z.array(text),
  removed: z.array(text),
  isPartial: z.boolean(),
});
const start = {
  time,
  machineVersion: number,
  gyreVersion: text,
  limits,
  settings: z.record(text, z.unknown()),
  input,
  state: text,
};

const recordSchemas = {
  'run.opened': z.object({
    type: z.literal('run.opened'),
    ...start,
    schema: z.literal(JOURNAL_SCHEMA),
    runId: text,
    goal: text,
    sandboxDir: text,
    from: z.object({ runId: text, iterations: count }).optional(),
  }),
  'run.resumed': z.object({ type: z.literal('run.resumed'), ...start, boxChanges: changes.nullable() }),
  'run.ready': z.object({
    type: z.literal('run.ready'),
    time,
    model: z.object({ name: text, file: text, adapter: text.nullable().optional() }),
    sandbox: text,
  }),
  'chart.moved': z.object({ type: z.literal('chart.moved'), time, event: z.looseObject({ type: text }), state: text }),
  'command.intended': z.object({
    type: z.literal('command.intended'),
    time,
    iteration: count,
    command: text,
    workingDirectory: text,
    surroundings,
    note: text,
    tokens,
  }),
  'iteration.saved': z.object({
    type: z.literal('iteration.saved'),
    time,
    iteration: count,
    surroundings,
    decision: decision.nullable(),
    answer: text.nullable(),
    verdict: verdict.nullable(),
    outcome,
    output,
    message: text.nullable(),
    changes,
    workingDirectory: text,
    tokens,
  }),
  'person.said': z.object({ type: z.literal('person.said'), time, text }),
  'run.ended': z.object({
    type: z.literal('run.ended'),
    time,
    status: text,
    cause: text,
    iterations: count,
    durationMs: number,
    tokens,
    changes,
    problem: z.object({ message: text, hint: text.optional() }).nullable(),
  }),
} as const satisfies Record<JournalRecord['type'], z.ZodType>;

const nameSchema = z.looseObject({ type: z.enum(Object.keys(recordSchemas) as JournalRecord['type'][]) });
const versionsSchema = z.looseObject({ type: z.literal('run.opened'), schema: number, gyreVersion: text });
