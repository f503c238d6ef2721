import { agentMachine, MACHINE_VERSION } from '../../machine/agent.machine.ts';
import type { AgentInput, Limits } from '../../machine/types.ts';
import { createCoverage, noteExploration } from '../coverage.ts';
import { describeTrace } from '../trace.ts';
import { noActorTwice, nothingIsDropped, pauseReturns } from './care.ts';
import type { AgentExploration, AgentFinding, AgentMachine } from './chart-events.ts';
import { countsAreRight } from './counts.ts';
import { endingsHaveCauses } from './endings.ts';
import { exploreAgent } from './explore-agent.ts';
import { longestRun } from './longest-run.ts';
import { everyRunEnds, onlyAllowedCommandsRun, stopsAreHonoured } from './promises.ts';
import { limitsOfTrace } from './real-trace.ts';
import { stateWithWatchdog } from './state-words.ts';
import type { PropertyId, PropertyReport, Refutation, RunShape, VerifyReport } from './verify-report.ts';

/**
 * Explores every configuration that such a run can reach, counters abstracted (see `abstractCounters`), and proves or
 * refutes what is promised. That every state and every transition is of use is said of the chart and not of one run: it
 * is judged on runs of two more shapes, one with every wish and every limit and one with no wish.
 */
export function verify(shape: RunShape): VerifyReport {
  return verifyChart(shape, agentMachine);
}

/** The same for another chart than the one that drives runs: a broken one, in tests. */
export function verifyChart(shape: RunShape, machine: AgentMachine): VerifyReport {
  const startedAt = performance.now();
  const runs = [inputOf(shape, false), inputOf(shape, true)];
  const others = [inputOf(withEverything(shape), true), inputOf(withNothing(shape), false)];
  const coverage = createCoverage(machine);
  const explored = [...runs, ...others].map((input) => {
    const exploration = exploreAgent({ input, machine });
    noteExploration(coverage, exploration);
    const isOwn = runs.includes(input);
    const [configurations, steps] = [exploration.configurations.length, exploration.steps.length];
    const judged = isOwn ? ofEachRun.map((property) => judge(property, exploration, input, machine)) : [];
    const isBounded = judged.some(({ id, refutation }) => id === 'P2' && refutation === null);
    return { isOwn, configurations, steps, judged, longest: isBounded ? longestRun(exploration, input) : null };
  });
  const own = explored.filter(({ isOwn }) => isOwn);
  const properties = [
    ...ofEachRun.map((property) => sumUp(property, own)),
    ...ofTheChart(coverage.missing(), sumOf(explored, 'configurations')),
  ].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  return {
    ok: properties.every(({ verdict }) => verdict === 'proved'),
    machineVersion: MACHINE_VERSION,
    properties,
    longestRun: most(own.map(({ longest }) => longest)),
    configurations: sumOf(explored, 'configurations'),
    steps: sumOf(explored, 'steps'),
    seconds: secondsSince(startedAt),
  };
}

/**
 * A promise that a chart breaks, sooner than by `verify`: each step is judged as soon as it is found, and the first that
 * breaks one ends the search. Null when runs of these shapes break none. What is said of the chart as a whole comes last.
 */
export function findRefutation(
  shapes: readonly RunShape[],
  machine: AgentMachine,
): { readonly id: PropertyId; readonly refutation: Refutation } | null {
  const coverage = createCoverage(machine);
  for (const input of shapes.flatMap((shape) => [inputOf(shape, true), inputOf(shape, false)])) {
    let broken: Judged | undefined;
    const exploration = exploreAgent({
      input,
      machine,
      stopAt(step, tryStep) {
        // One step is an exploration too, as far as steps are judged one by one.
        const one = { start: step.from, startEffects: [], configurations: [], steps: [step], tryStep };
        broken = firstBroken(one, input, machine);
        return broken !== undefined;
      },
    });
    broken ??= firstBroken(exploration, input, machine);
    if (broken?.refutation) return { id: broken.id, refutation: broken.refutation };
    noteExploration(coverage, exploration);
  }
  const whole = ofTheChart(coverage.missing(), 0).find(({ refutation }) => refutation !== null);
  return whole?.refutation ? { id: whole.id, refutation: whole.refutation } : null;
}

