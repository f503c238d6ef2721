import { expect, test } from 'vitest';
import { createSpeedWatch } from '../../../src/services/model/speed-watch.ts';

test('the speed of an answer that is written alone counts', () => {
  const speed = createSpeedWatch();
  expect(speed.msPerToken()).toBe(null);
  const done = speed.begin();
  const msPerToken = speed.measure()(10);
  done();
  expect(speed.msPerToken()).toBe(msPerToken);
});

test('the speed of an answer beside which something else was done does not', () => {
  const speed = createSpeedWatch();
  const first = speed.begin();
  const written = speed.measure();
  const second = speed.begin();
  second();
  written(10);
  first();
  const third = speed.begin();
  speed.begin();
  speed.measure()(10);
  third();
  expect(speed.msPerToken()).toBe(null);
});
