import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** The first port that is tried when nobody names one. */
export const INSPECTOR_PORT = 4270;

/** What the thread is told at its start. */
export interface ThreadData {
  readonly stateDir: string;
  readonly runId: string;
  /** The first that is tried. */
  readonly port: number;
  /** A person has said yes to it: what the run does leaves this machine. */
  readonly feedsStately: boolean;
}

export type ThreadReport =
  | { readonly type: 'listening'; readonly url: string; readonly statelyUrl: string | null }
  | { readonly type: 'refused'; readonly message: string };

export interface RunningInspector {
  readonly url: string;
  readonly statelyUrl: string | null;
  /** Shows viewers the end of the run, and ends. Never throws. */
  close(): Promise<void>;
}

/**
 * Serves the inspector of a run from a thread of its own. The run's journal may come later.
 * @throws Error when it cannot listen
 */
export async function startInspector(data: ThreadData): Promise<RunningInspector> {
  const thread = new Worker(new URL('./inspector-thread.js', import.meta.url), { workerData: data });
  const ended = once(thread, 'exit').catch(() => {});
  const [report] = (await Promise.race([once(thread, 'message'), failureOf(thread)])) as [ThreadReport];
  if (report.type === 'refused') throw new Error(report.message);
  // A thread that fails later ends nothing but the view.
  thread.on('error', () => {});
  thread.unref();
  return {
    url: report.url,
    statelyUrl: report.statelyUrl,
    async close() {
      thread.postMessage('close');
      const timer = setTimeout(() => void thread.terminate(), CLOSE_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

const CLOSE_TIMEOUT_MS = 2000;

async function failureOf(thread: Worker): Promise<never> {
  const [error] = await once(thread, 'error');
  throw error;
}
