import { agentMachine } from '../../src/machine/agent.machine.ts';
import { agentSetup } from '../../src/machine/agent.setup.ts';
import type { AgentContext } from '../../src/machine/types.ts';
import type { AgentMachine } from '../../src/testing/agent/chart-events.ts';

/** A chart with one fault, such as somebody could make who changes it. */
export interface BrokenChart {
  readonly name: string;
  readonly machine: AgentMachine;
}

/** One of each guard, turned round. */
const guardsTurnedRound = Object.entries(agentMachine.implementations.guards).map(([name, guard]) =>
  withGuard(`guard ${name} turned round`, name, (args, params) => !holds(guard, args, params)),
);

const transitionsRemoved: readonly BrokenChart[] = [
  ...(['starting', 'running', 'askingPerson', 'paused'] as const).flatMap((path) => [
    withChart(`user.stop not handled in ${path}`, path, (state) => remove(state.on, 'user.stop')),
    withChart(`user.goOn not handled in ${path}`, path, (state) => remove(state.on, 'user.goOn')),
  ]),
  ...[
    'running.loop.planning',
    'running.loop.approving',
    'running.loop.acting.sleeping',
    'running.loop.resting.waiting',
  ].map((path) =>
    withChart(`user.pause not handled in ${path}: it is noted and waits`, path, (state) =>
      remove(state.on, 'user.pause'),
    ),
  ),
  ...['starting', 'running'].map((path) =>
    withChart(`user.pause not noted in ${path}`, path, (state) => remove(state.on, 'user.pause')),
  ),
  ...['user.approve', 'user.deny'].map((event) =>
    withChart(`${event} not handled`, 'running.loop.approving', (state) => remove(state.on, event)),
  ),
  ...[
    ['running.loop.planning.validating', 'validate'],
    ['running.loop.storing', 'saveIteration'],
    ['stopping', 'closeRun'],
  ].map(([path = '', id = '']) =>
    withChart(`rejection of ${id} not handled`, path, (state) => remove(invokeOf(state, id), 'onError')),
  ),
  ...[
    ['running.loop.planning.reading', 'readSurroundings'],
    ['running.loop.observing', 'observe'],
    ['askingPerson', 'awaitPerson'],
    ['paused', 'awaitDeadline'],
  ].map(([path = '', id = '']) =>
    withChart(`answer of ${id} not handled in ${path}`, path, (state) => remove(invokeOf(state, id), 'onDone')),
  ),
  withBranch('openRun that fails is not handled', 'starting.opening', 'openRun', (branches) => branches.slice(0, 2)),
  withBranch('think that fails is not handled', 'running.loop.planning.thinking', 'think', (branches) =>
    branches.slice(0, 1),
  ),
  withBranch('a malformed decision is not handled', 'running.loop.planning.validating', 'validate', (branches) =>
    branches.slice(0, -1),
  ),
  withBranch('saveIteration that fails is not handled', 'running.loop.storing', 'saveIteration', (branches) =>
    branches.slice(0, 1),
  ),
  withBranch('closeRun does not lead to stuck', 'stopping', 'closeRun', (branches) => without(branches, 3)),
  withChart('the watchdog never becomes calm again', 'running.watchdog', (state) =>
    remove(state.on, 'progress.judged'),
  ),
  withChart('the watchdog never diversifies', 'running.watchdog.nudged', (state) =>
    remove(state.on, 'progress.judged'),
  ),
];

