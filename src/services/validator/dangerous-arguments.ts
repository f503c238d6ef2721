import { posix } from 'node:path';
import type { Call, Target } from './reader.ts';
import type { Term } from './words.ts';

/** An argument with which a harmless program does something else. */
export interface DangerousArgument {
  /** What it does, after "This argument". */
  readonly what: string;
  readonly advice: string;
  readonly term: Term;
}

export function findDangerousArgument({ program, args }: Call): DangerousArgument | null {
  if (program === null) return null;
  for (const { programs, pattern, what, advice } of ARGUMENTS) {
    if (!programs.includes(program)) continue;
    const term = args.find(({ script }) => pattern.test(script));
    if (term !== undefined) return { what, advice, term };
  }
  return null;
}

const NO_NETWORK = 'There is no network here. Work with the files in the sandbox.';
const NO_DETOUR = 'Run the program itself, as a command of its own.';

const ARGUMENTS: readonly {
  readonly programs: readonly string[];
  readonly pattern: RegExp;
  readonly what: string;
  readonly advice: string;
}[] = [
  {
    programs: ['git'],
    pattern: /^(?:ext|fd)::|^(?:--exec-path=|--config-env|protocol\.ext\.allow=)/,
    what: 'makes git run another program',
    advice: NO_DETOUR,
  },
  {
    programs: ['openssl'],
    pattern: /^(?:s_client|s_server|s_time|ocsp|engine|tsget)$/,
    what: 'opens a network connection or loads a library',
    advice: NO_NETWORK,
  },
  {
    programs: ['awk', 'gawk', 'mawk', 'nawk', 'original-awk'],
    pattern: /\/inet[46]?\//,
    what: 'opens a network connection',
    advice: NO_NETWORK,
  },
  {
    programs: ['sqlite3'],
    pattern: /^\s*\.(?:shell|system|load)\b|\b(?:load_extension|edit)\s*\(/,
    what: 'makes sqlite3 run another program or load a library',
    advice: NO_DETOUR,
  },
  { programs: ['dc'], pattern: /!(?![<>=])/, what: 'makes dc run another program', advice: NO_DETOUR },
  { programs: ['enable'], pattern: /^-[a-z]*f/, what: 'loads a library into the shell', advice: NO_DETOUR },
  {
    programs: ['less', 'more'],
    pattern: /^\+!/,
    what: 'makes the pager run another program',
    advice: NO_DETOUR,
  },
];

/** The file that a call or redirection writes, when other programs run such files by themselves. */
export function findStartupFile({ term, isWritten, directory }: Target): boolean {
  if (!isWritten) return false;
  if (!term.isWhole) return STARTUP_FILE.test(term.script);
  return STARTUP_FILE.test(directory === null ? term.start : posix.join(directory, term.start));
}

export function startupArgument({ program, args, directory }: Call): Term | null {
  if (!FILE_WRITERS.has(program ?? '')) return null;
  return args.find((term) => findStartupFile({ term, isWritten: true, directory })) ?? null;
}

const FILE_WRITERS = new Set('cp install ln mv tee touch truncate'.split(' '));
const STARTUP_FILE =
  /(?:^|\/)(?:\.(?:bash(?:rc|_profile|_login|_logout|_aliases)|profile|zshrc|zshenv|zprofile|zlogin|kshrc|cshrc|tcshrc|login|inputrc|xinitrc|xsession|xprofile|envrc|netrc|vimrc|exrc|tmux\.conf|npmrc|pythonrc|gitconfig)|\.git\/(?:hooks\/[^/.]+|config)|\.ssh\/.*|\.config\/(?:autostart|systemd|fish)\/.*|crontab|cron\.[a-z]+\/.*|ld\.so\.preload)$/;
