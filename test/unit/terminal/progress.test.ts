import { expect, test } from 'vitest';
import { createProgressLine, type ProgressLine } from '../../../src/terminal/progress.ts';

const ERASE = '\r\x1b[2K';

test('on a terminal one line is redrawn, at most ten times a second', () => {
  const { line, at, written } = terminal(80);
  at(0, () => line.update({ label: 'hub', done: 0, total: 100e6 }));
  at(50, () => line.update({ label: 'hub', done: 10e6, total: 100e6 }));
  at(1000, () => line.update({ label: 'hub', done: 20e6, total: 100e6 }));
  at(1099, () => line.update({ label: 'hub', done: 30e6, total: 100e6 }));
  expect(written).toEqual([
    `${ERASE}[--------------------]   0 %  0 B of 100 MB  hub`,
    `${ERASE}[####----------------]  20 %  20 MB of 100 MB  20 MB/s  4.0 s left  hub`,
  ]);
});

test('what is wider than the terminal is cut, so that it can be erased', () => {
  const { line, written } = terminal(20);
  line.update({ label: 'hub', done: 0, total: 100e6 });
  expect(written).toEqual([`${ERASE}[-----------------`.padEnd(ERASE.length + 19, '-')]);
});

test('a note stands above the line, and the end takes the line away', () => {
  const { line, written } = terminal(80);
  line.update({ label: 'hub', done: 5, total: 10 });
  line.note('hub: it broke.');
  line.end('Done.');
  line.end();
  const bar = '[##########----------]  50 %  5 B of 10 B  hub';
  expect(written).toEqual([`${ERASE}${bar}`, `${ERASE}hub: it broke.\n${bar}`, ERASE, 'Done.\n']);
});

test('elsewhere a plain line comes with each further 10 %, at most one a second', () => {
  const { line, at, written } = pipe();
  for (let tenth = 0; tenth <= 40; tenth++) {
    at(tenth * 250, () => line.update({ label: 'hub', done: tenth, total: 40 }));
  }
  expect(written.map((text) => text.slice(0, 10))).toEqual(
    [10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((percent) => `hub: ${String(percent).padStart(3)} %`),
  );
  expect(written.at(-1)).toBe('hub: 100 %  40 B of 40 B\n');
});

test('elsewhere a slow thing says every 10 s that it is alive, and a quick one says nothing', () => {
  const slow = pipe();
  for (const second of [0, 5, 10, 15, 20]) {
    slow.at(second * 1000, () => slow.line.update({ label: 'hub', done: second, total: 1000 }));
  }
  expect(slow.written).toEqual([
    'hub:   1 %  10 B of 1.0 KB  1 B/s  16 min 30 s left\n',
    'hub:   2 %  20 B of 1.0 KB  1 B/s  16 min 20 s left\n',
  ]);
  const quick = pipe();
  for (const done of [0, 5, 10]) quick.at(done, () => quick.line.update({ label: 'hub', done, total: 10 }));
  quick.line.end();
  expect(quick.written).toEqual([]);
});

test('a new source starts at 0 again, and so does its speed', () => {
  const { line, at, written } = terminal(80);
  at(0, () => line.update({ label: 'hub', done: 0, total: 100 }));
  at(1000, () => line.update({ label: 'hub', done: 50, total: 100 }));
  at(2000, () => line.update({ label: 'pip', done: 0, total: 100 }));
  at(3000, () => line.update({ label: 'pip', done: 10, total: 100 }));
  expect(written.slice(2)).toEqual([
    `${ERASE}[--------------------]   0 %  0 B of 100 B  pip`,
    `${ERASE}[##------------------]  10 %  10 B of 100 B  10 B/s  9.0 s left  pip`,
  ]);
});

test('a share shows its percentage only, and nothing is 100 % before it is whole', () => {
  const { line, at, written } = terminal(80, 'share');
  at(0, () => line.update({ label: 'loading', done: 0.999, total: 1 }));
  at(1000, () => line.update({ label: 'loading', done: 1, total: 1 }));
  expect(written).toEqual([
    `${ERASE}[###################-]  99 %  loading`,
    `${ERASE}[####################] 100 %  loading`,
  ]);
});

function terminal(columns: number, unit: 'bytes' | 'share' = 'bytes') {
  return record({ isTTY: true, columns }, unit);
}

function pipe() {
  return record({ isTTY: false, columns: 80 }, 'bytes');
}

function record(sink: { isTTY: boolean; columns: number }, unit: 'bytes' | 'share') {
  let clock = 0;
  const written: string[] = [];
  const out = { ...sink, write: (text: string) => written.push(text) };
  const line: ProgressLine = createProgressLine({ out, unit, now: () => clock });
  const at = (ms: number, act: () => void) => {
    clock = ms;
    act();
  };
  return { line, at, written };
}
