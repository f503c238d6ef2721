import type { AgentInput } from '../../src/machine/types.ts';
import type { AgentSnapshot, ChartEvent } from '../../src/testing/agent/chart-events.ts';
import { exploreAgent } from '../../src/testing/agent/explore-agent.ts';
import type { WayMemory } from '../../src/testing/agent/way-memory.ts';
import { coveringPaths, type Path } from '../../src/testing/paths.ts';
import { inputWith, smoothAnswers } from './settings.ts';

export interface GeneratedPath {
  readonly input: AgentInput;
  readonly path: Path<AgentSnapshot, ChartEvent, WayMemory>;
}

/** Paths through small runs, with counters as they are: together they take each transition from and to each state. */
export function generatePaths(): readonly GeneratedPath[] {
  const small = { maxIterations: 2, maxConsecutiveFailures: 2 };
  const runs = [
    { input: inputWith({ limits: { ...small, maxDurationMs: 60_000 } }) },
    { input: inputWith({ limits: { ...small, maxTotalTokens: 7 }, hasCheck: true, checkEach: true, approve: true }) },
    ...[true, false].map((isPersonThere) => ({
      input: inputWith({ limits: { maxIterations: 5, maxDurationMs: 60_000 }, isPersonThere }),
      answers: { ...smoothAnswers, observe: [{ repeats: 0 }, { repeats: 9 }] },
    })),
  ];
  return runs.flatMap((run) =>
    coveringPaths(exploreAgent({ ...run, isExact: true })).map((path) => ({ ...run, path })),
  );
}
