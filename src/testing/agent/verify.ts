import { agentMachine, MACHINE_VERSION } from '../../machine/agent.machine.ts';
import type { AgentInput, Limits } from '../../machine/types.ts';
import { describeTrace, type TraceLine } from '../trace.ts';
import { noActorTwice, nothingIsDropped, pauseReturns } from './care.ts';
import type { AgentExploration, AgentFinding, AgentMachine } from './chart-events.ts';
import { countsAreRight } from './counts.ts';
import { endingsHaveCauses } from './endings.ts';
import { exploreAgent } from './explore-agent.ts';
import { longestRun } from './longest-run.ts';
import { everyRunEnds, onlyAllowedCommandsRun, stopsAreHonoured } from './promises.ts';
import { limitsOfTrace } from './real-trace.ts';
import { stateWithWatchdog } from './state-words.ts';
import { type Met, metBy, unreachable, unusable } from './wholeness.ts';

/** How a run is meant, as far as the chart can tell runs apart. Whether a person is there is tried both ways. */
export type RunShape = Pick<AgentInput, 'limits' | 'patience' | 'hasCheck' | 'checkEach' | 'approve'>;

export type PropertyId =
  | 'P1'
  | 'P2'
  | 'P3'
  | 'states'
  | 'transitions'
  | 'events'
  | 'pause'
  | 'actors'
  | 'endings'
  | 'counts';

export interface PropertyReport {
  readonly id: PropertyId;
  /** One sentence. */
  readonly promise: string;
  readonly verdict: 'proved' | 'refuted';
  /** How many configurations it was judged on. */
  readonly configurations: number;
  readonly seconds: number;
  /** With `refuted`: what is wrong, and the shortest way there. */
  readonly refutation: Refutation | null;
}

export interface Refutation {
  readonly reason: string;
  /** Limits and wishes of a run that goes this way. */
  readonly run: string;
  /** False: the way exists only because counters are abstracted, and no run goes it. */
  readonly isReal: boolean;
  /** Empty when the chart as a whole is at fault and no way leads there. */
  readonly trace: readonly TraceLine[];
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly machineVersion: number;
  readonly properties: readonly PropertyReport[];
  /** The most events of a run that nobody pauses. Null without a limit of iterations, or when P2 is refuted. */
  readonly longestRun: number | null;
  /** Of all explorations together. */
  readonly configurations: number;
  readonly steps: number;
  readonly seconds: number;
}

/**
 * Explores every configuration that such a run can reach, counters abstracted (see `abstractCounters`), and proves or
 * refutes what is promised. That every state and every transition is of use is said of the chart and not of one run: it
 * is judged on runs of two more shapes, one with every wish and every limit and one with no wish.
 */
export function verify(shape: RunShape, machine: AgentMachine = agentMachine): VerifyReport {
  const startedAt = performance.now();
  const own = [false, true].map((isPersonThere) => exploreRun(shape, isPersonThere, machine));
  const others = [exploreRun(withEverything(shape), true, machine), exploreRun(withNothing(shape), false, machine)];
  const all = [...own, ...others];
  const properties = [
    ...ofEachRun.map((property) => judge(property, own, machine)),
    ...ofTheChart.map((property) => judgeChart(property, all, machine)),
  ].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const hasBound = properties.some(({ id, verdict }) => id === 'P2' && verdict === 'proved');
  const bounds = hasBound ? own.map(({ exploration, input }) => longestRun(exploration, input)) : [null];
  return {
    ok: properties.every(({ verdict }) => verdict === 'proved'),
    machineVersion: MACHINE_VERSION,
    properties,
    longestRun:
      bounds.reduce((most, bound) => (most === null || bound === null ? null : Math.max(most, bound))) ?? null,
    configurations: all.reduce((sum, { exploration }) => sum + exploration.configurations.length, 0),
    steps: all.reduce((sum, { exploration }) => sum + exploration.steps.length, 0),
    seconds: secondsSince(startedAt),
  };
}

interface ExploredRun {
  readonly input: AgentInput;
  readonly exploration: AgentExploration;
}

interface Property {
  readonly id: PropertyId;
  readonly promise: string;
  readonly judge: (exploration: AgentExploration, input: AgentInput) => AgentFinding;
}

