import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeadAndTail } from '../../../src/protocol/head-and-tail.ts';

test('a text that fits is kept as it is', () => {
  expect(keep(10, ['0123', '', '456789'])).toEqual({ text: '0123456789', truncated: false });
});

test('of a longer text the first and the last half are kept, and the mark says what is missing', () => {
  expect(keep(10, ['01234', '56789', 'abcde'])).toEqual({
    text: '01234\n[… 5 bytes left out …]\nabcde',
    truncated: true,
  });
});

test('code points are not cut in two', () => {
  expect(keep(10, ['a👍👍👍👍'])).toEqual({ text: 'a👍\n[… 8 bytes left out …]\n👍', truncated: true });
});

test('in any pieces the same is kept, and never more than the limit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 30 })),
      fc.integer({ min: 8, max: 60 }),
      (pieces, max) => {
        const kept = keep(max, pieces);
        const whole = pieces.join('');
        expect(kept).toEqual(keep(max, [whole]));
        if (!kept.truncated) {
          expect(kept.text).toBe(whole);
          return;
        }
        const [head = '', tail = ''] = kept.text.split(/\n\[… \d+ bytes left out …\]\n/);
        expect(whole.startsWith(head) && whole.endsWith(tail)).toBe(true);
        const size = Buffer.byteLength(head) + Buffer.byteLength(tail);
        expect(size).toBeLessThanOrEqual(max);
        expect(size).toBeGreaterThan(max - 7);
        expect(Number(/(\d+) bytes left out/.exec(kept.text)?.[1])).toBe(Buffer.byteLength(whole) - size);
      },
    ),
    { numRuns: 60 },
  );
});

function keep(maxBytes: number, pieces: readonly string[]): { text: string; truncated: boolean } {
  const buffer = createHeadAndTail(maxBytes);
  for (const piece of pieces) buffer.push(piece);
  return buffer.read();
}
