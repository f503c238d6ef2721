import { isDangerous, type Setting } from './assignments.ts';
import { hidesCode } from './computed.ts';
import { findDangerousArgument, findStartupFile, startupArgument } from './dangerous-arguments.ts';
import { findOutsideArgument } from './file-arguments.ts';
import { codePoint, findLookAlike } from './look-alikes.ts';
import { isOutside } from './paths.ts';
import type { FindDenied } from './programs.ts';
import type { Call, Reading, Target } from './reader.ts';
import { baseName } from './started-files.ts';
import type { Term } from './words.ts';

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

/** Also what is found where reading or judging itself has failed. */
export const UNREADABLE: Finding = {
  reason: 'The command is not valid bash, or is nested too deeply to be read.',
  advice:
    'The command cannot be read as bash, so nobody can say what it would do. ' +
    'Close every quote, bracket and block, or do it in several simpler steps.',
};

/** Rules over the command line as bash reads it. They see every program of it, not the first alone. */
export const COMMAND_RULES: readonly Rule<Reading>[] = [
  {
    id: 'unreadable',
    judge(reading) {
      return reading.ok ? null : { ...UNREADABLE, part: reading.part };
    },
  },
  forEachCall('denied-program', ({ program, name }, { findDenied }) => {
    const denied = program === null ? null : findDenied(program);
    return denied === null ? null : deniedProgram(denied, name.text);
  }),
  forEachCall('denied-program', (call, { findDenied }) => {
    const copied = findCopied(call, findDenied);
    return copied === null ? null : deniedProgram(copied.denied, copied.term.text);
  }),
  forEachTarget('denied-program', ({ term }, { findDenied }) => {
    const denied = PROGRAM_FILE.test(term.start) ? findDenied(baseName(term.start)) : null;
    return denied === null ? null : deniedProgram(denied, term.text);
  }),
  forEachCall('look-alike', (call) => {
    const part = findLookAlike(call);
    if (part === null) return null;
    return {
      reason: 'A program, an option or a blank is written with characters that only look like the usual ones.',
      advice:
        'A program, an option or a blank is written with characters that only look like the usual ones, so that it is ' +
        'not what it seems to be. Write programs and options in plain letters, and put other text in quotes.',
      part: withCodePoints(part),
    };
  }),
  forEachCall('computed-name', ({ program, name }) => (program === null ? computedName(name.text) : null)),
  forEachCall('computed-name', ({ program, args }) => {
    const term = COPIERS.has(program ?? '')
      ? args.find(({ start, value }) => value === null && /^\/(?:usr\/)?s?bin\//.test(start))
      : undefined;
    return term === undefined ? null : computedName(term.text);
  }),
  {
    id: 'computed-script',
    judge(reading) {
      if (!reading.ok) return null;
      const { settings, unknown, scripts } = reading;
      const part = unknown[0] ?? scripts.find((script) => hidesCode(script, settings))?.term.text;
      if (part === undefined) return null;
      return {
        reason: 'A shell is handed text that is computed, so that what it runs is known only when the command runs.',
        advice:
          'A shell is handed text that another command or a variable makes, and such text cannot be judged before it ' +
          'runs. Write the commands out, in a loop if there are many.',
        part,
      };
    },
  },
  {
    id: 'dangerous-assignment',
    judge(reading) {
      const setting = reading.ok ? reading.settings.find(isDangerous) : undefined;
      if (setting === undefined) return null;
      return {
        reason: 'A variable is set that makes programs run or load something else.',
        advice:
          'A variable is set that makes other programs run or load something, which nobody can judge from here. ' +
          'Leave it as it is; call a program by its path, and give it what it needs as arguments.',
        part: setting.text,
      };
    },
  },
  forEachCall('dangerous-argument', (call) => {
    const found = findDangerousArgument(call);
    if (found === null) return null;
    return {
      reason: `An argument ${found.what}.`,
      advice: `An argument ${found.what}. ${found.advice}`,
      part: found.term.text,
    };
  }),
  forEachTarget('network-redirection', ({ term }) => (NETWORK_FILE.test(term.start) ? network(term.text) : null)),
  {
    id: 'network-redirection',
    judge(reading) {
      const dials = ({ value }: Setting) => NETWORK_FILE.test(value?.start ?? '');
      const setting = reading.ok ? reading.settings.find(dials) : undefined;
      return setting === undefined ? null : network(setting.text);
    },
  },
  forEachTarget('leaves-the-box', ({ term, directory, isWritten }, { box }) =>
    isOutside(term, { box, directory, isWritten }) ? outside(box, term.text) : null,
  ),
  forEachCall('leaves-the-box', (call, { box }) => {
    const term = findOutsideArgument(call, box);
    return term === null ? null : outside(box, term.text);
  }),
  forEachTarget('startup-file', (target) => (findStartupFile(target) ? startupFile(target.term.text) : null)),
  forEachCall('startup-file', (call) => {
    const term = startupArgument(call);
    return term === null ? null : startupFile(term.text);
  }),
];

type Denied = NonNullable<ReturnType<FindDenied>>;

function deniedProgram({ name, group }: Denied, part: string): Finding {
  return {
    reason: `${name} is ${group.what}, and these are denied.`,
    advice: `${name} is denied: it is ${group.what}. ${group.advice}`,
    part,
  };
}

const NETWORK_FILE = /^\/+dev\/+(?:tcp|udp)(?:\/|$)/;

function network(part: string): Finding {
  return {
    reason: 'A redirection to /dev/tcp or /dev/udp opens a network connection.',
    advice: 'There is no network here, by redirection either. Work with the files in the sandbox.',
    part,
  };
}

const PROGRAM_FILE = /^\/(?:usr\/(?:local\/)?)?s?bin\/|^\/usr\/games\//;
const COPIERS = new Set('cat cp dd install link ln mv tar xxd base64'.split(' '));

/** A denied program that is not started but copied, to be started by another name. */
function findCopied({ program, args }: Call, findDenied: FindDenied): { denied: Denied; term: Term } | null {
  if (!COPIERS.has(program ?? '')) return null;
  for (const term of args) {
    const path = term.start.replace(/^if=/, '');
    const looked = /(?:which|command\s+-v|type\s+-[pP])\s+([\w.+-]+)\s*[)`]/.exec(term.text)?.[1];
    const name = looked ?? (PROGRAM_FILE.test(path) ? baseName(path) : undefined);
    const denied = name === undefined ? null : findDenied(name);
    if (denied !== null) return { denied, term };
  }
  return null;
}

function computedName(part: string): Finding {
  return {
    reason: 'The name of a program is computed, so that it is known only when the command runs.',
    advice:
      'The name of a program must be written out: one that comes from a variable, a pattern or another command ' +
      'cannot be judged before it runs. Write the name itself.',
    part,
  };
}

function startupFile(part: string): Finding {
  return {
    reason: 'A file is written that shells or other programs run by themselves.',
    advice:
      'Files such as .bashrc and git hooks run by themselves later, and nothing of yours may do that. ' +
      'Write a script under another name, and run it with bash FILE.',
    part,
  };
}

/** What cannot be told by eye is told by number. */
function withCodePoints(part: string): string {
  const points = [...new Set(part.match(/[^\x00-\x7f]/gu))].map(codePoint);
  return `${part} (${points.slice(0, 4).join(', ')})`;
}

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
