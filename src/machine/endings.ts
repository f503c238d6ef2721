import type { Ending } from './types.ts';

/** The endings that the chart itself can decide, by name. */
export const endings = {
  agentStop: { status: 'completed', cause: 'agent-stop' },
  checkPassed: { status: 'completed', cause: 'check-passed' },
  tooManyFailures: { status: 'failed', cause: 'consecutive-failures' },
  stuck: { status: 'stuck', cause: 'watchdog' },
  outOfIterations: { status: 'exhausted', cause: 'max-iterations' },
  outOfTime: { status: 'exhausted', cause: 'max-duration' },
  outOfTokens: { status: 'exhausted', cause: 'max-total-tokens' },
  journalUnwritable: { status: 'failed', cause: 'journal-unwritable' },
  internal: { status: 'failed', cause: 'internal' },
} as const satisfies Record<string, Ending>;
