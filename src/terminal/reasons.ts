import type { Ending } from '../machine/types.ts';

/** Why a run ended, as a person would say it; an unknown cause speaks for itself. */
export function reasonOf(cause: string): string {
  return Object.entries(reasons).find(([known]) => known === cause)?.[1] ?? cause;
}

const reasons = {
  'agent-stop': 'the agent says it is done',
  'check-passed': 'the check passed',
  sigint: 'it was interrupted',
  sigterm: 'it was asked to end',
  'stop-file': 'there is a STOP file in the box',
  'autonomy-disabled': 'AUTONOMY_ENABLED is off',
  'stop-command': 'gyre stop was called',
  person: 'a person stopped it',
  'max-iterations': 'it has used all its iterations',
  'max-duration': 'its time is up',
  'max-total-tokens': 'it has used all its tokens',
  watchdog: 'it went in circles',
  'consecutive-failures': 'too many failures in a row',
  'model-unavailable': 'there is no model to think with',
  'sandbox-unavailable': 'there is no sandbox to act in',
  'journal-unwritable': 'it could not write down what it does',
  internal: 'a bug in gyre',
} as const satisfies Record<Ending['cause'], string>;
