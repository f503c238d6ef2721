import { randomBytes } from 'node:crypto';
import { limitsOf, patienceOf, type Settings } from './config.ts';
import type { AgentInput, RunBefore } from './machine/types.ts';

/** Letters and digits, none of which look alike. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Ten letters and digits: a short prefix names a run. The same bytes give the same id. */
export function createRunId(bytes: Uint8Array = randomBytes(10)): string {
  return [...bytes.subarray(0, 10)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** What the chart is started with. */
export function inputOf({
  runId,
  goal,
  settings,
  startedAtMs,
  isPersonThere,
  before,
}: {
  readonly runId: string;
  readonly goal: string;
  readonly settings: Settings;
  readonly startedAtMs: number;
  readonly isPersonThere: boolean;
  /** Absent in a new run. */
  readonly before?: RunBefore | undefined;
}): AgentInput {
  return {
    runId,
    goal,
    limits: limitsOf(settings),
    patience: patienceOf(settings),
    loopIntervalMs: settings.loopIntervalMs,
    hasCheck: settings.check !== null,
    checkEach: settings.checkEach,
    // Without a jail a person's yes is the only wall.
    approve: settings.approve || settings.sandbox === 'none',
    isPersonThere,
    startedAtMs,
    ...(before === undefined ? {} : { before }),
  };
}
