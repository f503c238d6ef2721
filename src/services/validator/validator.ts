import { posix } from 'node:path';
import type { Verdict } from '../../machine/types.ts';
import { DEFAULT_BOX } from './paths.ts';
import { createProgramList } from './programs.ts';
import { readCommand } from './reading.ts';
import { COMMAND_RULES, type Finding, type Policy, type Rule, UNREADABLE } from './rules.ts';
import { TEXT_RULES } from './text-rules.ts';

/**
 * Says whether a command may run. It explains and audits; the wall is the jail, which must hold without it.
 */
export interface Validator {
  /**
   * Pure and total: every string gets a verdict, and what cannot be read is denied.
   *
   * @param workingDirectory where the command would start, relative to the box; '' is the box itself. Without it a
   *   harmless `cat ../a.txt` in a subdirectory would be taken for a way out.
   */
  check(command: string, workingDirectory?: string): Verdict;
}

export interface ValidatorOptions {
  /** Names of programs that may run although they are denied by default. */
  readonly allow: readonly string[];
  /** Names of programs that may not run. They win over `allow`. */
  readonly deny: readonly string[];
  /** The box's absolute path as commands see it. Default: `/sandbox`, where the jail has it. */
  readonly box?: string;
}

/**
 * The policy: the original's command rules, applied to every command of the line instead of its first word, through
 * pipes, lists, loops, functions, substitutions and the programs that run other programs.
 *
 * The original also refused each command substitution. `$(…)` is everyday shell, so it is allowed here, and what
 * stands in it is judged like any other command.
 */
export function createValidator(options: ValidatorOptions): Validator {
  const box = options.box ?? DEFAULT_BOX;
  const policy: Policy = { box, findDenied: createProgramList(options) };
  return {
    check(command, workingDirectory = '') {
      const directory = posix.join(box, workingDirectory);
      try {
        return (
          judge(TEXT_RULES, command, policy) ??
          judge(COMMAND_RULES, readCommand(command, { box, directory }), policy) ?? { kind: 'allow' }
        );
      } catch {
        // A rule that fails has not said yes.
        return deny('unreadable', UNREADABLE);
      }
    },
  };
}

function judge<Subject>(rules: readonly Rule<Subject>[], subject: Subject, policy: Policy): Verdict | null {
  for (const rule of rules) {
    const finding = rule.judge(subject, policy);
    if (finding !== null) return deny(rule.id, finding);
  }
  return null;
}

function deny(rule: string, { reason, advice, part = '' }: Finding): Verdict {
  const quoted = shortened(part);
  return {
    kind: 'deny',
    rule,
    reason,
    advice: `${advice} This is final: do not try it in another form.`,
    ...(quoted === '' ? {} : { part: quoted }),
  };
}

/** Characters of the command that a verdict quotes. */
const MAX_PART_LENGTH = 80;

function shortened(part: string): string {
  const line = part
    .slice(0, 2 * MAX_PART_LENGTH)
    .replace(/[\t\n ]+/g, ' ')
    .trim();
  return line.length <= MAX_PART_LENGTH ? line : `${line.slice(0, MAX_PART_LENGTH - 1)}…`;
}
