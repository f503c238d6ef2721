import { expect, test } from 'vitest';
import { createLane } from '../../../src/services/model/lane.ts';
import type { Sequence } from '../../../src/services/model/sequence.ts';
import type { ThinkOrder, ThoughtAnswer } from '../../../src/services/model/worker-protocol.ts';

test('orders are carried out one after the other', async () => {
  const { lane, seen, end } = makeLane();
  lane.warm({ sequence: 0, prompt, maxTokens: 1 });
  const thought = lane.think(orderOf(1), () => {});
  await settled();
  expect(seen).toEqual(['warm']);
  end();
  await settled();
  end();
  expect([await thought, seen]).toEqual([{ ok: true, answer: '1', tokens, effort }, ['warm', 'think 1']]);
});

test('who gives up a thought gives up what stands before it, and nothing behind it', async () => {
  const { lane, seen, end } = makeLane();
  lane.warm({ sequence: 0, prompt, maxTokens: 1 });
  const first = lane.think(orderOf(1), () => {});
  const second = lane.think(orderOf(2), () => {});
  await settled();
  lane.abort(1);
  expect(await first).toEqual({ ok: false, message: 'aborted', tokens });
  await settled();
  end();
  expect([await second, seen]).toEqual([{ ok: true, answer: '2', tokens, effort }, ['warm', 'think 1', 'think 2']]);
});

const prompt = { system: '', examples: [], turns: [] } as never;
const tokens = { evaluated: 0, generated: 0 };
const effort = { promptTokens: 0, tokensPerSecond: 0 };

function orderOf(id: number): ThinkOrder {
  return { id, sequence: 0, prompt, maxTokens: 1, temperature: 0, seed: 1, commandStart: null, thoughtTokens: 0 };
}

/** Each work lasts until it is ended or given up. */
function makeLane() {
  const seen: string[] = [];
  let end = (): void => {};
  const work = (name: string, signal: AbortSignal) =>
    new Promise<boolean>((resolve) => {
      seen.push(name);
      end = () => resolve(true);
      if (signal.aborted) resolve(false);
      signal.addEventListener('abort', () => resolve(false), { once: true });
    });
  const sequence: Sequence = {
    warm: async (_order, signal) => void (await work('warm', signal)),
    think: async ({ id }, { signal }): Promise<ThoughtAnswer> =>
      (await work(`think ${id}`, signal))
        ? { ok: true, answer: `${id}`, tokens, effort }
        : { ok: false, message: 'aborted', tokens },
  };
  return { lane: createLane(sequence), seen, end: () => end() };
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
