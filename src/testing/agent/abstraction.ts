import type { AgentContext, AgentInput, Tokens } from '../../machine/types.ts';
import type { AgentSnapshot } from './chart-events.ts';

/**
 * Counters without their numbers. The chart never compares a counter with anything but its limit, so two runs that
 * differ only in a count that is below its limit can do the same things. In the place of each number stands:
 *
 * - iterations: none yet (0), below the limit (1), at the limit, past it (the limit + 1, which no run may reach);
 * - failures in a row: below the limit (0), at it, past it; always 0 without a limit;
 * - tokens: below the limit (0) or at it;
 * - saved iterations: all that have begun, all but the one at work, or fewer, which no run may come to.
 *
 * One more than "below" may be below or at the limit: both are explored. So every real run is among the explored ones.
 * The opposite is not true for very small limits, where the abstraction also allows what takes more iterations than
 * there are. All else in the context is kept as it is.
 */
export function abstractCounters({ limits, before: past }: AgentInput) {
  const base = past?.iterations ?? 0;
  return (snapshot: AgentSnapshot, before: AgentSnapshot | null): readonly AgentSnapshot[] => {
    const { context } = snapshot;
    const iterations = iterationsFor(
      context.iteration - base,
      (before?.context.iteration ?? base) - base,
      limits.maxIterations,
    );
    const failures = failuresFor(context.failures, before?.context.failures ?? 0, limits.maxConsecutiveFailures);
    const tokens = tokensFor(context, limits.maxTotalTokens);
    const open = Math.min(context.iteration - context.saved, 2);
    return iterations.flatMap((count) =>
      failures.map((failed) =>
        withContext(snapshot, {
          ...context,
          iteration: base + count,
          saved: base + count - open,
          failures: failed,
          tokens,
        }),
      ),
    );
  };
}

/** In a snapshot of the abstraction: has the run come to its last iteration? */
export function isAtLastIteration({ iteration, limits, before }: AgentContext): boolean {
  return limits.maxIterations !== null && iteration - (before?.iterations ?? 0) >= limits.maxIterations;
}

function iterationsFor(count: number, before: number, limit: number | null): readonly number[] {
  if (limit === null) return [Math.min(count, 1)];
  if (count === before) return [count];
  if (count >= limit) return [Math.min(count, limit + 1)];
  return count <= 1 ? [count] : [1, limit];
}

function failuresFor(count: number, before: number, limit: number | null): readonly number[] {
  if (limit === null || count === 0) return [0];
  if (count === before) return [count];
  return count >= limit ? [Math.min(count, limit + 1)] : [0, limit];
}

function tokensFor({ tokens, before }: AgentContext, limit: number | null): Tokens {
  const used = before?.tokens ?? { evaluated: 0, generated: 0 };
  if (limit === null) return used;
  const sum = tokens.evaluated + tokens.generated - used.evaluated - used.generated;
  return sum >= limit ? { ...used, evaluated: used.evaluated + limit } : used;
}

/** Snapshots are plain objects whose methods ask `this`. */
function withContext(snapshot: AgentSnapshot, context: AgentContext): AgentSnapshot {
  return { ...snapshot, context };
}
