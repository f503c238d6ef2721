/** How long an answer of the hub may take, and how often it is asked again. */
export interface HubPatience {
  /** Until an answer begins. */
  readonly answerMs: number;
  /** Between two pieces of an answer. */
  readonly stallMs: number;
  /** How often a connection that broke is taken up again where it ended, and a busy server is asked again. */
  readonly reconnects: number;
  /** Before the first reconnection; each further one waits as long again. */
  readonly pauseMs: number;
}

export const DEFAULT_PATIENCE: HubPatience = { answerMs: 10_000, stallMs: 30_000, reconnects: 3, pauseMs: 1000 };

export interface HubRequest {
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  /** Told to the host of `url` alone, whatever it redirects to. */
  readonly token: string | null;
  readonly signal: AbortSignal;
  /** Answers with a redirect to another host instead of following it: what the hub says of a file stands there. */
  readonly staysHome: boolean;
}

/** Worth another try: the server had begun to send the file, or says that it is busy. Anything else is a "no". */
export class BrokenConnection extends Error {
  /** What the server asks to be left alone for, in milliseconds. */
  readonly waitMs: number;

  constructor(message: string, waitMs = 0) {
    super(message);
    this.waitMs = waitMs;
  }
}

/** Asks the hub. Follows redirects itself, because the token must not travel with them. */
export async function askHub({ url, method, headers, token, signal, staysHome }: HubRequest): Promise<Response> {
  const home = new URL(url);
  let at = home;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const authorization: Record<string, string> =
      token !== null && at.origin === home.origin ? { authorization: `Bearer ${readToken(token)}` } : {};
    const response = await fetch(at, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...authorization, 'accept-encoding': 'identity', 'user-agent': 'gyre' },
      signal,
    });
    const location = response.headers.get('location');
    if (!REDIRECTS.includes(response.status) || location === null) return response;
    const next = new URL(location, at);
    if (next.protocol !== 'https:' && next.protocol !== 'http:')
      throw new Error(`the server redirects to ${next.protocol}`);
    if (staysHome && next.origin !== home.origin) return response;
    await response.body?.cancel();
    at = next;
  }
  throw new Error(`the server redirects more than ${MAX_REDIRECTS} times`);
}

/** Throws what the status says, in words for the person; a busy server as `BrokenConnection`. */
export function checkStatus(response: Response, token: string | null): void {
  if (response.ok) return;
  const said = `the server answers ${response.status} ${response.statusText}`.trimEnd();
  if (response.status === 429 || response.status >= 500) throw new BrokenConnection(said, readRetryAfter(response));
  if (response.status === 401 || response.status === 403) {
    const why = token === null ? 'it may need a token (HF_TOKEN)' : 'the token in HF_TOKEN may not read it';
    throw new Error(`${said}: ${why}`);
  }
  throw new Error(said);
}

/** Gives a connection up when `work` takes longer than it may. */
export async function within<T>(
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
export function describeFailure(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  if (!(cause instanceof Error)) return thrown.message;
  return cause.message || ('code' in cause ? String(cause.code) : thrown.message);
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
const LONGEST_WAIT_MS = 60_000;

/** As the hub's own tools do, without line ends. Anything else in it would be quoted by the error of `fetch`. */
function readToken(token: string): string {
  const clean = token.replaceAll(/[\r\n]/g, '').trim();
  if (!/^[\x21-\x7e]+$/.test(clean)) throw new Error('HF_TOKEN holds what no token holds');
  return clean;
}

function readRetryAfter(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0) * 1000, LONGEST_WAIT_MS) : 0;
}
