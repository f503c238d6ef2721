import { createServer } from 'node:net';

/** A server of our own that a self-test tries to reach from inside, and must not. Answers nothing. */
export function listenOnLoopback(): Promise<{ readonly port: number; close(): void }> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        close: () => server.close(),
      });
    });
  });
}
