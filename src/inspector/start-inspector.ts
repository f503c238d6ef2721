import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The first port that is tried when nobody names one. */
export const INSPECTOR_PORT = 4270;

export interface InspectorOptions {
  readonly stateDir: string;
  readonly runId: string;
  /** The first that is tried. */
  readonly port: number;
  /** A person has said yes to it: what the run does leaves this machine. */
  readonly feedsStately: boolean;
}

/** What the inspector's process is told. */
export type InspectorOrder = ({ readonly type: 'open' } & InspectorOptions) | { readonly type: 'close' };

export type InspectorReport =
  | { readonly type: 'listening'; readonly url: string; readonly statelyUrl: string | null }
  | { readonly type: 'refused'; readonly message: string };

export interface RunningInspector {
  readonly url: string;
  readonly statelyUrl: string | null;
  /** Shows viewers the end of the run, and ends. Never throws. */
  close(): Promise<void>;
}

/**
 * Serves the inspector of a run from a process of its own, which ends when this one does. The run's journal may come
 * later. One that fails later ends nothing but the view.
 * @throws Error when it cannot listen
 */
export async function startInspector(options: InspectorOptions): Promise<RunningInspector> {
  const child = fork(fileURLToPath(new URL('./inspector-process.js', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
  const ended = new Promise<InspectorReport>((resolve) => {
    const refuse = (reason: unknown) => resolve({ type: 'refused', message: `its process ended (${reason})` });
    child.once('error', refuse).once('exit', (code, signal) => refuse(signal ?? code));
  });
  const order = (message: InspectorOrder): void => {
    if (child.connected) child.send(message, () => {});
  };
  order({ type: 'open', ...options });
  const first = once(child, 'message').then(([report]) => report as InspectorReport);
  const report = await Promise.race([first, ended]);
  if (report.type === 'refused') {
    child.kill('SIGKILL');
    throw new Error(report.message);
  }
  child.unref();
  child.channel?.unref();
  return {
    url: report.url,
    statelyUrl: report.statelyUrl,
    async close() {
      order({ type: 'close' });
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

const CLOSE_TIMEOUT_MS = 5000;
