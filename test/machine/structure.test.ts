import { describe, expect, test } from 'vitest';
import { agentMachine } from '../../src/machine/agent.machine.ts';
import { statesOf } from '../../src/machine/structure.ts';

const states = statesOf(agentMachine);
const transitions = states.flatMap((state) => [...[...state.transitions.values()].flat(), ...(state.always ?? [])]);

describe('every state', () => {
  test('says in words what is true while we are in it', () => {
    expect(states.filter(({ description }) => !/^[A-Z].*[.]$/.test(description ?? '')).map(({ id }) => id)).toEqual([]);
  });

  // A deviation: these descriptions have two sentences each.
  test('says it in one sentence', () => {
    expect(states.filter(({ description }) => /[.?!] /.test(description ?? '')).map(({ id }) => id)).toEqual([]);
  });

  test('counts and notes nothing on entry or exit, because history runs those again', () => {
    expect(states.filter(({ entry, exit }) => entry.length + exit.length > 0).map(({ id }) => id)).toEqual([]);
  });

  test('that decides by itself invokes nothing', () => {
    const deciding = states.filter(({ always }) => (always ?? []).length > 0);
    expect(deciding.map(({ id, invoke }) => [id, invoke.length])).toEqual([['agent.running.loop.resting.judging', 0]]);
  });

  test('invokes actors by their own name, and handles both of their answers', () => {
    for (const { invoke, transitions } of states) {
      for (const { id, src } of invoke) {
        expect(id).toBe(src);
        expect([...transitions.keys()]).toEqual(
          expect.arrayContaining([`xstate.done.actor.${id}`, `xstate.error.actor.${id}`]),
        );
      }
    }
  });
});

describe('the chart', () => {
  test('names what it uses', () => {
    const { actions, actors, guards, delays } = agentMachine.implementations;
    const used = {
      actions: transitions.flatMap((transition) => transition.actions.map(nameOf)),
      actors: states.flatMap(({ invoke }) => invoke.map(({ src }) => nameOf(src))),
      guards: transitions.flatMap(({ guard }) => (guard === undefined ? [] : [nameOf(guard)])),
    };
    expect(unique(used.actions)).toEqual(unique(Object.keys(actions)));
    expect(unique(used.actors)).toEqual(unique(Object.keys(actors)));
    expect(unique(used.guards)).toEqual(unique(Object.keys(guards)));
    expect(delays).toEqual({});
  });

  test('asks by guards that start with is, has or can', () => {
    const { guards } = agentMachine.implementations;
    expect(Object.keys(guards).filter((name) => !/^(is|has|can)[A-Z]/.test(name))).toEqual([]);
  });

  test('knows these events of people and of its own, and waits by actors, never by timers', () => {
    const events = unique(transitions.map(({ eventType }) => eventType));
    expect(events.filter((name) => name !== '' && !/^xstate\.(done|error)\.actor\./.test(name))).toEqual([
      'progress.judged',
      'user.approve',
      'user.deny',
      'user.goOn',
      'user.pause',
      'user.stop',
    ]);
  });

  test('ends in five states', () => {
    expect(states.filter(({ type }) => type === 'final').map(({ key }) => key)).toEqual([
      'completed',
      'stopped',
      'exhausted',
      'stuck',
      'failed',
    ]);
  });
});

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

/** A name, or what stands in its place: an inline function would show up here. */
function nameOf(reference: unknown): string {
  if (typeof reference === 'object' && reference !== null && 'type' in reference) return String(reference.type);
  return String(reference);
}
