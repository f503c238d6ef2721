import { setTimeout as pause } from 'node:timers/promises';
import type { HubFile, HubRecord } from '../hub-file.ts';
import {
  askHub,
  BrokenConnection,
  checkStatus,
  DEFAULT_PATIENCE,
  describeFailure,
  type HubPatience,
  within,
} from './hub-request.ts';
import type { SourceRequest, SourceStream } from './source.ts';

/** How the hub is spoken to. */
export interface HubAccess {
  /** Read rights of a person, or null. */
  readonly token: string | null;
  readonly patience?: HubPatience | undefined;
}

/** Where a file of a repository is downloaded from: the way of Hugging Face, and of its mirrors. */
export function hubUrl(endpoint: string, repo: string, file: string, revision = 'main'): string {
  const name = file.split('/').map(encodeURIComponent).join('/');
  return `${endpoint.replace(/\/+$/, '')}/${repo}/resolve/${encodeURIComponent(revision)}/${name}`;
}

/**
 * Asks the hub for size, SHA-256 and commit of a file, as its own tools do. Throws a plain Error with one sentence for the
 * person; the signal's reason when aborted.
 */
export async function describeHubFile(
  file: HubFile,
  endpoint: string,
  { token, patience = DEFAULT_PATIENCE }: HubAccess,
  signal: AbortSignal,
): Promise<HubRecord> {
  const url = hubUrl(endpoint, file.repo, file.path, file.revision);
  return await withReconnects(patience, signal, async () => {
    const { response, connection } = await connect(
      { url, method: 'HEAD', headers: {}, token, staysHome: true },
      patience,
      signal,
    );
    connection.abort();
    if (response.status >= 400) checkStatus(response, token);
    const etag = response.headers.get('x-linked-etag') ?? response.headers.get('etag') ?? '';
    const [sha256] = /\b[0-9a-f]{64}\b/.exec(etag) ?? [];
    const bytes = Number(response.headers.get('x-linked-size') ?? response.headers.get('content-length') ?? Number.NaN);
    if (sha256 === undefined) throw new Error('the server names no SHA-256 of the file');
    if (!Number.isSafeInteger(bytes) || bytes <= 0) throw new Error('the server names no size of the file');
    const commit = /^[0-9a-f]{40}$/.exec(response.headers.get('x-repo-commit') ?? '')?.[0] ?? file.revision;
    return { ...file, commit, bytes, sha256 };
  });
}

/**
 * Streams a file from the hub by HTTP, from this byte on. A connection that breaks is taken up again by range.
 * @throws BrokenConnection when it stays broken: what came can be gone on from later
 */
export async function* readFromHub(
  request: SourceRequest,
  url: string,
  { token, patience = DEFAULT_PATIENCE }: HubAccess,
  fromByte = 0,
): SourceStream {
  let doneBytes = fromByte;
  for (let attempt = 0; ; attempt++) {
    try {
      for await (const chunk of readOnce(request, url, doneBytes, token, patience)) {
        doneBytes += chunk.length;
        yield chunk;
      }
      return;
    } catch (thrown) {
      await waitAfter(thrown, attempt, patience, request.signal);
      request.onStep(`again, from byte ${doneBytes.toLocaleString('en-US')}`);
    }
  }
}

async function withReconnects<T>(patience: HubPatience, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      await waitAfter(thrown, attempt, patience, signal);
    }
  }
}

/** Throws what it was given when another try is of no use. */
async function waitAfter(thrown: unknown, attempt: number, patience: HubPatience, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!(thrown instanceof BrokenConnection) || attempt >= patience.reconnects) throw thrown;
  await pause(Math.max(patience.pauseMs * (attempt + 1), thrown.waitMs), undefined, { signal });
}

async function* readOnce(
  { entry, signal }: SourceRequest,
  url: string,
  fromByte: number,
  token: string | null,
  patience: HubPatience,
): SourceStream {
  const headers: Record<string, string> = fromByte > 0 ? { range: `bytes=${fromByte}-` } : {};
  const { response, connection } = await connect(
    { url, method: 'GET', headers, token, staysHome: false },
    patience,
    signal,
  ).catch((thrown: unknown) => {
    throw fromByte > 0 && thrown instanceof Error ? new BrokenConnection(thrown.message) : thrown;
  });
  try {
    checkStatus(response, token);
    checkExtent(response, fromByte, entry.bytes);
    const reader = response.body?.getReader();
    if (reader === undefined) throw new Error('the answer is empty');
    let position = fromByte;
    for (;;) {
      const piece = await within(patience.stallMs, connection, `nothing came for ${patience.stallMs / 1000} s`, () =>
        reader.read(),
      ).catch((thrown: unknown) => {
        throw new BrokenConnection(
          `the connection broke after ${position.toLocaleString('en-US')} bytes: ${describeFailure(thrown)}`,
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

interface Connection {
  readonly response: Response;
  /** Aborted, it is closed. */
  readonly connection: AbortController;
}

async function connect(
  request: Omit<Parameters<typeof askHub>[0], 'signal'>,
  patience: HubPatience,
  signal: AbortSignal,
): Promise<Connection> {
  const connection = new AbortController();
  const bothSignals = AbortSignal.any([signal, connection.signal]);
  const response = await within(patience.answerMs, connection, `no answer within ${patience.answerMs / 1000} s`, () =>
    askHub({ ...request, signal: bothSignals }),
  ).catch((thrown: unknown) => {
    throw new Error(describeFailure(thrown));
  });
  return { response, connection };
}

function checkExtent(response: Response, fromByte: number, totalBytes: number): void {
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
