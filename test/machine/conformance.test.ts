import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { createActor, fromPromise } from 'xstate';
import { agentMachine } from '../../src/machine/agent.machine.ts';
import type { AgentActors, AgentInput } from '../../src/machine/types.ts';
import type {
  ActorName,
  AgentConfiguration,
  AgentExploration,
  AgentSnapshot,
  AgentStep,
  ChartEvent,
} from '../../src/testing/agent/chart-events.ts';
import { exploreAgent } from '../../src/testing/agent/explore-agent.ts';
import { pathTo } from '../../src/testing/explore.ts';
import { actorsAliveIn } from '../../src/testing/possible-events.ts';
import { distinct, stateOf } from './readable.ts';
import { settings } from './settings.ts';

const named = ['plain', 'approve and check each', 'going in circles, watched'];

test.each(settings.filter(({ name }) => named.includes(name)))(
  '$name: a real actor goes where the pure steps go, with the same actors alive, and leaves none behind',
  async (setting) => {
    for (const path of pathsOver(exploreAgent({ ...setting, isExact: true }))) {
      const real = startReal(setting.input);
      for (const { event, to } of path) {
        await real.happen(event);
        const [is, expected] = [real.facts(), { ...factsOf(to.snapshot), alive: distinct(actorsAliveIn(to.snapshot)) }];
        if (!isDeepStrictEqual(is, expected)) expect({ path: path.map(({ event }) => event), ...is }).toEqual(expected);
      }
      real.end();
    }
  },
  30_000,
);

type Path = readonly Pick<AgentStep, 'event' | 'to'>[];

/** Shortest paths that together show every kind of event in every state, and every state it leads to. */
function pathsOver({ start, steps }: AgentExploration): readonly Path[] {
  const covered = new Set<string>();
  // Steps come in the order of their distance. The far ones go first, because their paths cover most of the near ones.
  return [...steps].reverse().flatMap(({ from, event, to }) => {
    if (covered.has(nameOf(from, event, to))) return [];
    const path = [...pathTo(from), { event, to }];
    for (const [index, step] of path.entries()) covered.add(nameOf(path[index - 1]?.to ?? start, step.event, step.to));
    return [path];
  });
}

function nameOf(from: AgentConfiguration, event: ChartEvent, to: AgentConfiguration): string {
  return `${stateOf(from)} ${event.type} ${stateOf(to)}`;
}

/** The real machine; each actor hangs until the test lets it answer. */
function startReal(input: AgentInput) {
  const waiting = new Map<string, { settle: (event: ChartEvent) => void }>();
  const hanging = <TName extends ActorName>(name: TName) =>
    fromPromise<AgentActors[TName]['output'], AgentActors[TName]['input']>(
      ({ signal }) =>
        new Promise((resolve, reject) => {
          const mine = {
            settle(event: ChartEvent) {
              waiting.delete(name);
              // The model says which of its own answers this is.
              if ('output' in event) resolve(event.output as AgentActors[TName]['output']);
              if ('error' in event) reject(event.error);
            },
          };
          waiting.set(name, mine);
          signal.addEventListener('abort', () => {
            if (waiting.get(name) === mine) waiting.delete(name);
          });
        }),
    );
  const actor = createActor(
    agentMachine.provide({
      actors: {
        openRun: hanging('openRun'),
        runCheck: hanging('runCheck'),
        readSurroundings: hanging('readSurroundings'),
        think: hanging('think'),
        validate: hanging('validate'),
        runCommand: hanging('runCommand'),
        sleepUntil: hanging('sleepUntil'),
        observe: hanging('observe'),
        saveIteration: hanging('saveIteration'),
        awaitRest: hanging('awaitRest'),
        awaitDeadline: hanging('awaitDeadline'),
        awaitPerson: hanging('awaitPerson'),
        closeRun: hanging('closeRun'),
      },
    }),
    { input },
  );
  actor.start();
  return {
    facts: () => ({ ...factsOf(actor.getSnapshot()), alive: distinct([...waiting.keys()]) }),
    async happen(event: ChartEvent) {
      if (!('output' in event) && !('error' in event)) return actor.send(event);
      const name = event.type.split('.')[3] ?? '';
      const actorWaiting = waiting.get(name);
      if (actorWaiting === undefined) throw new Error(`${name} is not alive.`);
      actorWaiting.settle(event);
      await setImmediate();
    },
    end: () => actor.stop(),
  };
}

function factsOf({ value, status, context, output, tags }: AgentSnapshot) {
  return { value, status, context, output, tags: [...tags].sort() };
}
