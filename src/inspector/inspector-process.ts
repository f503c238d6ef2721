// The inspector of a run that is going on: in a process of its own, so that no viewer slows the loop. A thread would: the
// loop forks for each command, and a fork takes longer the more memory its process has.
import { constants, setPriority } from 'node:os';
import { openHub } from './hub.ts';
import { serveInspector } from './server.ts';
import type { InspectorOrder, InspectorReport } from './start-inspector.ts';
import { createStatelyFeed, STATELY_URL } from './stately.ts';

// Lower, and a model that takes every core would keep it from answering at all.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
// Keys and signals are the run's affair. When the run is gone, however it ended, so is this.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.once('disconnect', () => process.exit());

const report = (message: InspectorReport) => process.send?.(message);
let close = async (): Promise<void> => {};

process.on('message', async (order: InspectorOrder) => {
  if (order.type === 'open') {
    await open(order).catch((error) => {
      report({ type: 'refused', message: error instanceof Error ? error.message : String(error) });
    });
  } else {
    await close();
    process.disconnect();
  }
});

async function open({ stateDir, runId, port, feedsStately }: Extract<InspectorOrder, { type: 'open' }>): Promise<void> {
  const stately = feedsStately ? { feed: createStatelyFeed(), url: STATELY_URL } : null;
  const hub = openHub({ stateDir, runId, ...(stately ? { onRecord: stately.feed.add } : {}) });
  const server = await serveInspector({ hub, port, ...(stately ? { stately } : {}) });
  close = async () => {
    await hub.close({ toEnd: true });
    await server.close();
    stately?.feed.close();
  };
  report({ type: 'listening', url: server.url, statelyUrl: server.statelyUrl });
}
