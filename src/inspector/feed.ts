import { z } from 'zod';
import { MAX_SAID } from '../journal/control.ts';
import type { Writing } from '../machine/types.ts';
import type { Hub } from './hub.ts';
import type { Message, ViewerMessage } from './messages.ts';

/** A connection to one viewer. */
export interface Viewer {
  send(text: string): void;
  /** Bytes that were sent and not yet taken. */
  unread(): number;
  /** Ends it at once. */
  drop(): void;
}

/** One viewer's feed. */
export interface Feed {
  /** Call it with what the viewer sends. */
  take(text: string): void;
  /** Call it when the viewer is gone. */
  end(): void;
}

/**
 * Tells a viewer the whole run from its first frame on, and then what comes. A viewer is sent no more than it takes; one
 * that takes nothing for five seconds, or sends what is no order, is dropped.
 */
export function startFeed(hub: Hub, viewer: Viewer): Feed {
  let isGreeted = false;
  let isLive: boolean | null = null;
  let writing: Writing | null = null;
  let problem: string | null = null;
  let sent = 0;
  let isCatchingUp = true;
  let unread = 0;
  let stalled = 0;
  const send = (message: Message) => viewer.send(JSON.stringify(message));

  function pump(): void {
    const hello = hub.hello();
    if (hello === null) {
      if (problem !== hub.problem()) tellProblem();
      return;
    }
    if (!isGreeted) {
      send(hello);
      isGreeted = true;
      isLive = hello.isLive;
    }
    const frames = hub.frames();
    // One without frames tells who has them all that these are all.
    while ((sent < frames.length || (isCatchingUp && hub.isCaughtUp())) && viewer.unread() < MAX_UNREAD) {
      const batch = frames.slice(sent, sent + BATCH);
      sent += batch.length;
      isCatchingUp = sent < frames.length || !hub.isCaughtUp();
      send({ type: 'frames', frames: batch, isCatchingUp });
    }
    if (sent < frames.length) return;
    if (writing !== hub.writing()) tellWriting();
    if (isLive !== hub.isLive()) {
      isLive = hub.isLive();
      send({ type: 'liveness', isLive });
    }
    if (problem !== hub.problem()) tellProblem();
  }

  /** Not kept for one who does not keep up: the next one says all that this one says. */
  function tellWriting(): void {
    if (viewer.unread() >= MAX_UNREAD) return;
    writing = hub.writing();
    if (writing !== null) send({ type: 'writing', writing });
  }

  function tellProblem(): void {
    problem = hub.problem();
    if (problem !== null) send({ type: 'lost', message: problem });
  }

  async function obey({ order, ...what }: ViewerMessage): Promise<void> {
    try {
      if (what.do === 'count') return send({ type: 'coverage', order, coverage: await hub.count() });
      const answer = await hub.order(what.do === 'stop' ? { do: what.do, from: 'inspector' } : what);
      send({ type: 'answer', order, ok: answer.ok, message: answer.message });
    } catch (error) {
      send({ type: 'answer', order, ok: false, message: error instanceof Error ? error.message : String(error) });
    }
  }

  const unsubscribe = hub.subscribe(pump);
  const timer = setInterval(() => {
    const now = viewer.unread();
    stalled = now >= MAX_UNREAD && now >= unread ? stalled + 1 : 0;
    unread = now;
    if (stalled * PUMP_MS >= MAX_STALL_MS) viewer.drop();
    else pump();
  }, PUMP_MS);
  pump();
  return {
    take(text) {
      const message = messageSchema.safeParse(parseJson(text));
      if (message.success) void obey(message.data);
      else viewer.drop();
    },
    end() {
      unsubscribe();
      clearInterval(timer);
    },
  };
}

const BATCH = 500;
const MAX_UNREAD = 1024 * 1024;
const MAX_STALL_MS = 5000;
const PUMP_MS = 100;

const order = z.int().min(0);
const messageSchema: z.ZodType<ViewerMessage> = z.discriminatedUnion('do', [
  z.strictObject({ order, do: z.enum(['stop', 'pause', 'go-on', 'count']) }),
  z.strictObject({ order, do: z.literal('say'), text: z.string().trim().min(1).max(MAX_SAID) }),
]);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
