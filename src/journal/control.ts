import { chmod, open, rm, stat } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { AgentError } from '../errors.ts';
import type { Writing } from '../machine/types.ts';

/** What a person asks of a live run from outside. */
export type ControlOrder =
  /** `from` says where the person is; default: the command line. */
  | { readonly do: 'stop'; readonly from?: 'inspector' }
  | { readonly do: 'pause' }
  | { readonly do: 'go-on' }
  | { readonly do: 'say'; readonly text: string };

/** `message` is for the person. */
export interface ControlAnswer {
  readonly ok: boolean;
  readonly message: string;
}

/** The longest text that can be said at once, in characters. */
export const MAX_SAID = 2000;

/** The end of a run's control socket that the run has. */
export interface Control {
  /** Tells everybody who watches. One who does not read is let go, and never waited for. */
  tell(writing: Writing): void;
  /** Ends every connection: whoever waits on one knows then that the run has ended. */
  close(): Promise<void>;
}

/**
 * Listens for orders beside the run's journal, on a socket that its owner alone can open: the directory has mode 0700.
 */
export async function serveControl(
  journal: string,
  obey: (order: ControlOrder) => Promise<ControlAnswer>,
): Promise<Control> {
  const file = socketBeside(journal);
  const sockets = new Set<Socket>();
  const watchers = new Set<Socket>();
  let latest: Writing | null = null;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      watchers.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    readLine(socket, async (line) => {
      if (line === WATCH) {
        watchers.add(socket);
        if (latest !== null) tellOne(socket, latest);
      } else socket.write(`${JSON.stringify(await answerTo(line, obey))}\n`);
    });
  });
  // One that a killed process left. Whoever serves is the run's only writer.
  await rm(file, { force: true });
  // Kept open as long as the server: closing it removes the socket by that path.
  const { path, release } = await openShortPath(file);
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    await chmod(file, 0o600);
  } catch (error) {
    await release();
    throw error;
  }
  return {
    tell(writing) {
      latest = writing;
      for (const socket of watchers) tellOne(socket, writing);
    },
    async close() {
      for (const socket of sockets) socket.end();
      for (const socket of watchers) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(file, { force: true });
      await release();
    },
  };
}

function tellOne(socket: Socket, writing: Writing): void {
  if (socket.writableLength > MAX_UNREAD) socket.destroy();
  else socket.write(`${JSON.stringify(writing)}\n`);
}

/**
 * Sends one order to a live run.
 * @param untilEnd waits until the run has ended, and not only for its answer
 * @returns null when nobody listens: the run is not alive, or just ending
 * @throws AgentError `unknown-run` when the socket belongs to somebody else
 */
export async function sendControl(
  journal: string,
  order: ControlOrder,
  { untilEnd = false }: { untilEnd?: boolean } = {},
): Promise<ControlAnswer | null> {
  const found = await findSocket(journal);
  if (found === null) return null;
  const { path, release } = found;
  const answered = new Promise<ControlAnswer | null>((resolve) => {
    let answer: ControlAnswer | null = null;
    const socket = createConnection(path, () => socket.write(`${JSON.stringify(order)}\n`));
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
    readLine(socket, async (line) => {
      answer = readAnswer(line);
      if (!untilEnd) socket.destroy();
    });
  });
  return answered.finally(release);
}

/**
 * Listens to what the model of a live run writes, until the run ends or the signal is aborted.
 * @returns false when nobody tells: the run is not alive, or not yet
 * @throws AgentError `unknown-run` when the socket belongs to somebody else
 */
export async function watchControl(
  journal: string,
  onWriting: (writing: Writing) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await findSocket(journal);
  if (found === null || signal.aborted) return false;
  const { path, release } = found;
  const watched = new Promise<boolean>((resolve) => {
    let isOpen = false;
    const socket = createConnection({ path, signal }, () => {
      isOpen = true;
      socket.write(`${WATCH}\n`);
    });
    socket.on('error', () => resolve(isOpen));
    socket.on('close', () => resolve(isOpen));
    createInterface({ input: socket })
      .on('line', (line) => {
        const writing = writingSchema.safeParse(parseJson(line));
        if (writing.success) onWriting(writing.data);
      })
      .on('error', () => {});
  });
  return watched.finally(release);
}

/** The line that asks to be told, instead of an order. */
const WATCH = 'watch';
const MAX_UNREAD = 1024 * 1024;
const MAX_LINE = 64 * 1024;
/** What the kernel takes for the path of a socket is 107 bytes. */
const MAX_PATH = 100;

const orderSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('stop'), from: z.literal('inspector').exactOptional() }),
  z.strictObject({ do: z.enum(['pause', 'go-on']) }),
  z.strictObject({ do: z.literal('say'), text: z.string().min(1).max(MAX_SAID) }),
]);
const answerSchema = z.object({ ok: z.boolean(), message: z.string() });
const writingSchema = z.object({ iteration: z.int(), text: z.string() });

/** @returns null when there is none */
async function findSocket(journal: string): Promise<{ path: string; release: () => Promise<void> } | null> {
  const file = socketBeside(journal);
  const stats = await stat(file).catch(() => null);
  if (stats === null) return null;
  if (process.getuid && stats.uid !== process.getuid()) {
    throw new AgentError('unknown-run', `The run behind ${file} belongs to user ${stats.uid}.`, {
      hint: 'Ask as that user.',
    });
  }
  return openShortPath(file);
}

function socketBeside(journal: string): string {
  return join(dirname(journal), 'control.sock');
}

async function answerTo(line: string, obey: (order: ControlOrder) => Promise<ControlAnswer>): Promise<ControlAnswer> {
  const order = orderSchema.safeParse(parseJson(line));
  if (!order.success) return { ok: false, message: 'That is no order that this gyre knows.' };
  return obey(order.data).catch((error: Error) => ({ ok: false, message: error.message }));
}

function readAnswer(line: string): ControlAnswer | null {
  const answer = answerSchema.safeParse(parseJson(line));
  return answer.success ? answer.data : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Calls back with the first line; who sends more than a line's worth without an end is dropped. */
function readLine(socket: Socket, onLine: (line: string) => Promise<unknown>): void {
  let text = '';
  const onData = (data: string) => {
    text += data;
    const end = text.indexOf('\n');
    if (end < 0 && text.length > MAX_LINE) socket.destroy();
    if (end < 0) return;
    socket.off('data', onData);
    socket.resume();
    void onLine(text.slice(0, end));
  };
  socket.setEncoding('utf8').on('data', onData);
}

/** A long path is reached through its open directory, where the system has one for that. */
async function openShortPath(file: string): Promise<{ path: string; release: () => Promise<void> }> {
  if (process.platform !== 'linux' || Buffer.byteLength(file) <= MAX_PATH)
    return { path: file, release: async () => {} };
  const directory = await open(dirname(file), 'r');
  return { path: `/proc/self/fd/${directory.fd}/control.sock`, release: () => directory.close() };
}
