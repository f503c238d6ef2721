import { monitorEventLoopDelay } from 'node:perf_hooks';
import { figureOf } from './figures.mjs';
import { openMind, thinkWell } from './mind.mjs';
import { listTurns, readTrace, requestAt } from './reference-trace.mjs';

/** How late this process's timers are while its model reads and writes. */
export async function measureLoop({ found, say }) {
  const trace = readTrace();
  const turns = listTurns(trace);
  const mind = await openMind(found, trace.goal);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  try {
    delays.enable();
    for (const index of turns.keys()) {
      await thinkWell(mind, requestAt(trace, turns, index));
      say(`loop ${index + 1}/${turns.length}`);
    }
    delays.disable();
  } finally {
    await mind.close();
  }
  const [p50, p99, worst] = [delays.percentile(50), delays.percentile(99), delays.max].map((ns) => ns / 1e6);
  const measured = `${p99.toFixed(1)} ms (median ${p50.toFixed(1)}, worst ${worst.toFixed(1)})`;
  return [figureOf('loop', 'event loop delay, p99', p99, measured, { text: '≤ 20 ms', atMost: 20 })];
}
