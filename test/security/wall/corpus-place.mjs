import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

/** What the agent process has in its environment, and no command may learn. */
export const ENVIRONMENT_CANARY = 'ENVCANARY91ac';

/**
 * The surroundings that the corpus describes in its first line: a private directory with secrets in it, the box, and two
 * listeners. Made anew for each case, always at the same path.
 * @param owner uid and gid that commands run as
 */
export async function createPlace(dir, owner) {
  const out = join(dir, 'out');
  const box = join(out, 'box');
  const home = join(out, 'home');
  let contacts = 0;
  const contact = () => {
    contacts += 1;
  };
  const tcp = createServer((socket) => {
    contact();
    socket.on('error', () => {});
    socket.end('hello\n');
  }).listen(0, '127.0.0.1');
  const udp = createSocket('udp4').on('message', contact).bind(0, '127.0.0.1');
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')]);
  const call = readFileSync(new URL('./system-call.b64', import.meta.url), 'utf8');
  let mark = 0;

  const write = (path, content, mode) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode });
  };
  const values = () => ({
    OUT: out,
    BOX: box,
    PORT: tcp.address().port,
    UPORT: udp.address().port,
    MARK: `${process.pid}${mark}`,
    CALL: call,
  });

  return {
    out,
    box,
    home,
    owner,
    contacts: () => contacts,
    /** A text of the corpus with this case's paths and numbers in it. */
    fill: (text) => text.replace(/\{\{(\w+)\}\}/g, (whole, name) => values()[name] ?? whole),
    renew(setup = {}) {
      remove(out);
      mark += 1;
      mkdirSync(box, { recursive: true });
      write(join(out, 'secret.txt'), 'CANARYREAD5d1f\n');
      write(join(out, 'victim.txt'), 'original\n');
      write(join(out, 'STOP'), 'run\n');
      write(join(home, '.ssh', 'id_rsa'), 'CANARYSSH77b0\n');
      write(join(home, '.bashrc'), '# nothing\n');
      write(join(home, '.profile'), '# nothing\n');
      for (const [name, content] of Object.entries(setup)) {
        write(join(box, name), this.fill(content), content.startsWith('#!') ? 0o755 : 0o644);
      }
      spawnSync('chown', ['-R', '-h', `${owner.uid}:${owner.gid}`, out]);
      chmodSync(out, 0o700);
      chownSync(dir, owner.uid, owner.gid);
    },
    close() {
      tcp.close();
      udp.close();
      remove(out);
    },
  };
}

/** Trees that are too deep for Node, and directories that were closed to their own owner. */
function remove(dir) {
  if (!existsSync(dir)) return;
  spawnSync('rm', ['-rf', dir]);
  if (!existsSync(dir)) return;
  spawnSync('chmod', ['-R', 'u+rwx', dir]);
  spawnSync('rm', ['-rf', dir]);
}
