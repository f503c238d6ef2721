import type { Term } from './words.ts';

/**
 * The shell text and commands that a program is handed in its options: `tar --to-command=…`, `git -c core.pager=…`.
 * The common ones. What nobody thought of is left to the jail.
 */
export function scriptsInOptions(program: string, args: readonly Term[]): readonly Term[] {
  const options = OPTIONS.filter(({ programs }) => programs.includes(program));
  const scripts = args.flatMap((term, index) => {
    const option = options.find(({ pattern }) => pattern.test(term.start));
    if (option === undefined) return [];
    const rest = cut(term, option.pattern.exec(term.start)?.[0].length ?? 0);
    const value = rest.start === '' && rest.isWhole ? args[index + 1] : rest;
    return value === undefined ? [] : [value];
  });
  if (program === 'git') return [...scripts, ...gitScripts(args)];
  if (program === 'alias') return args.filter(({ start }) => start.includes('=')).map(afterEquals);
  return scripts;
}

const OPTIONS: readonly { readonly programs: readonly string[]; readonly pattern: RegExp }[] = [
  {
    programs: ['tar', 'gtar', 'bsdtar', 'star'],
    pattern: /^(?:--checkpoint-a[a-z]*=exec=|--(?:to-c|use|rsh|rmt|info|new-v)[a-z-]*(?:=|$)|-[a-zA-Z]*[IF])/,
  },
  { programs: ['sort'], pattern: /^--comp[a-z-]*(?:=|$)/ },
  { programs: ['split'], pattern: /^--fi[a-z]*(?:=|$)/ },
  { programs: ['zip'], pattern: /^(?:-TT|--unzip-command(?:=|$))/ },
  { programs: ['man'], pattern: /^(?:-P|--pager(?:=|$)|-H|--html=)/ },
  { programs: ['cpio'], pattern: /^--rsh-command(?:=|$)/ },
  { programs: ['rg'], pattern: /^--(?:pre|hostname-bin)(?:=|$)/ },
  { programs: ['fd', 'fdfind'], pattern: /^(?:-x|-X|--exec(?:-batch)?(?:=|$))/ },
  { programs: ['mapfile', 'readarray', 'complete', 'compgen'], pattern: /^-C/ },
  { programs: ['bind'], pattern: /^-x/ },
  { programs: ['hash'], pattern: /^-p/ },
  { programs: ['git'], pattern: /^(?:--(?:upload-pack|receive-pack|exec|extcmd|open-files-in-pager)(?:=|$)|-O(?=.))/ },
];

const GIT_PROGRAM_KEY =
  /^(?:core\.(?:pager|editor|sshcommand|fsmonitor|gitproxy|askpass|alternaterefscommand)|sequence\.editor|pager\..*|credential\.(?:.*\.)?helper|(?:diff|difftool|merge|mergetool|filter|gpg|browser|man|tar|uploadpack|trailer)\..*(?:command|cmd|external|textconv|clean|smudge|process|driver|program|path|packobjectshook))$/i;

function gitScripts(args: readonly Term[]): readonly Term[] {
  const found = args.flatMap((term, index) => {
    const next = args[index + 1];
    if (term.value === '-c' || term.value === '--config') return next === undefined ? [] : configValue(next);
    if (/^-c./.test(term.start)) return configValue(cut(term, 2));
    if (/^[a-z]+\./i.test(term.start) && args.some(({ value }) => value === 'config')) {
      return next === undefined ? [] : configured(term.start, next);
    }
    if (term.value === 'filter-branch') return args.slice(index + 1).filter((_, at) => isFilter(args[index + at]));
    if (term.value === '-x' && args.some(({ value }) => value === 'rebase')) return next === undefined ? [] : [next];
    return [];
  });
  const runner = args.findIndex(
    ({ value }, index) =>
      (value === 'run' && args[index - 1]?.value === 'bisect') ||
      (value === 'foreach' && args[index - 1]?.value === 'submodule'),
  );
  return runner === -1 ? found : [...found, joinTerms(args.slice(runner + 1))];
}

function isFilter(term: Term | undefined): boolean {
  return /^--[a-z-]+-filter$/.test(term?.start ?? '');
}

function configValue(term: Term): readonly Term[] {
  return configured(term.start.split('=')[0] ?? '', afterEquals(term));
}

function configured(key: string, value: Term): readonly Term[] {
  if (/^alias\./i.test(key)) return value.start.startsWith('!') ? [cut(value, 1)] : [];
  return GIT_PROGRAM_KEY.test(key) ? [value.start.startsWith('!') ? cut(value, 1) : value] : [];
}

function afterEquals(term: Term): Term {
  return cut(term, term.start.indexOf('=') + 1);
}

/** A word without its first characters. They must be known ones. */
export function cut(term: Term, length: number): Term {
  return {
    ...term,
    value: term.value?.slice(length) ?? null,
    start: term.start.slice(length),
    script: term.script.slice(length),
  };
}

/** Words joined by blanks, as `eval` does it. */
export function joinTerms(terms: readonly Term[]): Term {
  const join = (pick: (term: Term) => string) => terms.map(pick).join(' ');
  return {
    text: join(({ text }) => text),
    value: terms.every(({ value }) => value !== null) ? join(({ value }) => value ?? '') : null,
    start: join(({ start }) => start),
    isWhole: terms.every(({ isWhole }) => isWhole),
    script: join(({ script }) => script),
    computed: terms.flatMap(({ computed }) => computed),
    bare: join(({ bare }) => bare),
  };
}
