import { limitsOf, patienceOf, settingNames } from '../config.ts';
import { agentMachine } from '../machine/agent.machine.ts';
import { createStyle, type Style } from '../terminal/style.ts';
import type { AgentMachine } from '../testing/agent/chart-events.ts';
import { verifyChart } from '../testing/agent/verify.ts';
import type { PropertyReport, Refutation, VerifyReport } from '../testing/agent/verify-report.ts';
import { type Command, jsonFlag } from './command.ts';

export const verify: Command = createVerify(agentMachine);

/** The command for one chart; the real one, or in tests a broken one. */
export function createVerify(machine: AgentMachine): Command {
  return {
    name: 'verify',
    usage: '[FLAGS]',
    about:
      'Explores every configuration that a run with these settings can reach, and proves what is promised of it, or shows\n' +
      'the shortest way in which it is broken. Takes the settings of gyre run; calls no model and no shell. Exit code 1\n' +
      'when a promise is broken. docs/testing.md says what is proved, and how.',
    settings: settingNames(),
    flags: [jsonFlag],
    examples: [
      ['gyre verify', 'does the chart keep its promises?'],
      [
        'gyre verify --max-iterations 50 --check "test -s report.md"',
        'the same for such a run, and how long it can get',
      ],
      ['gyre verify --json | jq .longestRun', 'the most events that a run can have'],
    ],
    maxWords: 0,
    async run({ config: { settings }, io, isJson }) {
      const shape = {
        limits: limitsOf(settings),
        patience: patienceOf(settings),
        hasCheck: settings.check !== null,
        checkEach: settings.checkEach,
        // Without a jail a person says yes to each command.
        approve: settings.approve || settings.sandbox === 'none',
      };
      if (io.err.isTTY) io.err.write('Exploring the chart …\n');
      const report = verifyChart(shape, machine);
      const style = createStyle(io.useColor && io.out.isTTY);
      if (isJson) io.out.write(`${JSON.stringify({ ...shape, ...report })}\n`);
      else io.out.write(`${tellReport(report, shape.limits.maxIterations, style).join('\n')}\n`);
      return report.ok ? 0 : 1;
    },
  };
}

function tellReport(report: VerifyReport, maxIterations: number | null, style: Style): readonly string[] {
  const { properties, configurations, steps, seconds } = report;
  const width = Math.max(...properties.map(({ promise }) => promise.length));
  return [
    `${''.padEnd(13)}${''.padEnd(width)}  verdict  configurations  seconds`,
    ...properties.map((property) => tellProperty(property, width, style)),
    '',
    tellLongest(report, maxIterations),
    `${group(configurations)} configurations and ${group(steps)} steps explored in ${seconds.toFixed(1)} s.`,
    ...properties.flatMap(({ id, refutation }) => (refutation === null ? [] : tellRefutation(id, refutation, style))),
  ];
}

function tellProperty(
  { id, promise, verdict, configurations, seconds }: PropertyReport,
  width: number,
  style: Style,
): string {
  const mark = verdict === 'proved' ? style.good('✓ proved ') : style.bad('✗ refuted');
  return `${id.padEnd(11)}  ${promise.padEnd(width)}  ${mark}${group(configurations).padStart(14)}${seconds.toFixed(2).padStart(9)}`;
}

function tellLongest({ longestRun, properties }: VerifyReport, maxIterations: number | null): string {
  if (properties.some(({ id, verdict }) => id === 'P2' && verdict === 'refuted'))
    return 'Nothing bounds a run: P2 is refuted.';
  if (longestRun === null || maxIterations === null) {
    return 'No bound: MAX_ITERATIONS is none, and P2 gives one only with a limit. Nothing but the limit is missing.';
  }
  return `The longest run that nobody pauses has ${group(longestRun)} events in ${group(maxIterations)} iterations.`;
}

function tellRefutation(id: string, { reason, run, isReal, trace }: Refutation, style: Style): readonly string[] {
  const width = String(trace.length).length;
  return [
    '',
    style.bad(`✗ ${id}: ${reason}`),
    `  a run with: ${run}`,
    ...(isReal
      ? []
      : ['  This way exists only with abstracted counters: no run goes it, and the abstraction is too coarse.']),
    ...trace.map(({ event, state }, index) => `  ${String(index + 1).padStart(width)}  ${event} → ${state}`),
  ];
}

function group(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}
