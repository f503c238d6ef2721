import type { JournalHeader } from '../journal/format.ts';
import type { RunStory } from '../journal/read.ts';
import { MACHINE_VERSION } from '../machine/agent.machine.ts';
import { describeChart } from './describe-chart.ts';
import { createFrameMaker } from './frames.ts';
import type { Chart, Hello, Story } from './messages.ts';

/** A run as a page shows it that has no server behind it. */
export async function storyOf({ header, records }: RunStory): Promise<Story> {
  return { hello: helloOf(header, await describeChart(), false), frames: createFrameMaker().add(records) };
}

export function helloOf(header: JournalHeader, chart: Chart, isLive: boolean): Hello {
  const { runId, goal, gyreVersion, sandboxDir, time, limits, machineVersion } = header;
  const isOther = machineVersion !== MACHINE_VERSION;
  return {
    type: 'hello',
    runId,
    goal,
    gyreVersion,
    sandboxDir,
    startedAt: time,
    limits,
    isLive,
    note: isOther
      ? `The run has version ${machineVersion} of the chart, and this gyre has version ${MACHINE_VERSION}: its moves are not shown.`
      : null,
    chart,
  };
}
