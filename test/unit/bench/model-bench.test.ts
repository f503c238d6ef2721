import { describe, expect, test } from 'vitest';
import { createRandom, figureOf, median, renderTable, spread } from '../../../bench/model/figures.mjs';
import { PARTS, readOptions } from '../../../bench/model/options.mjs';
import { listTurns, readTrace, requestAt } from '../../../bench/model/reference-trace.mjs';
import { wordyRequest } from '../../../bench/model/request.mjs';
import { parseDecision, writeDecision } from '../../../src/protocol/decision.ts';

describe('the figures', () => {
  test('have the middle one, or the mean of two, as median', () => {
    expect([median([3]), median([9, 1, 4]), median([4, 1, 3, 2])]).toEqual([3, 4, 2.5]);
  });

  test('have their least and their greatest as spread', () => {
    expect(spread([0.5, 2, 1.254])).toBe('0.50–2.00');
  });

  test('meet a target at its bound, and never without a value', () => {
    const atMost = { text: '≤ 2', atMost: 2 };
    const verdicts = [2, 2.01, null].map((value) => figureOf('part', 'name', value, '', atMost).ok);
    expect(verdicts).toEqual([true, false, false]);
    expect(figureOf('part', 'name', 1, '', { text: '≥ 2', atLeast: 2 }).ok).toBe(false);
    expect(figureOf('part', 'name', 1, '').ok).toBe(null);
  });

  test('stand in columns', () => {
    const figures = [
      figureOf('speed', 'tokens/s', 1, '1.00', { text: '≥ 0.95', atLeast: 0.95 }),
      figureOf('decision', '… in ms', null, '12'),
    ];
    expect(renderTable(figures)).toBe(
      [
        'part      figure    measured  target',
        'speed     tokens/s  1.00      ≥ 0.95  ok',
        'decision  … in ms   12        –',
      ].join('\n'),
    );
  });

  test('draw the same numbers from the same seed', () => {
    const draw = (seed: number) => Array.from({ length: 4 }, createRandom(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(3).every((number) => number >= 0 && number < 1)).toBe(true);
  });
});

describe('the options', () => {
  test('are all parts but the slow ones by default', () => {
    expect(readOptions([])).toEqual({
      ok: true,
      options: {
        model: null,
        parts: PARTS.filter((part) => part !== 'memory' && part !== 'decisions'),
        original: null,
        rounds: 5,
        iterations: 300,
        decisions: 200,
        json: false,
      },
    });
  });

  test('take the parts that are named, in their own order', () => {
    expect(readOptions(['--only', 'loop,trace', '--model', 'starter', '--rounds', '3', '--json'])).toEqual({
      ok: true,
      options: {
        model: 'starter',
        parts: ['trace', 'loop'],
        rounds: 3,
        iterations: 300,
        decisions: 200,
        original: null,
        json: true,
      },
    });
    expect(readOptions(['--all'])).toMatchObject({ ok: true, options: { parts: PARTS } });
  });

  test.each([
    [['--only', 'trace,typo'], /^--only trace,typo: the parts are text, trace, /],
    [['--only', ''], /^--only : the parts are /],
    [['--rounds', '0'], /^--rounds 0: a whole number from 1 on\.$/],
    [['--only', 'trace', '--all'], /^--only and --all exclude each other/],
    [['--typo'], /--typo/],
    [['more'], /more/],
  ])('are refused in one sentence: %j', (argv, problem) => {
    expect(readOptions(argv)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  test('ask for help', () => {
    expect(readOptions(['--help'])).toEqual({ ok: true, help: true });
  });
});

describe('the reference trace', () => {
  const trace = readTrace();

  test('has 20 iterations whose decisions read back as they are', () => {
    const turns = listTurns(trace);
    expect(turns.length).toBe(20);
    for (const { decision } of turns) expect(parseDecision(writeDecision(decision))).toEqual({ ok: true, decision });
  });

  test('has two errors, one sleep, one stop, and outputs of 0 to 1500 characters', () => {
    const results = trace.iterations.map(({ result }) => result);
    const actions = trace.iterations.map(({ decision }) => decision.action);
    expect(results.filter((result) => result !== null && result.exitCode !== 0).length).toBe(2);
    expect(actions.filter((action) => action !== 'RUN')).toEqual(['SLEEP', 'STOP']);
    const lengths = results.map((result) => (result?.stdout ?? '').length);
    expect([Math.min(...lengths) === 0, Math.max(...lengths) > 1000, Math.max(...lengths) <= 1500]).toEqual(
      Array(3).fill(true),
    );
  });

  test('shows at each turn what came of the one before, and begins again behind its end', () => {
    const turns = listTurns(trace, 40);
    expect(turns[0]?.surroundings.last).toBe(null);
    expect(turns[9]?.surroundings.last).toMatchObject({
      decision: turns[8]?.decision,
      outcome: { kind: 'setback', exitCode: 1 },
    });
    expect(turns[20]?.surroundings.last?.decision).toEqual(turns[19]?.decision);
    expect(turns[25]).toEqual(turns[5]);
  });

  test('is asked with all turns before', () => {
    const turns = listTurns(trace);
    expect(requestAt(trace, turns, 3)).toEqual({
      iteration: 4,
      goal: trace.goal,
      turns: turns.slice(0, 3),
      earlierTurns: 0,
      surroundings: turns[3]?.surroundings,
      budget: '17 iterations left',
      isDiversifying: false,
    });
  });
});

test('a wordy run is the same for the same seed, and no two of its commands are', () => {
  const commands = wordyRequest(1).turns.map(({ decision }) => decision);
  expect(wordyRequest(1)).toEqual(wordyRequest(1));
  expect(new Set(commands.map((decision) => JSON.stringify(decision))).size).toBe(commands.length);
});
