import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AgentError } from '../../errors.ts';
import type {
  LoadedModel,
  LoadOptions,
  ThinkOrder,
  ThoughtAnswer,
  WarmOrder,
  WorkerHealth,
  WorkerOrder,
  WorkerReport,
} from './worker-protocol.ts';

/** One process with one model. Once it has ended, it stays so. */
export interface Worker {
  /** Rejects with `model-unavailable` when the model cannot be loaded or the process ends. */
  load(options: LoadOptions, onProgress: (fraction: number) => void): Promise<LoadedModel>;
  /** Reads the beginning of a prompt before the rest is known. The next thought of its sequence waits for it. */
  warm(order: WarmOrder): void;
  /**
   * One thought at a time in each sequence; never rejects. It settles at most 500 ms after `giveUp` has resolved. A process that has not
   * let go of it by then goes on for what it is in the middle of, and is killed when that takes more than 10 s.
   */
  think(
    order: ThinkOrder,
    options: { giveUp: Promise<string>; onText: (text: string) => void },
  ): Promise<{ readonly thought: ThoughtAnswer; readonly health: WorkerHealth | null }>;
  isAlive(): boolean;
  /** Resolves when the process is gone: of itself within 500 ms, or killed. */
  close(): Promise<void>;
  kill(): Promise<void>;
}

interface WorkerEnd {
  readonly type: 'ended';
  readonly message: string;
}

/** Starts a worker. It ends by itself when this process is gone. */
export function startWorker(): Worker {
  const child = fork(fileURLToPath(new URL('./worker.js', import.meta.url)), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  const lastWords = keepLastWords(child);
  // Listeners come and go with each thought; reactions on one long-lived promise would pile up.
  const listeners = new Set<(news: WorkerReport | WorkerEnd) => void>();
  const tell = (news: WorkerReport | WorkerEnd): void => {
    for (const listener of listeners) listener(news);
  };
  child.on('message', tell);
  let isAlive = true;
  const ended = new Promise<void>((resolve) => {
    const end = (message: string): void => {
      isAlive = false;
      tell({ type: 'ended', message });
      resolve();
    };
    child.once('error', (error) => end(`The model's process failed: ${error.message}`));
    child.once('exit', (code, signal) => end(describeExit(code, signal, lastWords())));
  });
  const order = (message: WorkerOrder): void => {
    // An error here means that the process is ending, which is told above.
    if (child.connected) child.send(message, () => {});
  };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };

  return {
    isAlive: () => isAlive,
    kill,

    load(options, onProgress) {
      return new Promise((resolve, reject) => {
        const listen = (news: WorkerReport | WorkerEnd): void => {
          if (news.type === 'progress') onProgress(news.fraction);
          if (news.type === 'progress' || news.type === 'text' || news.type === 'thought') return;
          if (news.type === 'loaded') resolve(news.model);
          if (news.type === 'refused') reject(toLoadError(news.error, options));
          if (news.type === 'ended') reject(toLoadError({ code: 'internal', message: news.message }, options));
          listeners.delete(listen);
        };
        listeners.add(listen);
        if (!isAlive) tell({ type: 'ended', message: 'Its process has ended.' });
        order({ type: 'load', options });
      });
    },

    warm: (warmOrder) => order({ type: 'warm', order: warmOrder }),

    async think(thinkOrder, { giveUp, onText }) {
      const { id, sequence } = thinkOrder;
      let listen: (news: WorkerReport | WorkerEnd) => void = () => {};
      const answered = new Promise<{ thought: ThoughtAnswer; health: WorkerHealth | null }>((resolve) => {
        listen = (news) => {
          if (news.type === 'ended') resolve(failed(news.message));
          if (news.type === 'text' && news.id === id) onText(news.text);
          if (news.type === 'thought' && news.id === id) resolve(news);
        };
      }).finally(() => listeners.delete(listen));
      listeners.add(listen);
      if (!isAlive) listen({ type: 'ended', message: "The model's process has ended." });
      order({ type: 'think', order: thinkOrder });
      const first = await Promise.race([answered, giveUp]);
      if (typeof first !== 'string') return first;
      order({ type: 'abort', order: { id, sequence } });
      const last = await within(graceMs, answered);
      const killWhenLate = async (): Promise<void> => {
        if ((await within(patienceMs, answered)) === null) await kill();
      };
      if (last === null) void killWhenLate();
      return failed(first, last?.thought.tokens);
    },

    async close() {
      order({ type: 'close' });
      if (
        (await within(
          graceMs,
          ended.then(() => true),
        )) === null
      )
        await kill();
    },
  };
}

const graceMs = 500;
/** For one chunk of a prompt: a 4B model on an old processor takes some seconds. Loading it anew takes longer. */
const patienceMs = 10_000;

function failed(message: string, tokens = { evaluated: 0, generated: 0 }) {
  return { thought: { ok: false, message, tokens }, health: null } as const;
}

/** Reads all of a process's standard error, so that it never blocks, and keeps the end of it. */
function keepLastWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000);
  });
  return () => (words.trim().split('\n').at(-1) ?? '').replace(/[^\x20-\x7E]/g, '').slice(0, 200);
}

function describeExit(code: number | null, signal: string | null, lastWords: string): string {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return `The model's process ended (${how})${lastWords === '' ? '.' : `: ${lastWords}`}`;
}

function toLoadError(error: { code: string; message: string; hint?: string }, { name, file }: LoadOptions): AgentError {
  if (error.code === 'model-unavailable') {
    return new AgentError('model-unavailable', error.message, error.hint === undefined ? {} : { hint: error.hint });
  }
  return new AgentError('model-unavailable', `${name} (${file}) could not be loaded: ${error.message}`, {
    hint: 'Run "gyre doctor" to see what works on this machine, or name another model with --model.',
  });
}

/** The value, or null when it takes longer. */
async function within<Value>(milliseconds: number, value: Promise<Value>): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
