import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { readPageParts, SERVED_PAGE, SERVED_POLICY } from '../../dist/inspector/page.js';

/** @typedef {import('../../dist/inspector/messages.js').Message} Message */
/** @typedef {import('../../dist/inspector/messages.js').Frame} Frame */

/**
 * A server that speaks the inspector's protocol and does what a test wants: the page is tested against what is agreed.
 * @param {{ hello: import('../../dist/inspector/messages.js').Hello, frames?: readonly Frame[], port?: number, token?: string }} options
 */
export async function startFeedServer({ hello, frames = [], port = 0, token = 'c0ffee' }) {
  const { script, style } = await readPageParts();
  const files = {
    '/': ['text/html', SERVED_PAGE],
    '/page.js': ['text/javascript', script],
    '/page.css': ['text/css', style],
  };
  const server = createServer(({ url = '' }, response) => {
    const [type, text] = files[url] ?? ['text/plain', 'Not found.'];
    const headers = { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': SERVED_POLICY };
    response.writeHead(url in files ? 200 : 404, headers).end(text);
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'gyre' });
  /** @type {Frame[]} */
  const told = [...frames];
  /** @type {{ order: number, do: string, text?: string }[]} */
  const orders = [];
  let attempts = 0;
  let isCatchUpHeld = false;

  server.on('upgrade', (request, socket, head) => {
    attempts++;
    const isKnown = request.headers['sec-websocket-protocol'] === `gyre, ${token}`;
    if (request.url !== '/feed' || !isKnown)
      return socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (viewer) => {
      viewer.on('message', (text) => {
        const order = JSON.parse(String(text));
        orders.push(order);
        viewer.send(JSON.stringify({ type: 'answer', order: order.order, ok: true, message: `Done: ${order.do}.` }));
      });
      viewer.send(JSON.stringify(hello));
      if (isCatchUpHeld) return;
      for (let at = 0; at < told.length; at += CHUNK) {
        const isCatchingUp = at + CHUNK < told.length;
        viewer.send(JSON.stringify({ type: 'frames', frames: told.slice(at, at + CHUNK), isCatchingUp }));
      }
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const taken = /** @type {import('node:net').AddressInfo} */ (server.address()).port;

  /** @param {Message} message */
  function send(message) {
    const text = JSON.stringify(message);
    for (const viewer of sockets.clients) viewer.send(text);
  }

  return {
    url: `http://127.0.0.1:${taken}/#${token}`,
    port: taken,
    orders,
    /** How often somebody has tried to connect. */
    attempts: () => attempts,
    viewers: () => sockets.clients.size,
    send,
    /** Tells what has happened since. @param {readonly Frame[]} added */
    tell(added) {
      told.push(...added);
      send({ type: 'frames', frames: added, isCatchingUp: false });
    },
    /** New viewers are told of the run and of nothing in it. @param {boolean} isHeld */
    holdCatchUp(isHeld) {
      isCatchUpHeld = isHeld;
    },
    /** Ends all connections, and serves on. @param {number} [code] */
    drop(code) {
      for (const viewer of sockets.clients)
        if (code === undefined) viewer.terminate();
        else viewer.close(code);
    },
    async close() {
      for (const viewer of sockets.clients) viewer.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const CHUNK = 2000;
