import { codePoint, findHidden } from './look-alikes.ts';
import type { Rule } from './rules.ts';

/** Rules over the text itself. They bound what the parser is given. */
export const TEXT_RULES: readonly Rule<string>[] = [
  {
    id: 'too-long',
    judge(text) {
      if (Buffer.byteLength(text) <= MAX_COMMAND_BYTES) return null;
      return {
        reason: 'The command is longer than 8 KiB.',
        advice: 'The command is too long: 8 KiB is the most. Do it in several shorter steps.',
      };
    },
  },
  {
    id: 'control-characters',
    judge(text) {
      const character = /(?![\t\n])\p{Cc}/u.exec(text)?.[0];
      if (character === undefined) return null;
      return {
        reason: 'The command holds a control character other than tab and newline.',
        advice:
          'The command holds a control character, which can hide what it does. ' +
          "Write plain text; where a program needs such a character, spell it as in printf '\\033'.",
        part: codePoint(character),
      };
    },
  },
  {
    id: 'look-alike',
    judge(text) {
      const character = findHidden(text);
      if (character === null) return null;
      return {
        reason: 'The command holds a character that is not seen, or that changes how the rest of it is seen.',
        advice:
          'The command holds an invisible character, so that it does not say what it seems to say. ' +
          "Write it without; where a file needs such a character, spell it as in printf '\\u200b'.",
        part: codePoint(character),
      };
    },
  },
];

/** Bytes of UTF-8 that one command may have. */
const MAX_COMMAND_BYTES = 8192;
