import { toErrorRecord } from '../../errors.ts';
import type { Inference } from './inference.ts';
import type { WorkerOrder, WorkerReport } from './worker-protocol.ts';

// The entry of the process that a model lives in. A native assertion ends this process, and gyre lives on.

// A terminal's Ctrl-C and hang-up reach the whole process group. When the model ends is for gyre to say.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
// gyre is gone, perhaps by kill -9. An orderly exit would wait for the native threads.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

let inference: Inference | null = null;
let queue: Promise<void> = Promise.resolve();
/** What an abort is for: the thought, and whatever stands before it in the queue. */
let controller = new AbortController();
let isGivenUp = (_id: number): boolean => false;

process.on('message', (order: WorkerOrder) => {
  switch (order.type) {
    case 'abort':
      isGivenUp = (id) => id === order.id;
      controller.abort();
      return;
    case 'close':
      controller.abort();
      void inference?.close().finally(() => process.exit(0));
      if (inference === null) process.exit(0);
      return;
    default:
      queue = queue.then(() => carryOut(order));
  }
});

async function carryOut(order: Exclude<WorkerOrder, { type: 'abort' | 'close' }>): Promise<void> {
  if (order.type === 'load') return load(order);
  if (inference === null) throw new Error('Asked to think before a model was loaded.');
  if (controller.signal.aborted) controller = new AbortController();
  if (order.type === 'warm') return inference.warm(order.prompt, { ...order, signal: controller.signal });
  return think(inference, order);
}

async function load({ options }: Extract<WorkerOrder, { type: 'load' }>): Promise<void> {
  try {
    // Imported late: the handlers above must be there first.
    const { openInference } = await import('./inference.ts');
    inference = await openInference(options, (fraction) => report({ type: 'progress', fraction }));
    report({ type: 'loaded', model: inference.model });
  } catch (error) {
    report({ type: 'refused', error: toErrorRecord(error) });
  }
}

async function think(mind: Inference, { order }: Extract<WorkerOrder, { type: 'think' }>): Promise<void> {
  const { id } = order;
  // It may have been given up while it waited for its turn.
  if (isGivenUp(id)) controller.abort();
  const thought = await mind.think(order, {
    signal: controller.signal,
    onText: (text) => report({ type: 'text', id, text }),
  });
  report({ type: 'thought', id, thought, health: mind.health() });
}

function report(message: WorkerReport): void {
  if (process.connected) process.send?.(message);
}
