import { AgentError } from '../errors.ts';
import { readRun, runIdsIn } from '../journal/read.ts';
import { createCoverageCount } from './coverage.ts';
import { describeEdges, describeStates } from './describe-chart.ts';
import { createFrameMaker } from './frames.ts';
import type { Coverage } from './messages.ts';

/**
 * Counts over the journals of these runs; without them, of all runs there are.
 * @param onUnreadable called with each run that cannot be read, which is left out
 */
export async function countCoverage(
  stateDir: string,
  { runIds, onUnreadable = () => {} }: { runIds?: readonly string[]; onUnreadable?: (error: AgentError) => void } = {},
): Promise<Coverage> {
  const counted = createCoverageCount({ states: describeStates(), edges: describeEdges() });
  for (const runId of runIds ?? (await runIdsIn(stateDir))) {
    try {
      counted.add(createFrameMaker().add((await readRun(stateDir, runId)).records));
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      onUnreadable(error);
    }
  }
  return counted.total();
}