function firstBroken(exploration: AgentExploration, input: AgentInput, machine: AgentMachine): Judged | undefined {
  for (const property of ofEachRun) {
    const judged = judge(property, exploration, input, machine);
    if (judged.refutation !== null) return judged;
  }
  return undefined;
}

interface Property {
  readonly id: PropertyId;
  readonly promise: string;
  readonly find: (exploration: AgentExploration, input: AgentInput) => AgentFinding;
}

const ofEachRun: readonly Property[] = [
  { id: 'P1', promise: 'No command starts without the verdict "allow".', find: onlyAllowedCommandsRun },
  { id: 'P2', promise: 'Every run ends, in one of five final states.', find: everyRunEnds },
  { id: 'P3', promise: 'A stop is honoured wherever the end is not yet decided.', find: stopsAreHonoured },
  { id: 'events', promise: 'No event that matters is dropped.', find: nothingIsDropped },
  { id: 'pause', promise: 'A pause holds the run and leads back to where it left.', find: pauseReturns },
  { id: 'actors', promise: 'No actor is alive twice, or acts twice in one iteration.', find: noActorTwice },
  { id: 'endings', promise: 'Every ending has its cause, and the first one wins.', find: endingsHaveCauses },
  { id: 'counts', promise: 'Every iteration is counted, judged and saved once.', find: countsAreRight },
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

interface Judged {
  readonly id: PropertyId;
  readonly seconds: number;
  readonly refutation: Refutation | null;
}

function judge(
  { id, find }: Property,
  exploration: AgentExploration,
  input: AgentInput,
  machine: AgentMachine,
): Judged {
  const startedAt = performance.now();
  const finding = find(exploration, input);
  if (finding.holds) return { id, seconds: secondsSince(startedAt), refutation: null };
  const limits = limitsOfTrace(machine, input, finding.trace);
  const trace = describeTrace(finding.trace, { state: stateWithWatchdog });
  const run = nameRun(input, limits ?? input.limits);
  const refutation = { reason: finding.reason, run, isReal: limits !== null, trace };
  return { id, seconds: secondsSince(startedAt), refutation };
}

interface ExploredRun {
  readonly configurations: number;
  readonly steps: number;
  readonly judged: readonly Judged[];
}

function sumUp({ id, promise }: Property, runs: readonly ExploredRun[]): PropertyReport {
  const judged = runs.flatMap((run) => run.judged.filter((one) => one.id === id));
  const refutations = judged.flatMap(({ refutation }) => (refutation === null ? [] : [refutation]));
  const [shortest = null] = refutations.sort((a, b) => a.trace.length - b.trace.length);
  return {
    id,
    promise,
    verdict: shortest === null ? 'proved' : 'refuted',
    configurations: sumOf(runs, 'configurations'),
    seconds: judged.reduce((sum, { seconds }) => sum + seconds, 0),
    refutation: shortest,
  };
}

function ofTheChart(
  { states, transitions }: { readonly states: readonly string[]; readonly transitions: readonly string[] },
  configurations: number,
): readonly PropertyReport[] {
  const report = (id: PropertyId, promise: string, fault: string, missing: readonly string[]): PropertyReport => ({
    id,
    promise,
    verdict: missing.length === 0 ? 'proved' : 'refuted',
    configurations,
    // It is noted on the way, while the runs are explored.
    seconds: 0,
    refutation:
      missing.length === 0
        ? null
        : { reason: `${fault} ${missing.join(', ')}.`, run: 'any wishes', isReal: true, trace: [] },
  });
  return [
    report('states', 'Every state can be reached.', 'No run enters', states),
    report('transitions', 'Every transition can be taken.', 'No run takes', transitions),
  ];
}

function inputOf(shape: RunShape, isPersonThere: boolean): AgentInput {
  return { ...shape, runId: 'run', goal: 'The goal.', loopIntervalMs: 100, isPersonThere, startedAtMs: 1_000 };
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

/** Null as soon as one is: what one run is not bound by, nobody is. */
function most(bounds: readonly (number | null)[]): number | null {
  return bounds.reduce((a, b) => (a === null || b === null ? null : Math.max(a, b)), 0);
}

function sumOf(runs: readonly ExploredRun[], what: 'configurations' | 'steps'): number {
  return runs.reduce((sum, run) => sum + run[what], 0);
}

function secondsSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt) / 1_000;
}
