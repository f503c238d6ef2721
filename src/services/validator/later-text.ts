import type { Command } from 'unbash';
import { inputsOf, outputsOf, textFrom } from './fed-text.ts';
import type { Place, Reader } from './reader.ts';
import { hiddenScript } from './settings.ts';
import { baseName } from './started-files.ts';
import { type Term, toTerm } from './words.ts';

/** Notes what the line says without running it: it may run it later. */
export function noteText(reader: Reader, command: Command, place: Place): void {
  for (const redirect of command.redirects) {
    if (redirect.type === 'HereString' && redirect.target !== undefined) noteHidden(reader, [toTerm(redirect.target)]);
  }
  const outputs = outputsOf(command);
  if (outputs.length === 0) return;
  const isTee = command.name?.value === 'tee' && place.feeder !== null && inputsOf(command.redirects).length === 0;
  const text = isTee && place.feeder !== null ? textFrom(place.feeder) : textFrom(command);
  if (text === null) return;
  for (const { start } of outputs) reader.written.push({ name: baseName(start), text });
}

/** Files that a shell gets for its input. */
export function noteStarted(reader: Reader, { redirects }: Command, { feeder }: Place): void {
  const read = redirects.flatMap((redirect) => (redirect.type === 'Redirect' ? (redirect.target ?? []) : []));
  const fed = feeder?.type === 'Command' && feeder.name?.value === 'cat' ? feeder.args : [];
  for (const word of [...read, ...fed]) reader.started.push(baseName(toTerm(word).start));
}

/** Notes text that bash expands when it counts with it. */
export function noteHidden(reader: Reader, terms: readonly (Term | null)[]): void {
  for (const term of terms) {
    const script = hiddenScript(term?.value ?? '');
    if (script !== null) reader.hidden.push(script);
  }
}
