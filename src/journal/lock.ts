import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError } from '../errors.ts';

/**
 * Marks a run as alive for as long as this process lives, and keeps others from writing to it. The mark is a listening
 * socket, which dies with its process whatever kills it; on Linux it is abstract and leaves no file behind.
 * @returns a function that takes the mark away
 * @throws AgentError `journal-unwritable` when another process has it
 */
export async function markRunAlive(runId: string): Promise<() => void> {
  const server = createServer((socket) => socket.destroy());
  // It also keeps the process alive: a paused run has nothing else that does.
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) => {
      // Where there are no such sockets, the run is only listed wrongly.
      if (error.code !== 'EADDRINUSE') resolve();
      else
        reject(new AgentError('journal-unwritable', `Another process is writing to run ${runId}.`, { cause: error }));
    });
    server.listen(addressOf(runId));
  });
  return () => {
    if (server.listening) server.close();
  };
}

export async function isRunAlive(runId: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(addressOf(runId));
    const answer = (isAlive: boolean) => {
      socket.destroy();
      resolve(isAlive);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

function addressOf(runId: string): string {
  return process.platform === 'linux' ? `\0gyre-run-${runId}` : join(tmpdir(), `gyre-run-${runId}.sock`);
}
