import { AgentError } from '../errors.ts';
import { findRun, readRun } from '../journal/read.ts';
import { replay as replayRecords } from '../journal/replay.ts';
import { MACHINE_VERSION } from '../machine/agent.machine.ts';
import { count, createStyle } from '../terminal/style.ts';
import { type Command, jsonFlag } from './command.ts';

export const replay: Command = {
  name: 'replay',
  usage: 'RUN [FLAGS]',
  about:
    'Drives the chart through a run\'s journal again and compares every state with the one that was recorded. Calls no\nmodel and no shell. Exit code 1 when a state differs.\nRUN is an id, the beginning of one, or "last".',
  settings: ['stateDir'],
  flags: [jsonFlag],
  examples: [
    ['gyre replay last', 'did the last run go as its journal says?'],
    ['gyre replay k3x --json', 'the same for scripts'],
  ],
  maxWords: 1,
  async run({ config, words, io, isJson }) {
    const { stateDir } = config.settings;
    const [name] = words;
    if (name === undefined) throw new AgentError('usage', 'No run is named.', { hint: 'gyre replay last' });
    const runId = await findRun(stateDir, name);
    const { records, start } = await readRun(stateDir, runId);
    const { machineVersion } = start;
    if (machineVersion !== MACHINE_VERSION) {
      const problem = `Run ${runId} was made by version ${machineVersion} of the chart, and this gyre has version ${MACHINE_VERSION}.`;
      if (isJson) io.out.write(`${JSON.stringify({ runId, ok: false, problem })}\n`);
      io.err.write(`${problem} Replay it with the gyre that made it.\n`);
      return 1;
    }
    const result = replayRecords(records);
    if (isJson) io.out.write(`${JSON.stringify({ runId, ...result })}\n`);
    else if (result.ok) {
      const style = createStyle(io.useColor && io.out.isTTY);
      const events = count(result.events, 'event');
      io.out.write(
        `${style.good('✓')} run ${style.name(runId)}: ${events}, and after each the same state as recorded\n`,
      );
    } else {
      const { events, line, event, iteration, recorded, computed, state } = result;
      io.out.write(
        `${[
          `✗ run ${runId} differs after event ${events}, ${event} (line ${line} of the journal, iteration ${iteration})`,
          `  recorded  ${recorded}`,
          computed === null ? `  now       it cannot be taken in ${state}` : `  now       ${computed}, in ${state}`,
        ].join('\n')}\n`,
      );
    }
    return result.ok ? 0 : 1;
  },
};