const ofEachRun: readonly Property[] = [
  { id: 'P1', promise: 'No command starts without the verdict "allow".', judge: onlyAllowedCommandsRun },
  { id: 'P2', promise: 'Every run ends, in one of five final states.', judge: everyRunEnds },
  { id: 'P3', promise: 'A stop is honoured wherever the end is not yet decided.', judge: stopsAreHonoured },
  { id: 'events', promise: 'No event that matters is dropped.', judge: nothingIsDropped },
  { id: 'pause', promise: 'A pause holds the run and leads back to where it left.', judge: pauseReturns },
  { id: 'actors', promise: 'No actor is alive twice, or acts twice in one iteration.', judge: noActorTwice },
  { id: 'endings', promise: 'Every ending has its cause, and the first one wins.', judge: endingsHaveCauses },
  { id: 'counts', promise: 'Every iteration is counted, judged and saved once.', judge: countsAreRight },
];

interface ChartProperty {
  readonly id: PropertyId;
  readonly promise: string;
  readonly fault: string;
  readonly missing: (machine: AgentMachine, met: Met) => readonly string[];
}

const ofTheChart: readonly ChartProperty[] = [
  { id: 'states', promise: 'Every state can be reached.', fault: 'No run enters', missing: unreachable },
  { id: 'transitions', promise: 'Every transition can be taken.', fault: 'No run takes', missing: unusable },
];

const order: readonly PropertyId[] = [
  'P1',
  'P2',
  'P3',
  'states',
  'transitions',
  'events',
  'pause',
  'actors',
  'endings',
  'counts',
];

function judge({ id, promise, judge }: Property, runs: readonly ExploredRun[], machine: AgentMachine): PropertyReport {
  const startedAt = performance.now();
  const refutations = runs.flatMap(({ exploration, input }) => {
    const finding = judge(exploration, input);
    if (finding.holds) return [];
    const limits = limitsOfTrace(machine, input, finding.trace);
    const trace = describeTrace(finding.trace, { state: stateWithWatchdog });
    return [{ reason: finding.reason, run: nameRun(input, limits ?? input.limits), isReal: limits !== null, trace }];
  });
  const [shortest] = refutations.sort((a, b) => a.trace.length - b.trace.length);
  return {
    id,
    promise,
    verdict: shortest === undefined ? 'proved' : 'refuted',
    configurations: countOf(runs),
    seconds: secondsSince(startedAt),
    refutation: shortest ?? null,
  };
}

function judgeChart(property: ChartProperty, runs: readonly ExploredRun[], machine: AgentMachine): PropertyReport {
  const startedAt = performance.now();
  const met = metBy(
    machine,
    runs.map(({ exploration }) => exploration),
  );
  const missing = property.missing(machine, met);
  const reason = `${property.fault} ${missing.join(', ')}.`;
  return {
    id: property.id,
    promise: property.promise,
    verdict: missing.length === 0 ? 'proved' : 'refuted',
    configurations: countOf(runs),
    seconds: secondsSince(startedAt),
    refutation: missing.length === 0 ? null : { reason, run: 'of any shape', isReal: true, trace: [] },
  };
}

function exploreRun(shape: RunShape, isPersonThere: boolean, machine: AgentMachine): ExploredRun {
  const input = { ...shape, runId: 'run', goal: 'The goal.', loopIntervalMs: 100, isPersonThere, startedAtMs: 1_000 };
  return { input, exploration: exploreAgent({ input, machine }) };
}

function withEverything(shape: RunShape): RunShape {
  return { ...withNothing(shape), hasCheck: true, checkEach: true, approve: true };
}

/** With every limit: without one its transition cannot be taken. */
function withNothing({ limits, patience }: RunShape): RunShape {
  const { maxConsecutiveFailures, maxDurationMs, maxTotalTokens } = limits;
  return {
    limits: {
      // Fewer iterations than the watchdog has levels would leave no time to climb them.
      maxIterations: Math.max(limits.maxIterations ?? 0, 10),
      maxConsecutiveFailures: maxConsecutiveFailures ?? 5,
      maxDurationMs: maxDurationMs ?? 60_000,
      maxTotalTokens: maxTotalTokens ?? 1_000,
    },
    patience: { ...patience, giveUpAfter: patience.giveUpAfter ?? patience.diversifyAfter + 1 },
    hasCheck: false,
    checkEach: false,
    approve: false,
  };
}

function nameRun({ hasCheck, checkEach, approve, isPersonThere }: AgentInput, limits: Limits): string {
  const wishes = [
    ...(hasCheck ? ['a check'] : []),
    ...(checkEach ? ['checked after each command'] : []),
    ...(approve ? ['approved by a person'] : []),
    isPersonThere ? 'a person there' : 'nobody there',
  ];
  const counts = Object.entries(limits).flatMap(([name, limit]) => (limit === null ? [] : [`${name} ${limit}`]));
  return [...wishes, ...counts].join(', ');
}

function countOf(runs: readonly ExploredRun[]): number {
  return runs.reduce((sum, { exploration }) => sum + exploration.configurations.length, 0);
}

function secondsSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt) / 1_000;
}
