import type { Term } from './words.ts';

/** A variable that a command line sets, by whatever means. */
export interface Setting {
  readonly name: string;
  /** What it is set to; null when it is read, counted or computed by a builtin. */
  readonly value: Term | null;
  /** As it stands in the command. */
  readonly text: string;
}

/** Tells whether setting this variable can make a program run or load something else. */
export function isDangerous({ name, value }: Setting): boolean {
  if (value?.value === '') return false;
  const row = VARIABLES.find(({ names }) => names.test(name));
  if (row === undefined) return false;
  // `$_` stands for what only a shell can know.
  if (value === null || /\$_(?!\w)/.test(value.script) || (row.isFixed && value.value === null)) return true;
  return row.harmless?.test(value.script) !== true;
}

/** Variables whose value programs run, load or trust. */
const VARIABLES: readonly {
  readonly names: RegExp;
  /** Values, as `eval` would see them, with which nothing happens. */
  readonly harmless?: RegExp;
  /** Nothing of such a value may be computed. */
  readonly isFixed?: true;
}[] = [
  { names: /^PATH$/, harmless: /^(?:(?:\$PATH|\$\{PATH\}|(?:\/usr(?:\/local)?)?\/s?bin)(?::(?!$)|$))+$/ },
  { names: /^CDPATH$/, harmless: /^\.:?$/ },
  // A prompt is expanded like text in double quotes, with the commands in it.
  { names: /^PS[0-4]$/, harmless: /^(?:[^$`\\]|\$\{?\w+\}?|\\[^$`])*$/, isFixed: true },
  { names: /^(?:GIT_|MAN|SYSTEMD_)?PAGER$/, harmless: /^(?:cat|less|more|true)?$/ },
  { names: /^(?:EDITOR|VISUAL|FCEDIT|GIT_EDITOR|GIT_SEQUENCE_EDITOR)$/, harmless: /^(?:true|:|cat)?$/ },
  { names: /^GIT_(?:DIR|WORK_TREE|INDEX_FILE)$/, harmless: /^(?!\/|~|.*\.\.)[^$`]*$/ },
  { names: /^GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$/, harmless: /^(?:\/dev\/null|\d)$/ },
  {
    names:
      /^GIT_(?:SSH(?:_COMMAND)?|ASKPASS|EXTERNAL_DIFF|PROXY_COMMAND|EXEC_PATH|TEMPLATE_DIR|ALLOW_PROTOCOL|CONFIG.*)$/,
  },
  { names: /^PYTHON/, harmless: /^\d*$/ },
  { names: /^SHELL$/, harmless: /^(?:\/usr)?\/bin\/(?:ba|da)?sh$/ },
  {
    names:
      /^(?:LD_.*|DYLD_.*|GLIBC_TUNABLES|GCONV_PATH|LOCPATH|NLSPATH|HOSTALIASES|RESOLV_HOST_CONF|BASH_ENV|ENV|BASHOPTS|SHELLOPTS|BASH_FUNC_.*|BASH_LOADABLES_PATH|BASH_CMDS|BASH_ALIASES|EXECIGNORE|PROMPT_COMMAND|FPATH|ZDOTDIR|INPUTRC)$/,
  },
  {
    names:
      /^(?:LESSOPEN|LESSCLOSE|LESSKEY.*|TAR_OPTIONS|RSYNC_RSH|RSYNC_PROXY|MAKEFLAGS|MAKEFILES|ZIPOPT|UNZIP|PERL5?(?:LIB|OPT|DB)|RUBY(?:LIB|OPT)|NODE_(?:OPTIONS|PATH|REPL_EXTERNAL_MODULE)|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|LUA_(?:INIT|PATH|CPATH).*|AWKPATH|AWKLIBPATH|GUILE_LOAD_PATH|BROWSER|(?:SSH|SUDO)_ASKPASS|TERMINFO|TERMINFO_DIRS|TERMCAP|VIMINIT|EXINIT|OPENSSL_CONF|OPENSSL_MODULES|OPENSSL_ENGINES|GNUPGHOME|XDG_CONFIG_HOME)$/,
  },
];
