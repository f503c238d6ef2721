import { countCoverage } from '../inspector/count-coverage.ts';
import { describeEdges } from '../inspector/describe-chart.ts';
import type { Coverage } from '../inspector/messages.ts';
import { findRun } from '../journal/read.ts';
import { count, createStyle, type Style } from '../terminal/style.ts';
import type { Invocation } from './command.ts';

/** Shows what of the chart one run, or all runs, have used. */
export async function showCoverage({ words: [name], config, io, isJson }: Invocation): Promise<number> {
  const { stateDir } = config.settings;
  const coverage = await countCoverage(stateDir, {
    ...(name === undefined ? {} : { runIds: [await findRun(stateDir, name)] }),
    onUnreadable: ({ message }) => io.err.write(`${message}\n`),
  });
  if (isJson) io.out.write(`${JSON.stringify(coverage)}\n`);
  else io.out.write(tell(coverage, createStyle(io.useColor && io.out.isTTY)));
  return 0;
}

function tell({ runs, states, edges }: Coverage, style: Style): string {
  const ways = describeEdges().map(({ id, source, label, targets }) => {
    const goal = targets.length === 0 ? 'stays' : `➜ ${targets.map(shorten).join(', ')}`;
    return { times: edges[id] ?? 0, text: `${shorten(source)} ${label} ${goal}` };
  });
  const places = Object.entries(states).map(([id, times]) => ({ times, text: shorten(id) }));
  const section = (title: string, items: readonly { times: number; text: string }[]) => {
    const used = items.filter(({ times }) => times > 0).sort((a, b) => b.times - a.times);
    const unused = items.filter(({ times }) => times === 0);
    const width = String(used[0]?.times ?? 0).length;
    return [
      style.strong(`${title}: ${used.length} of ${items.length}`),
      ...used.map(({ times, text }) => `  ${style.name(String(times).padStart(width))}  ${text}`),
      ...(unused.length === 0
        ? []
        : [style.faint('  never:'), ...unused.map(({ text }) => style.faint(`    ${text}`))]),
      '',
    ];
  };
  return [`${count(runs, 'run')} counted.`, '', ...section('States', places), ...section('Transitions', ways)].join(
    '\n',
  );
}

/** Every state is a part of the agent: that need not be said each time. */
function shorten(id: string): string {
  return id.replace(/^agent\./, '');
}
