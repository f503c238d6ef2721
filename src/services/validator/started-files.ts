import type { Call } from './reader.ts';

/** The names of the files that a call starts, or has a shell read. */
export function startedFiles({ program, name, args }: Call): readonly string[] {
  if (name.start.includes('/') && !name.start.startsWith('/')) return [baseName(name.start)];
  if (!/^(?:\.|source|(?:ba|da|k|z)?sh)$/.test(program ?? '')) return [];
  return args.filter(({ start }) => !/^[-+]/.test(start)).map(({ start }) => baseName(start));
}

/** The shell text in a started file: `#!/usr/bin/env NAME` runs NAME. What follows is for a shell only if it is one. */
export function withInterpreter(text: string, name: string): readonly string[] {
  const interpreter = /^#![ \t]*(.*)/.exec(text)?.[1];
  if (interpreter === undefined) return [text];
  return /sh\b/.test(interpreter) ? [text, `${interpreter} ${name}`] : [`${interpreter} ${name}`];
}

/** A path's last name. */
export function baseName(path: string): string {
  return path.split('/').at(-1) ?? '';
}
