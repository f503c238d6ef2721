import { findOutsideArgument } from './file-arguments.ts';
import { isOutside } from './paths.ts';
import type { FindDenied } from './programs.ts';
import type { Call, Reading, Target } from './reading.ts';

/** One thing the policy refuses. Rules are tried in the order of their table, and the first finding decides. */
export interface Rule<Subject> {
  readonly id: string;
  judge(subject: Subject, policy: Policy): Finding | null;
}

/** What a rule found, in words. `reason` and `advice` quote nothing of the command but names from our own lists. */
export interface Finding {
  /** One sentence for the person. */
  readonly reason: string;
  /** For the model: what, why, what to do instead. */
  readonly advice: string;
  /** The part of the command that the rule fired on. */
  readonly part?: string;
}

export interface Policy {
  readonly findDenied: FindDenied;
  /** The box's absolute path as commands see it. */
  readonly box: string;
}

/** Bytes of UTF-8 that one command may have. */
const MAX_COMMAND_BYTES = 8192;

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
        part: `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
      };
    },
  },
];

/** Rules over the command line as bash reads it. They see every program of it, not the first alone. */
export const COMMAND_RULES: readonly Rule<Reading>[] = [
  {
    id: 'unreadable',
    judge(reading) {
      if (reading.ok) return null;
      return {
        reason: 'The command is not valid bash, or is nested too deeply to be read.',
        advice:
          'The command cannot be read as bash, so nobody can say what it would do. ' +
          'Close every quote, bracket and block, or do it in several simpler steps.',
        part: reading.part,
      };
    },
  },
  forEachCall('denied-program', ({ program, name }, { findDenied }) => {
    const denied = program === null ? null : findDenied(program);
    if (denied === null) return null;
    return {
      reason: `${denied.name} is ${denied.group.what}, and these are denied.`,
      advice: `${denied.name} is denied: it is ${denied.group.what}. ${denied.group.advice}`,
      part: name.text,
    };
  }),
  forEachCall('computed-name', ({ program, name }) => {
    if (program !== null) return null;
    return {
      reason: 'The name of a program is computed, so that it is known only when the command runs.',
      advice:
        'The name of a program must be written out: one that comes from a variable, a pattern or another command ' +
        'cannot be judged before it runs. Write the name itself.',
      part: name.text,
    };
  }),
  forEachTarget('network-redirection', ({ term }) => {
    if (!/^\/+dev\/+(?:tcp|udp)(?:\/|$)/.test(term.start)) return null;
    return {
      reason: 'A redirection to /dev/tcp or /dev/udp opens a network connection.',
      advice: 'There is no network here, by redirection either. Work with the files in the sandbox.',
      part: term.text,
    };
  }),
  forEachTarget('leaves-the-box', ({ term, directory, isWritten }, { box }) =>
    isOutside(term, { box, directory, isWritten }) ? outside(box, term.text) : null,
  ),
  forEachCall('leaves-the-box', (call, { box }) => {
    const term = findOutsideArgument(call, box);
    return term === null ? null : outside(box, term.text);
  }),
];

function forEachCall(id: string, judge: (call: Call, policy: Policy) => Finding | null): Rule<Reading> {
  return {
    id,
    judge: (reading, policy) => (reading.ok ? firstFinding(reading.calls, (call) => judge(call, policy)) : null),
  };
}

function forEachTarget(id: string, judge: (target: Target, policy: Policy) => Finding | null): Rule<Reading> {
  return {
    id,
    judge: (reading, policy) => (reading.ok ? firstFinding(reading.targets, (target) => judge(target, policy)) : null),
  };
}

function firstFinding<Item>(items: readonly Item[], judge: (item: Item) => Finding | null): Finding | null {
  for (const item of items) {
    const finding = judge(item);
    if (finding !== null) return finding;
  }
  return null;
}

function outside(box: string, part: string): Finding {
  return {
    reason: 'A path leads out of the sandbox.',
    advice:
      `A path leads out of the sandbox, and nothing out there is yours to read or write. ` +
      `Use paths below ${box}, or /tmp for what you will not keep.`,
    part,
  };
}
