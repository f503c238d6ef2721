import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { agentMachine } from '../../src/machine/agent.machine.ts';
import { edgesOf, statesOf } from '../../src/machine/structure.ts';
import { exploreAgent } from '../../src/testing/agent/explore-agent.ts';
import { actorsAliveIn } from '../../src/testing/possible-events.ts';
import { distinct, show, stateOf, stateWithWatchdog } from './readable.ts';
import { settings } from './settings.ts';

const explorations = settings.map((setting) => ({ ...setting, ...exploreAgent({ ...setting, isExact: true }) }));
const configurations = explorations.flatMap((exploration) => exploration.configurations);
const steps = explorations.flatMap((exploration) => exploration.steps);

describe('every configuration', () => {
  test('has a context of plain JSON, with the keys of AgentContext and no other', () => {
    const keys = distinct(configurations.map(({ snapshot }) => Object.keys(snapshot.context).sort().join(' ')));
    expect(keys).toEqual([
      'answer approve checkEach decision ending failures goal hasCheck isPersonThere iteration limits loopIntervalMs ' +
        'outcome patience pauseAsked runId saved startedAtMs tokens waitUntilMs watchdogLevel workingDirectory',
    ]);
    const changed = configurations.filter(
      ({ snapshot: { context } }) => !isDeepStrictEqual(JSON.parse(JSON.stringify(context)), context),
    );
    expect(changed.map(stateOf)).toEqual([]);
  });

  test('keeps what the run was told at its start', () => {
    for (const { input, configurations } of explorations) {
      expect(
        configurations.filter(({ snapshot: { context } }) => !isDeepStrictEqual({ ...context, ...input }, context)),
      ).toEqual([]);
    }
  });

  test('mirrors the level of the watchdog', () => {
    const running = configurations.filter(({ snapshot }) => snapshot.matches('running'));
    const levels = running.map((one) => [stateWithWatchdog(one).split(' | ')[1], one.snapshot.context.watchdogLevel]);
    expect(levels.filter(([state, level]) => state !== level)).toEqual([]);
    expect(distinct(levels.map(([state]) => state ?? ''))).toEqual([
      'calm',
      'diversifying',
      'givingUp',
      'nudged',
      'suspicious',
    ]);
  });

  test('has an outcome once it observes, a RUN while it executes or asks, an ending once it stops', () => {
    const wrong = configurations.filter((configuration) => {
      const { outcome, decision, ending } = configuration.snapshot.context;
      const state = stateOf(configuration);
      if (state === 'observing' || state === 'storing') return outcome === null;
      if (state === 'acting.executing' || state === 'approving') return decision?.action !== 'RUN';
      return (state === 'stopping' || configuration.snapshot.status === 'done') && ending === null;
    });
    expect(wrong.map(stateOf)).toEqual([]);
  });

  test('has saved as many iterations as it has begun, or one less', () => {
    const active = configurations.filter(({ snapshot }) => snapshot.status === 'active');
    const open = active.map((one) => {
      const { iteration, saved } = one.snapshot.context;
      return `${stateOf(one).replace(/ in .*|\..*/, '')}: ${iteration - saved} open`;
    });
    expect(distinct(open)).toEqual([
      'acting: 1 open',
      'approving: 1 open',
      'askingPerson: 0 open',
      'observing: 1 open',
      'paused: 0 open',
      'paused: 1 open',
      'planning: 1 open',
      'resting: 0 open',
      'starting: 0 open',
      'stopping: 0 open',
      'stopping: 1 open',
      'storing: 1 open',
    ]);
  });

  test('says by its tags whether something works, a person is needed, or all is over', () => {
    const tags = configurations.map(
      (one) => `${stateOf(one).replace(/ in .*/, '')}: ${[...one.snapshot.tags].join(' ')}`,
    );
    expect(distinct(tags)).toEqual([
      'acting.checking: busy',
      'acting.executing: busy',
      'acting.sleeping: busy',
      'approving: needsPerson',
      'askingPerson: needsPerson',
      'completed: ended',
      'exhausted: ended',
      'failed: ended',
      'observing: busy',
      'paused: needsPerson',
      'planning.reading: busy',
      'planning.thinking: busy',
      'planning.validating: busy',
      'resting.waiting: ',
      'starting.opening: busy',
      'starting.prechecking: busy',
      'stopped: ended',
      'stopping: busy',
      'storing: busy',
      'stuck: ended',
    ]);
  });
});

describe('a driver', () => {
  test('has to do nothing but start and stop actors; what the chart tells itself is done already', () => {
    const others = steps.flatMap(({ effects }) => effects.filter(({ kind }) => kind === 'action'));
    expect(distinct(others.map(({ id }) => id))).toEqual(['xstate.raise']);
    expect(others.filter(({ input }) => !hasNoDelay(input))).toEqual([]);
  });

  test('never has two actors of one name alive, and has those that the states invoke', () => {
    const wrong = steps.filter(({ from, to, effects }) => {
      const alive = new Set<string>(actorsAliveIn(from.snapshot));
      for (const { kind, id } of effects) {
        if (kind === 'stop') alive.delete(id);
        if (kind === 'start' && alive.has(id)) return true;
        if (kind === 'start') alive.add(id);
      }
      return !isDeepStrictEqual([...alive].sort(), [...actorsAliveIn(to.snapshot)].sort());
    });
    expect(wrong.map(show)).toEqual([]);
    expect(explorations.map(({ startEffects }) => startEffects.map(({ kind, id }) => `${kind} ${id}`))).toEqual(
      explorations.map(() => ['start awaitDeadline', 'start openRun']),
    );
  });

  test('is never asked to start an actor and to stop it in the same step', () => {
    const wrong = steps.filter(({ effects }) =>
      effects.some(
        ({ kind, id }, index) =>
          kind === 'stop' && effects.slice(0, index).some((one) => one.kind === 'start' && one.id === id),
      ),
    );
    expect(wrong.map(show)).toEqual([]);
  });
});

describe('all explorations together', () => {
  test('enter every state', () => {
    const entered = new Set(configurations.flatMap(({ snapshot }) => snapshot._nodes.map(({ id }) => id)));
    const passedThrough = ['agent.running.here', 'agent.running.loop.resting.judging'];
    expect(
      statesOf(agentMachine)
        .filter(({ id }) => !entered.has(id))
        .map(({ id }) => id),
    ).toEqual(passedThrough);
  });

  test('take every transition', () => {
    const taken = new Set(steps.flatMap((step) => step.taken));
    expect(edgesOf(agentMachine).filter((name) => !taken.has(name))).toEqual([]);
    expect([...taken].filter((name) => !edgesOf(agentMachine).includes(name))).toEqual([]);
  });
});

function hasNoDelay(params: unknown): boolean {
  return typeof params === 'object' && params !== null && 'delay' in params && params.delay === undefined;
}
