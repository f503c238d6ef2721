import type { Coverage, Message, ViewerMessage } from '../messages.ts';
import type { Link } from './store.ts';

/** What a viewer may order; the number is given here. */
export type Order = ViewerMessage extends infer Each
  ? Each extends ViewerMessage
    ? Omit<Each, 'order'>
    : never
  : never;

export interface Connection {
  /** Sends an order and says what came of it. Without a connection that is an answer too. */
  send(order: Order): Promise<Answer>;
  /** How often all runs have used each part of the chart; null when that cannot be known. */
  count(): Promise<Coverage | null>;
}

export interface Answer {
  readonly ok: boolean;
  readonly message: string;
}

/** Keeps the page connected to its server for as long as it is open, with pauses that grow up to five seconds. */
export function connect(options: {
  readonly address: string;
  readonly token: string;
  readonly onMessage: (message: Message) => void;
  readonly onLink: (link: Link) => void;
}): Connection {
  const waiting = new Map<number, (answer: Answer & { readonly coverage?: Coverage }) => void>();
  let socket: WebSocket | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  let lastOrder = 0;

  function open() {
    let wasOpen = false;
    let current: WebSocket;
    try {
      // The browser refuses a token that cannot be one.
      current = new WebSocket(options.address, ['gyre', options.token]);
    } catch {
      options.onLink('refused');
      return;
    }
    current.addEventListener('message', ({ data }) => {
      if (!wasOpen) options.onLink('open');
      wasOpen = true;
      pauseMs = FIRST_PAUSE_MS;
      receive(JSON.parse(String(data)) as Message);
    });
    current.addEventListener('close', ({ code }) => {
      socket = null;
      for (const settle of waiting.values()) settle(notConnected);
      waiting.clear();
      if (code === REFUSED) openAgain('refused');
      else if (wasOpen) openAgain('retrying');
      // A browser does not tell a server that refuses from one that is not there: asking for the page does.
      else void isThere().then((isRefused) => openAgain(isRefused ? 'refused' : 'retrying'));
    });
    socket = current;
  }

  function openAgain(link: 'refused' | 'retrying') {
    if (link === 'refused') pauseMs = LAST_PAUSE_MS;
    options.onLink(link);
    setTimeout(open, pauseMs);
    pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
  }

  function receive(message: Message) {
    if (message.type !== 'answer' && message.type !== 'coverage') return options.onMessage(message);
    const answer = message.type === 'answer' ? message : { ok: true, message: '', coverage: message.coverage };
    waiting.get(message.order)?.(answer);
    waiting.delete(message.order);
  }

  function send(order: Order): Promise<Answer & { readonly coverage?: Coverage }> {
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve(notConnected);
    const number = ++lastOrder;
    socket.send(JSON.stringify({ ...order, order: number }));
    return new Promise((resolve) => waiting.set(number, resolve));
  }

  open();
  return { send, count: async () => (await send({ do: 'count' })).coverage ?? null };
}

const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 5000;
/** The close code of a server that does not know the token. */
const REFUSED = 4401;

async function isThere(): Promise<boolean> {
  try {
    return (await fetch('/', { cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

const notConnected: Answer = { ok: false, message: 'There is no connection to the run.' };
