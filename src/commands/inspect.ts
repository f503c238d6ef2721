import { openHub } from '../inspector/hub.ts';
import { serveInspector } from '../inspector/server.ts';
import { INSPECTOR_PORT } from '../inspector/start-inspector.ts';
import { findRun, readRun } from '../journal/read.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import { createStyle } from '../terminal/style.ts';
import { type Command, jsonFlag } from './command.ts';

export const inspect: Command = {
  name: 'inspect',
  usage: '[RUN] [FLAGS]',
  about:
    'Shows a run in the browser: the statechart with the states that are active, every iteration, every event, and why it\n' +
    'went where it went. A live run can be paused, told something and stopped there; an ended one is scrubbed through.\n' +
    'It serves on 127.0.0.1 alone, until Ctrl+C. RUN is an id, the beginning of one, or "last", which is the default.',
  settings: ['stateDir'],
  flags: [jsonFlag],
  examples: [
    ['gyre inspect', 'look at the run that was started last'],
    ['gyre inspect k3x', 'at another one'],
  ],
  maxWords: 1,
  async run({ config, words: [name = 'last'], io, isJson }) {
    const { stateDir } = config.settings;
    const runId = await findRun(stateDir, name);
    const { goal, status } = await readRun(stateDir, runId);
    const hub = openHub({ stateDir, runId });
    const server = await serveInspector({ hub, port: INSPECTOR_PORT });
    if (isJson) io.out.write(`${JSON.stringify({ runId, status, url: server.url })}\n`);
    else {
      const style = createStyle(io.useColor && io.out.isTTY);
      const what = goal.replace(/\s+/g, ' ').slice(0, 200);
      io.out.write(`Run ${style.name(runId)}, ${status}: ${showUnseen(what)}\n`);
      io.out.write(`Open ${style.strong(server.url)} in a browser. Ctrl+C ends it.\n`);
    }
    await new Promise<void>((resolve) => {
      const forget = io.onSignal((signal) => {
        // The terminal may go: whoever looks on still wants to see.
        if (signal === 'SIGHUP') return;
        forget();
        resolve();
      });
    });
    await server.close();
    await hub.close();
    return 0;
  },
};