const validating = 'running.loop.planning.validating';
const waysChanged: readonly BrokenChart[] = [
  withBranch('nobody is asked though --approve is on', validating, 'validate', (branches) => without(branches, 0)),
  withBranch('the check after a STOP is skipped', validating, 'validate', (branches) => without(branches, 3)),
  withBranch('the check before the first iteration is skipped', 'starting.opening', 'openRun', (branches) =>
    without(branches, 0),
  ),
  withBranch('the check after a command is skipped', 'running.loop.acting.executing', 'runCommand', (branches) =>
    without(branches, 0),
  ),
  withBranch('a denied command is executed', validating, 'validate', (branches) =>
    retarget(branches, 5, '#agent.running.loop.acting.executing'),
  ),
  withBranch('a malformed decision is executed', validating, 'validate', (branches) =>
    retarget(branches, 6, '#agent.running.loop.acting.executing'),
  ),
  withBranch('a failed thought is validated', 'running.loop.planning.thinking', 'think', (branches) =>
    retarget(branches, 1, 'validating'),
  ),
  withBranch('a thought is executed without being validated', 'running.loop.planning.thinking', 'think', (branches) =>
    retarget(branches, 0, '#agent.running.loop.acting.executing'),
  ),
  withChart('a command that a person denies is executed', 'running.loop.approving', (state) =>
    set(state.on, 'user.deny', { ...entry(state.on, 'user.deny'), target: 'acting.executing' }),
  ),
  withChart('a yes for another iteration counts', 'running.loop.approving', (state) =>
    set(state.on, 'user.approve', { target: 'acting.executing' }),
  ),
  withChart('an outcome is not stored', 'running.loop.observing', (state) =>
    set(invokeOf(state, 'observe'), 'onDone', { ...entry(invokeOf(state, 'observe'), 'onDone'), target: 'resting' }),
  ),
  withChart(
    'after a rest the limits are judged again and no iteration begins',
    'running.loop.resting.waiting',
    (state) => set(invokeOf(state, 'awaitRest'), 'onDone', 'judging'),
  ),
  withChart('an iteration begins without being counted', 'running.loop.resting.waiting', (state) =>
    set(invokeOf(state, 'awaitRest'), 'onDone', '#agent.running.loop.planning'),
  ),
  withChart('after an iteration nothing is judged', 'running.loop.resting', (state) =>
    set(state, 'initial', 'waiting'),
  ),
  withChart('history lost: going on begins with planning', 'paused', (state) =>
    set(state.on, 'user.goOn', { target: 'running', actions: 'clearPause' }),
  ),
  withChart('history shallow: going on begins each region anew', 'running.here', (state) =>
    set(state, 'history', 'shallow'),
  ),
  withChart('a person who says go on skips the limits', 'askingPerson', (state) =>
    set(state.on, 'user.goOn', {
      ...entry(state.on, 'user.goOn'),
      target: ['#agent.running.loop.resting.waiting', '#agent.running.watchdog.calm'],
    }),
  ),
  withChart('a person who says go on leaves the watchdog where it was', 'askingPerson', (state) =>
    set(state.on, 'user.goOn', { target: '#agent.running.loop.resting.judging', actions: 'clearPause' }),
  ),
  withChart('a stop pauses', 'running', (state) => set(state.on, 'user.stop', 'paused')),
  withChart('a stop has no cause', 'running', (state) => set(state.on, 'user.stop', 'stopping')),
  withChart('a stop while stopping begins anew', 'stopping', (state) =>
    set(state.on, 'user.stop', { target: 'stopping', reenter: true }),
  ),
  withChart('a pause stops a command, which then runs again', 'running.loop.acting.executing', (state) =>
    set(state, 'on', { 'user.pause': '#agent.paused' }),
  ),
  withChart('a pause stops a save, which is then made again', 'running.loop.storing', (state) =>
    set(state, 'on', { 'user.pause': '#agent.paused' }),
  ),
  withChart('the deadline is awaited twice at once', 'running.loop.planning.thinking', (state) =>
    set(state, 'invoke', [state['invoke'], entry(stateAt('running'), 'invoke')]),
  ),
  withChart('nobody awaits the deadline while the run is paused', 'paused', (state) => remove(state, 'invoke')),
  withBranch('closeRun leads to completed whatever the ending', 'stopping', 'closeRun', (branches) => [
    { ...branches[0], guard: undefined },
  ]),
  withChart('the watchdog climbs two levels at once', 'running.watchdog.calm', (state) =>
    set(state.on, 'progress.judged', { ...entry(state.on, 'progress.judged'), target: 'nudged' }),
  ),
  withJudging('iterations are judged before failures', ([ending, failures, asking, giving, iterations, ...rest]) => [
    ending,
    iterations,
    failures,
    asking,
    giving,
    ...rest,
  ]),
  withJudging('a pause is honoured before the limits', (branches) => [
    ...branches.slice(6, 7),
    ...without(branches, 6),
  ]),
  withJudging('an accepted STOP does not end the run', (branches) => without(branches, 0)),
  withJudging('no limit of iterations', (branches) => without(branches, 4)),
  withJudging('no limit of tokens', (branches) => without(branches, 5)),
];

