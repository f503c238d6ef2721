import { toErrorRecord } from '../../errors.ts';
import type { Inference } from './inference.ts';
import { createLane, type Lane } from './lane.ts';
import type { WorkerOrder, WorkerReport } from './worker-protocol.ts';

// The entry of the process that a model lives in. A native assertion ends this process, and gyre lives on.

// A terminal's Ctrl-C and hang-up reach the whole process group. When the model ends is for gyre to say.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
// gyre is gone, perhaps by kill -9. An orderly exit would wait for the native threads.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

let inference: Inference | null = null;
let lanes: readonly Lane[] = [];

process.on('message', (order: WorkerOrder) => {
  switch (order.type) {
    case 'load':
      void load(order);
      return;
    case 'warm':
      laneOf(order).warm(order.order);
      return;
    case 'think':
      void think(order);
      return;
    case 'abort':
      laneOf(order).abort(order.order.id);
      return;
    case 'close':
      for (const lane of lanes) lane.abortAll();
      void inference?.close().finally(() => process.exit(0));
      if (inference === null) process.exit(0);
  }
});

async function load({ options }: Extract<WorkerOrder, { type: 'load' }>): Promise<void> {
  try {
    // Imported late: the handlers above must be there first.
    const { openInference } = await import('./inference.ts');
    inference = await openInference(options, (fraction) => report({ type: 'progress', fraction }));
    lanes = inference.sequences.map(createLane);
    report({ type: 'loaded', model: inference.model });
  } catch (error) {
    report({ type: 'refused', error: toErrorRecord(error) });
  }
}

async function think({ order }: Extract<WorkerOrder, { type: 'think' }>): Promise<void> {
  const { id } = order;
  const thought = await laneOf({ order }).think(order, (text) => report({ type: 'text', id, text }));
  if (inference !== null) report({ type: 'thought', id, thought, health: inference.health() });
}

function laneOf({ order: { sequence } }: { readonly order: { readonly sequence: number } }): Lane {
  const lane = lanes[sequence];
  if (lane === undefined) throw new Error(`Asked to think in the sequence ${sequence} of ${lanes.length}.`);
  return lane;
}

function report(message: WorkerReport): void {
  if (process.connected) process.send?.(message);
}
