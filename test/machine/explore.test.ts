import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { agentMachine } from '../../src/machine/agent.machine.ts';
import {
  type ActorName,
  type AgentConfiguration,
  type AgentExploration,
  type AgentStep,
  isOfPerson,
} from '../../src/testing/agent/chart-events.ts';
import { exploreAgent } from '../../src/testing/agent/explore-agent.ts';
import { distinct, isStarting, show, startedBy, stateOf, stateWithWatchdog } from './readable.ts';
import { settings } from './settings.ts';

const explorations = settings.map(({ name, ...setting }) => ({ name, ...exploreAgent({ ...setting, isExact: true }) }));
const configurations = explorations.flatMap((exploration) => exploration.configurations);
const steps = explorations.flatMap((exploration) => exploration.steps);

describe('P1: no command of the model reaches the shell without the verdict "allow"', () => {
  test('a command starts when it has just been allowed, or when a person says yes to this very iteration', () => {
    const ways = steps.filter((step) => isStarting(step, 'runCommand')).map(wayIn);
    expect(distinct(ways)).toEqual([
      'approving, asked: user.approve for this iteration',
      'planning.validating, not asked: RUN, allow',
    ]);
  });

  test('a person is asked only about a command that has just been allowed, also after a pause', () => {
    const ways = steps.filter((step) => isEntering(step, 'approving')).map(wayIn);
    expect(distinct(ways)).toEqual(['paused in approving, asked: user.goOn', 'planning.validating, asked: RUN, allow']);
    const pauses = steps.filter(({ from, to }) => stateOf(to) === 'paused in approving' && from.key !== to.key);
    expect(distinct(pauses.map(({ from }) => stateOf(from)))).toEqual(['approving']);
  });

  test('what starts is the command that was ruled on, in its own iteration', () => {
    const wrong = steps.filter(({ from, event, effects }) => {
      const started = effects.find(({ kind, id }) => kind === 'start' && id === 'runCommand');
      const decision =
        event.type === 'xstate.done.actor.validate' ? event.output.decision : from.snapshot.context.decision;
      const expected = {
        iteration: from.snapshot.context.iteration,
        command: decision?.action === 'RUN' ? decision.command : undefined,
        workingDirectory: from.snapshot.context.workingDirectory,
      };
      return started !== undefined && !isDeepStrictEqual(started.input, expected);
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('while a person is asked, nothing but their answer can change the decision', () => {
    const wrong = steps.filter(
      ({ from, to }) =>
        ['approving', 'paused in approving'].includes(stateOf(from)) &&
        !isDeepStrictEqual(from.snapshot.context.decision, to.snapshot.context.decision),
    );
    expect(wrong.map(show)).toEqual([]);
  });
});

describe('P3: a stop is honoured from every state in which the end is not yet decided', () => {
  test('before stopping, user.stop leads there, as stopped unless an ending was decided before', () => {
    const stops = steps.filter(({ from, event }) => event.type === 'user.stop' && stateOf(from) !== 'stopping');
    const wrong = stops.filter(({ from, to }) => {
      const ending = from.snapshot.context.ending ?? { status: 'stopped', cause: 'sigint' };
      return stateOf(to) !== 'stopping' || !isDeepStrictEqual(to.snapshot.context.ending, ending);
    });
    expect(wrong.map(show)).toEqual([]);
    expect(distinct(stops.map(({ from }) => stateOf(from).replace(/paused in .*/, 'paused')))).toEqual([
      'acting.checking',
      'acting.executing',
      'acting.sleeping',
      'approving',
      'askingPerson',
      'observing',
      'paused',
      'planning.reading',
      'planning.thinking',
      'planning.validating',
      'resting.waiting',
      'starting.opening',
      'starting.prechecking',
      'storing',
    ]);
  });

  test('an ending is decided before stopping only by an accepted STOP or a passed check, on its way to be stored', () => {
    const decided = configurations.filter(
      ({ snapshot }) =>
        snapshot.status === 'active' && snapshot.value !== 'stopping' && snapshot.context.ending !== null,
    );
    expect(distinct(decided.map((one) => `${stateOf(one)}: ${one.snapshot.context.ending?.status}`))).toEqual([
      'observing: completed',
      'storing: completed',
    ]);
  });

  test('from stopping on nothing that a person sends changes anything', () => {
    const late = steps.filter(({ from, event }) => stateOf(from) === 'stopping' && isOfPerson(event));
    expect(late.filter(({ from, to, effects }) => from.key !== to.key || effects.length > 0).map(show)).toEqual([]);
    expect(distinct(late.map(({ event }) => event.type))).toEqual([
      'user.approve',
      'user.deny',
      'user.goOn',
      'user.pause',
      'user.stop',
    ]);
  });

  test('closeRun, done or not, leads from stopping to the final state of the ending, which is the output', () => {
    const closed = steps.filter(({ from, event }) => stateOf(from) === 'stopping' && !isOfPerson(event));
    const wrong = closed.filter(({ from, to: { snapshot } }) => {
      const { ending, saved, tokens } = snapshot.context;
      return (
        snapshot.value !== from.snapshot.context.ending?.status ||
        !isDeepStrictEqual(snapshot.output, { ...ending, iterations: saved, tokens })
      );
    });
    expect(wrong.map(show)).toEqual([]);
    expect(distinct(closed.map(({ event, to }) => `${event.type} → ${stateOf(to)}`))).toEqual(
      ['xstate.done.actor.closeRun', 'xstate.error.actor.closeRun'].flatMap((event) =>
        ['completed', 'exhausted', 'failed', 'stopped', 'stuck'].map((status) => `${event} → ${status}`),
      ),
    );
  });
});

describe('a rejection', () => {
  test('of any actor but closeRun is a bug: it ends the run as failed, internal, unless an ending was decided before', () => {
    const bugs = steps.filter(
      ({ from, event }) => event.type.startsWith('xstate.error') && stateOf(from) !== 'stopping',
    );
    const wrong = bugs.filter(({ event, from, to }) => {
      // What was not saved cannot have been completed: there even an earlier ending gives way.
      const earlier = event.type.endsWith('.saveIteration') ? null : from.snapshot.context.ending;
      const ending = earlier ?? { status: 'failed', cause: 'internal' };
      return stateOf(to) !== 'stopping' || !isDeepStrictEqual(to.snapshot.context.ending, ending);
    });
    expect(wrong.map(show)).toEqual([]);
    expect(distinct(bugs.map(({ event }) => event.type.slice('xstate.error.actor.'.length)))).toEqual(
      Object.keys(agentMachine.implementations.actors)
        .filter((name) => name !== 'closeRun')
        .sort(),
    );
  });
});

describe('a pause', () => {
  const harmless: readonly ActorName[] = [
    'awaitDeadline',
    'awaitRest',
    'readSurroundings',
    'sleepUntil',
    'think',
    'validate',
  ];

  test('starts again only what is harmless to do twice', () => {
    const resumed = steps.filter(({ from, event }) => stateOf(from).startsWith('paused') && event.type === 'user.goOn');
    expect(distinct(resumed.flatMap(startedBy))).toEqual(harmless);
  });

  test('leaves a command, a check, an observation and a save alone, and is only noted', () => {
    const states = ['acting.executing', 'acting.checking', 'observing', 'storing'];
    const pauses = steps.filter(({ from, event }) => states.includes(stateOf(from)) && event.type === 'user.pause');
    const wrong = pauses.filter(
      ({ from, to, effects }) =>
        effects.length > 0 ||
        stateWithWatchdog(to) !== stateWithWatchdog(from) ||
        !isDeepStrictEqual(to.snapshot.context, { ...from.snapshot.context, pauseAsked: true }),
    );
    expect(wrong.map(show)).toEqual([]);
    expect(distinct(pauses.map(({ from }) => stateOf(from)))).toEqual([...states].sort());
  });

  test.each(explorations)(
    '$name: in one iteration a command, a check, an observation and a save start once at most',
    (exploration) => {
      expect(startedTwice(exploration, ['runCommand', 'runCheck', 'observe', 'saveIteration'])).toEqual([]);
    },
  );
});

function wayIn({ from, event }: AgentStep): string {
  const { iteration, approve } = from.snapshot.context;
  const how = () => {
    if (event.type === 'xstate.done.actor.validate') {
      return `${event.output.decision?.action}, ${event.output.verdict?.kind}`;
    }
    if (event.type === 'user.approve') {
      return `user.approve for ${event.iteration === iteration ? 'this' : 'another'} iteration`;
    }
    return event.type;
  };
  return `${stateOf(from)}, ${approve ? 'asked' : 'not asked'}: ${how()}`;
}

function isEntering({ from, to }: AgentStep, state: string): boolean {
  return stateOf(to) === state && stateOf(from) !== state;
}

/** Walks every way through an exploration, remembering what the iteration has started so far. */
function startedTwice({ start, steps }: AgentExploration, names: readonly ActorName[]): readonly string[] {
  const after = new Map<string, AgentStep[]>();
  for (const step of steps) {
    const sameSource = after.get(step.from.key) ?? [];
    sameSource.push(step);
    after.set(step.from.key, sameSource);
  }
  const seen = new Set<string>();
  const queue: { at: AgentConfiguration; started: readonly string[] }[] = [{ at: start, started: [] }];
  const twice: string[] = [];
  for (const { at, started } of queue) {
    for (const step of after.get(at.key) ?? []) {
      const isNext = step.to.snapshot.context.iteration !== at.snapshot.context.iteration;
      const starting = startedBy(step).filter((id) => names.some((name) => name === id));
      if (!isNext && starting.some((id) => started.includes(id))) twice.push(show(step));
      const all = distinct([...(isNext ? [] : started), ...starting]);
      const key = `${step.to.key} ${all.join(' ')}`;
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push({ at: step.to, started: all });
    }
  }
  return twice;
}
