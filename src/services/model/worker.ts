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
let thinking: { readonly id: number; readonly controller: AbortController } | null = null;

process.on('message', (order: WorkerOrder) => {
  void obey(order);
});

async function obey(order: WorkerOrder): Promise<void> {
  switch (order.type) {
    case 'load':
      return load(order);
    case 'think':
      return think(order);
    case 'abort':
      if (thinking?.id === order.id) thinking.controller.abort();
      return;
    case 'close':
      thinking?.controller.abort();
      await inference?.close();
      process.exit(0);
  }
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

async function think({ order }: Extract<WorkerOrder, { type: 'think' }>): Promise<void> {
  if (inference === null) throw new Error('Asked to think before a model was loaded.');
  const controller = new AbortController();
  thinking = { id: order.id, controller };
  const thought = await inference.think(order, {
    signal: controller.signal,
    onText: (text) => report({ type: 'text', id: order.id, text }),
  });
  thinking = null;
  report({ type: 'thought', id: order.id, thought });
}

function report(message: WorkerReport): void {
  if (process.connected) process.send?.(message);
}