const actionsBroken: readonly BrokenChart[] = [
  withAction(
    'beginIteration does not count',
    'beginIteration',
    agentSetup.assign({ answer: null, decision: null, outcome: null }),
  ),
  withAction(
    'beginIteration counts two',
    'beginIteration',
    agentSetup.assign(({ context }) => ({ iteration: context.iteration + 2, outcome: null })),
  ),
  withAction(
    'beginIteration keeps the last outcome',
    'beginIteration',
    agentSetup.assign({ iteration: ({ context }) => context.iteration + 1 }),
  ),
  withAction('failures are not counted', 'countOutcome', () => {}),
  withAction(
    'failures are never forgotten',
    'countOutcome',
    counting(({ failures, outcome }) => (outcome?.kind === 'failure' ? failures + 1 : failures)),
  ),
  withAction(
    'setbacks count as failures',
    'countOutcome',
    counting(({ failures, outcome }) => (outcome?.kind === 'ok' ? 0 : failures + 1)),
  ),
  withAction(
    "a person's no counts as a failure",
    'countOutcome',
    counting(({ failures, outcome }) =>
      outcome?.kind === 'ok' ? 0 : outcome?.kind === 'failure' ? failures + 1 : failures,
    ),
  ),
  withAction('tokens are not counted', 'noteAnswer', agentSetup.assign({ answer: 'an answer' })),
  withAction('a saved iteration is not noted', 'noteSaved', () => {}),
  withAction(
    'the last ending wins',
    'decideEnd',
    agentSetup.assign((_, ending: unknown) => ({ ending: ending as AgentContext['ending'] })),
  ),
  withAction(
    'a failed save does not replace an ending',
    'replaceEnd',
    agentSetup.assign(({ context }, ending: unknown) => ({
      ending: context.ending ?? (ending as AgentContext['ending']),
    })),
  ),
  withAction('a pause is not noted', 'notePause', () => {}),
  withAction('a pause is never taken back', 'clearPause', () => {}),
  withAction('the level of the watchdog is not mirrored', 'setWatchdogLevel', () => {}),
  withAction(
    'the watchdog is always told that something moves',
    'judgeProgress',
    agentSetup.raise({ type: 'progress.judged', repeats: 0 }),
  ),
  withAction('the decision is not noted', 'noteDecision', agentSetup.assign({ answer: null })),
  withAction('the outcome of a command is not noted', 'noteOutcome', () => {}),
  withAction('a failure is not noted', 'noteFailure', () => {}),
  withAction('a success is not noted', 'noteSuccess', () => {}),
  withAction('what closing has saved is not noted', 'noteClosed', () => {}),
];

export const brokenCharts: readonly BrokenChart[] = [
  ...guardsTurnedRound,
  ...transitionsRemoved,
  ...waysChanged,
  ...actionsBroken,
];

// ---- Breaking one thing ---------------------------------------------------------------------------------------------

/** A part of the chart's source, read loosely: what is broken must not have to type-check. */
type Part = { [key: string]: unknown };

function withChart(name: string, path: string, breakState: (state: StatePart) => void): BrokenChart {
  const config = copy(agentMachine.config) as Part;
  breakState(stateIn(config, path));
  // It is the chart's own source, but for one thing.
  return { name, machine: agentSetup.createMachine(config as never) as unknown as AgentMachine };
}

function withBranch(
  name: string,
  path: string,
  actor: string,
  breakBranches: (branches: readonly Part[]) => readonly Part[],
): BrokenChart {
  return withChart(name, path, (state) => {
    const invoke = invokeOf(state, actor);
    set(invoke, 'onDone', breakBranches(invoke['onDone'] as readonly Part[]));
  });
}

function withJudging(
  name: string,
  breakBranches: (branches: readonly Part[]) => readonly (Part | undefined)[],
): BrokenChart {
  return withChart(name, 'running.loop.resting.judging', (state) => {
    set(
      state,
      'always',
      breakBranches(state['always'] as readonly Part[]).filter((branch) => branch !== undefined),
    );
  });
}

function withGuard(name: string, guard: string, holds: (args: unknown, params: unknown) => boolean): BrokenChart {
  return { name, machine: agentMachine.provide({ guards: { [guard]: holds } }) };
}

function withAction(name: string, action: string, broken: unknown): BrokenChart {
  return { name, machine: agentMachine.provide({ actions: { [action]: broken } as never }) };
}

function counting(count: (context: AgentContext) => number) {
  return agentSetup.assign({ failures: ({ context }) => count(context) });
}

interface StatePart extends Part {
  on: Part;
}

function stateAt(path: string): StatePart {
  return stateIn(copy(agentMachine.config) as Part, path);
}

function stateIn(config: Part, path: string): StatePart {
  let state = config;
  for (const key of path.split('.')) state = entry(entry(state, 'states'), key);
  return state as StatePart;
}

function invokeOf(state: Part, id: string): Part {
  const invoked = [state['invoke']].flat() as Part[];
  const found = invoked.find((invoke) => invoke['id'] === id);
  if (found === undefined) throw new Error(`Nothing named ${id} is invoked there.`);
  return found;
}

function entry(part: Part, key: string): Part {
  const found = part[key];
  if (found === undefined) throw new Error(`There is no ${key} to break.`);
  return found as Part;
}

function set(part: Part, key: string, value: unknown): void {
  part[key] = value;
}

function remove(part: Part, key: string): void {
  entry(part, key);
  delete part[key];
}

function without<T>(list: readonly T[], index: number): readonly T[] {
  return list.filter((_, place) => place !== index);
}

function retarget(branches: readonly Part[], index: number, target: string): readonly Part[] {
  return branches.map((branch, place) => (place === index ? { ...branch, target } : branch));
}

function holds(guard: unknown, args: unknown, params: unknown): boolean {
  return (guard as (args: unknown, params: unknown) => boolean)(args, params);
}

/** Functions are shared, everything else is copied: the chart's constants stand in several places. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}
