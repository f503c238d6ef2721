import { expect, test } from 'vitest';
import { hashState } from '../../src/journal/replay.ts';
import { agentMachine } from '../../src/machine/agent.machine.ts';
import { createPureDriver } from '../../src/machine/pure-driver.ts';
import { type AgentMachine, type ChartEvent, done } from '../../src/testing/agent/chart-events.ts';
import { inputWith } from './settings.ts';

const events: readonly ChartEvent[] = [
  done('openRun', { ok: true }),
  done('readSurroundings', null),
  { type: 'user.pause' },
  // From here on the history must know where it was.
  { type: 'user.goOn' },
  done('readSurroundings', null),
  { type: 'user.stop', cause: 'person' },
  done('closeRun', { saved: 0 }),
];

test('a snapshot that was kept as JSON goes on as the one that it was made of', () => {
  const pure = createPureDriver<AgentMachine, ChartEvent>(agentMachine, inputWith({}));
  let { snapshot } = pure.start();
  for (const event of events) {
    const revived = pure.revive(JSON.parse(JSON.stringify(pure.keep(snapshot))));
    expect(hashState(revived)).toBe(hashState(snapshot));
    const [next, same] = [pure.step(snapshot, event), pure.step(revived, event)];
    expect(hashState(same.snapshot)).toBe(hashState(next.snapshot));
    const started = (effects: typeof next.effects) => effects.filter(({ kind }) => kind === 'start');
    expect(started(same.effects)).toEqual(started(next.effects));
    snapshot = next.snapshot;
  }
  expect(snapshot.status).toBe('done');
});
