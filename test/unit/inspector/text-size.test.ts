import { expect, test } from 'vitest';
import { type FONT_SIZE, textWidth } from '../../../src/inspector/text-size.ts';

// Measured in Chromium with DejaVu Sans, the widest of the usual fonts.
test.each([
  ['done(validate) [isRunAllowedButAsked]', 'row', 217.1],
  ['error(readSurroundings) ➜ stopping', 'row', 196.9],
  ['⚙ awaitDeadline', 'row', 92.0],
  ['diversifying', 'title', 86.8],
  ['askingPerson', 'title', 98.9],
] satisfies [string, keyof typeof FONT_SIZE, number][])(
  '%s as a %s is given its width, and a sixth more at most',
  (text, size, measured) => {
    expect(textWidth(text, size)).toBeGreaterThanOrEqual(measured);
    expect(textWidth(text, size)).toBeLessThanOrEqual((measured * 7) / 6);
  },
);
