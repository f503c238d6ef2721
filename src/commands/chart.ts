import { AgentError } from '../errors.ts';
import { chartFormats, exportChart } from '../inspector/export-chart.ts';
import { type Command, jsonFlag } from './command.ts';

export const chart: Command = {
  name: 'chart',
  usage: '[FLAGS]',
  about: 'Prints the statechart that drives every run.',
  settings: [],
  flags: [jsonFlag, { name: 'format', value: 'FORMAT', about: `One of ${chartFormats.join(', ')}. [json]` }],
  examples: [
    ['gyre chart --format svg > agent.svg', 'a picture for the browser'],
    ['gyre chart | jq .nodes', 'the same as data'],
  ],
  maxWords: 0,
  async run({ flags, io, isJson }) {
    const wanted = isJson ? 'json' : (flags.get('format') ?? 'json');
    const format = chartFormats.find((known) => known === wanted);
    if (!format) {
      throw new AgentError(
        'usage',
        `--format: expected one of ${chartFormats.join(', ')}, got ${JSON.stringify(wanted)}.`,
      );
    }
    io.out.write(await exportChart(format));
    return 0;
  },
};
