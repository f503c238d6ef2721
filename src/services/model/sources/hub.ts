import { setTimeout as pause } from 'node:timers/promises';
import type { SourceRequest, SourceStream } from './source.ts';

export interface HubPatience {
  /** Until an answer begins. */
  readonly answerMs: number;
  /** Between two pieces of an answer. */
  readonly stallMs: number;
  /** How often a connection that broke is taken up again where it ended. */
  readonly reconnects: number;
  /** Before the first reconnection; each further one waits as long again. */
  readonly pauseMs: number;
}

export const DEFAULT_PATIENCE: HubPatience = { answerMs: 10_000, stallMs: 30_000, reconnects: 3, pauseMs: 1000 };

/** Where a file of a repository is downloaded from: the way of Hugging Face, and of its mirrors. */
export function hubUrl(endpoint: string, repo: string, file: string): string {
  return `${endpoint.replace(/\/+$/, '')}/${repo}/resolve/main/${encodeURIComponent(file)}`;
}

/** Streams a file from the hub by HTTP. A connection that breaks is taken up again by range. */
export async function* readFromHub(request: SourceRequest, url: string, patience = DEFAULT_PATIENCE): SourceStream {
  let doneBytes = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      for await (const chunk of readOnce(request, url, doneBytes, patience)) {
        doneBytes += chunk.length;
        yield chunk;
      }
      return;
    } catch (thrown) {
      request.signal.throwIfAborted();
      if (!(thrown instanceof BrokenConnection) || attempt >= patience.reconnects) throw thrown;
      request.onStep(`again, from byte ${doneBytes.toLocaleString('en-US')}`);
      await pause(patience.pauseMs * (attempt + 1), undefined, { signal: request.signal });
    }
  }
}

/** Worth another try: the server had begun to send the file. Anything else is a "no". */
class BrokenConnection extends Error {}

async function* readOnce(
  { entry, signal }: SourceRequest,
  url: string,
  fromByte: number,
  patience: HubPatience,
): SourceStream {
  const connection = new AbortController();
  const bothSignals = AbortSignal.any([signal, connection.signal]);
  const response = await within(patience.answerMs, connection, `no answer within ${patience.answerMs / 1000} s`, () =>
    fetch(url, { headers: requestHeaders(fromByte), signal: bothSignals }),
  ).catch((thrown: unknown) => {
    throw fromByte > 0 ? new BrokenConnection(describe(thrown)) : new Error(describe(thrown));
  });
  try {
    checkAnswer(response, fromByte, entry.bytes);
    const reader = response.body?.getReader();
    if (reader === undefined) throw new Error('the answer is empty');
    let position = fromByte;
    for (;;) {
      const piece = await within(patience.stallMs, connection, `nothing came for ${patience.stallMs / 1000} s`, () =>
        reader.read(),
      ).catch((thrown: unknown) => {
        throw new BrokenConnection(
          `the connection broke after ${position.toLocaleString('en-US')} bytes: ${describe(thrown)}`,
        );
      });
      if (piece.done) return;
      position += piece.value.length;
      yield piece.value;
    }
  } finally {
    connection.abort();
  }
}

function requestHeaders(fromByte: number): Record<string, string> {
  const range: Record<string, string> = fromByte > 0 ? { range: `bytes=${fromByte}-` } : {};
  return { ...range, 'accept-encoding': 'identity', 'user-agent': 'gyre' };
}

function checkAnswer(response: Response, fromByte: number, totalBytes: number): void {
  if (!response.ok) throw new Error(`the server answers ${response.status} ${response.statusText}`.trimEnd());
  if (fromByte > 0 && !isRangeFrom(response, fromByte)) throw new Error('the server cannot go on where it broke off');
  const offered = response.headers.get('content-length');
  if (offered !== null && Number(offered) !== totalBytes - fromByte) {
    const expected = (totalBytes - fromByte).toLocaleString('en-US');
    throw new Error(
      `the server offers ${Number(offered).toLocaleString('en-US')} bytes, and ${expected} were expected`,
    );
  }
}

function isRangeFrom(response: Response, fromByte: number): boolean {
  return response.status === 206 && (response.headers.get('content-range') ?? '').startsWith(`bytes ${fromByte}-`);
}

/** Gives a connection up when `work` takes longer than it may. */
async function within<T>(
  limitMs: number,
  connection: AbortController,
  complaint: string,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => connection.abort(new Error(complaint)), limitMs);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch failed` says nothing; its cause does. */
function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  if (!(cause instanceof Error)) return thrown.message;
  return cause.message || ('code' in cause ? String(cause.code) : thrown.message);
}
