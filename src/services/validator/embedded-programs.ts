/** What a program written in the language of awk or sed makes the shell run. */
export interface Embedded {
  readonly scripts: readonly string[];
  /** It runs text that is known only when it runs. */
  readonly runsComputed: boolean;
}

/**
 * Reads the commands out of an awk program: `system("…")`, `"…" | getline`, `print | "…"`. A variable that the program
 * itself sets to fixed text counts as that text.
 */
export function readAwk(program: string): Embedded {
  const { code, strings } = withoutStrings(program);
  const runs = [
    ...code.matchAll(/\bsystem\s*\(([^()]*)/g),
    ...code.matchAll(/\bprintf?\b[^;\n}|]*\|&?(?!\|)\s*(["\w]+)/g),
    ...code.matchAll(/([\w"]+)\s*\|&?\s*getline/g),
  ].map((match) => (match[1] ?? '').trim());
  if (runs.length > MAX_RUNS) return { scripts: [], runsComputed: true };
  const scripts = runs.flatMap((operand) => scriptOf(operand, code, strings));
  return { scripts: scripts.filter((script) => script !== null), runsComputed: scripts.includes(null) };
}

/** Commands in one awk program. Nobody reads more. */
const MAX_RUNS = 32;

/** Reads the commands out of a sed program: `e command`, and the `e` flag of `s`, which runs what the file holds. */
export function readSed(program: string): Embedded {
  const scripts: string[] = [];
  let runsComputed = false;
  for (const { name, rest } of sedCommands(program)) {
    if (name === 's' && /^[0-9gpiIMm]*e/.test(rest)) runsComputed = true;
    if (name !== 'e') continue;
    if (rest.trim() === '') runsComputed = true;
    else scripts.push(rest);
  }
  return { scripts, runsComputed };
}

/** Each string of the program becomes `"N"`, and strings side by side, which awk joins, become one. */
function withoutStrings(program: string): { code: string; strings: readonly string[] } {
  const strings: string[] = [];
  const code = program
    .replace(TOKEN, (token, text?: string) => {
      if (text !== undefined) return `"${strings.push(unescaped(text)) - 1}"`;
      return token.startsWith('#') ? '' : '0';
    })
    .replace(/"\d+"(?:[ \t]*"\d+")+/g, (run) => {
      const parts = [...run.matchAll(/\d+/g)].map(([index]) => strings[Number(index)] ?? '');
      return `"${strings.push(parts.join('')) - 1}"`;
    });
  return { code, strings };
}

// A string, a pattern, or a comment. A slash begins a pattern only where no value has just ended.
const TOKEN = /"((?:[^"\\\n]|\\.)*)"|(?<=(?:^|[(,~!&|;{}\n])[ \t]*)\/(?:[^/\\\n]|\\.)*\/|#[^\n]*/gs;

function unescaped(text: string): string {
  return text
    .replace(/\\x([0-9a-fA-F]{1,2})|\\([0-7]{1,3})/g, (_, hex?: string, octal?: string) =>
      String.fromCharCode(Number.parseInt(hex ?? octal ?? '', hex === undefined ? 8 : 16) % 256),
    )
    .replace(/\\n/g, '\n')
    .replace(/\\(.)/gs, '$1');
}

// Known up to its first variable; a variable alone is what the program sets it to.
function scriptOf(operand: string, code: string, strings: readonly string[]): readonly (string | null)[] {
  const literal = /^"(\d+)"/.exec(operand);
  if (literal) {
    const text = strings[Number(literal[1])] ?? '';
    return [operand.length === literal[0].length ? text : `${text}$_`];
  }
  const variable = /^[a-zA-Z_]\w*/.exec(operand)?.[0];
  if (variable === undefined) return [null];
  const values = [...code.matchAll(/([a-zA-Z_]\w*)\s*=(?!=)\s*("\d+")?/g)].filter(([, name]) => name === variable);
  if (values.length === 0) return [null];
  return values.map(([, , value]) => (value === undefined ? null : (strings[Number(value.slice(1, -1))] ?? '')));
}

/** The commands of a sed program, each with what follows its name, as far as this matters here. */
function sedCommands(program: string): readonly { name: string; rest: string }[] {
  const commands: { name: string; rest: string }[] = [];
  let at = 0;
  while (at < program.length) {
    const character = program[at] ?? '';
    if (/[\s;{}0-9,$!+~]/.test(character)) at += 1;
    else if (character === '/' || character === '\\') {
      if (character === '\\') at += 1;
      at = afterDelimited(program, at + 1, program[at] ?? '');
      while (/[IM]/.test(program[at] ?? '')) at += 1;
    } else if (character === 's' || character === 'y') {
      const delimiter = program[at + 1] ?? '';
      at = afterDelimited(program, afterDelimited(program, at + 2, delimiter), delimiter);
      const flags = /^\w*/.exec(program.slice(at, at + 64))?.[0] ?? '';
      commands.push({ name: character, rest: flags });
      at += flags.length;
    } else {
      const takesLine = /[aciewWrRbtT:#lqQ]/.test(character);
      const end = takesLine ? lineEnd(program, at) : at + 1;
      commands.push({ name: character, rest: program.slice(at + 1, end) });
      at = end;
    }
  }
  return commands;
}

function afterDelimited(text: string, from: number, delimiter: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === delimiter) return at + 1;
  }
  return text.length;
}

function lineEnd(text: string, from: number): number {
  const semicolon = /[btTlqQ]/.test(text[from] ?? '') ? text.indexOf(';', from) : -1;
  const line = text.indexOf('\n', from);
  const ends = [semicolon, line, text.length].filter((end) => end !== -1);
  return Math.min(...ends);
}
