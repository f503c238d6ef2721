// The inspector of a run that is going on in this process: in a thread of its own, so that no viewer slows the loop.
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openHub } from './hub.ts';
import { serveInspector } from './server.ts';
import type { ThreadData, ThreadReport } from './start-inspector.ts';
import { createStatelyFeed, STATELY_URL } from './stately.ts';

const { stateDir, runId, port, feedsStately } = workerData as ThreadData;
const report = (message: ThreadReport) => parentPort?.postMessage(message);

// On Linux this is of the thread alone; where it would be of the whole process, it is left as it is.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);

try {
  const stately = feedsStately ? { feed: createStatelyFeed(), url: STATELY_URL } : null;
  const hub = openHub({ stateDir, runId, ...(stately ? { onRecord: stately.feed.add } : {}) });
  const { url, statelyUrl, close } = await serveInspector({ hub, port, ...(stately ? { stately } : {}) });
  report({ type: 'listening', url, statelyUrl });
  parentPort?.once('message', async () => {
    await hub.close({ toEnd: true });
    await close();
    stately?.feed.close();
    parentPort?.close();
  });
} catch (error) {
  report({ type: 'refused', message: error instanceof Error ? error.message : String(error) });
  parentPort?.close();
}
