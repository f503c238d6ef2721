import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config.ts';
import { runIdOf, settingsOn, specOf } from '../../../src/fleet/run-spec.ts';

test('the same goal with the same settings has the same id, and its copies have others', () => {
  const spec = specOf('count the files', settings({ maxIterations: '5' }));
  expect(runIdOf(spec, 0)).toBe(runIdOf(specOf('count the files', settings({ maxIterations: '5' })), 0));
  expect(runIdOf(spec, 0)).not.toBe(runIdOf(spec, 1));
  expect(runIdOf(spec, 0)).not.toBe(runIdOf(specOf('count the files', settings({ maxIterations: '6' })), 0));
});

test("a host takes a run's settings and keeps its own directories", () => {
  const spec = specOf('goal', settings({ maxIterations: '5', modelsDir: '/theirs', stateDir: '/their-state' }));
  const taken = settingsOn(settings({ maxIterations: '9', modelsDir: '/ours', stateDir: '/our-state' }), spec);
  expect(taken).toMatchObject({ maxIterations: 5, modelsDir: '/ours', stateDir: '/our-state' });
});

test('nothing of a run stands on what host it was submitted from', () => {
  const text = JSON.stringify(specOf('goal', settings({ stateDir: '/secret/place' })));
  expect(text).not.toContain('/secret/place');
});

function settings(flags: Record<string, string>) {
  return loadConfig({
    flags: new Map(Object.entries(flags)) as never,
    env: {},
    configFile: undefined,
    homeDir: '/home/somebody',
    workingDir: '/work',
    readFile: () => undefined,
  }).settings;
}
