import type { RunStory } from './read.ts';

/** A place in a run's iterations where a text stands. */
export interface Found {
  readonly iteration: number;
  readonly where: 'command' | 'note' | 'said' | 'message' | 'stdout' | 'stderr';
  /** The line that holds the text, cut around it. */
  readonly line: string;
}

/** Every line of commands, notes, a person's words, messages and outputs that holds the text, whatever the case. */
export function searchRun({ saved }: Pick<RunStory, 'saved'>, text: string): readonly Found[] {
  const wanted = text.toLowerCase();
  return saved.flatMap(({ iteration, decision, surroundings, output, message }) => {
    const fields = [
      ['command', decision?.action === 'RUN' ? decision.command : ''],
      ['note', decision?.note ?? ''],
      ['said', surroundings.said?.join('\n') ?? ''],
      ['message', message ?? ''],
      ['stdout', output.stdout],
      ['stderr', output.stderr],
    ] as const;
    return fields.flatMap(([where, content]) =>
      content
        .split('\n')
        .filter((line) => line.toLowerCase().includes(wanted))
        .map((line) => ({ iteration, where, line: cutAround(line, line.toLowerCase().indexOf(wanted), text.length) })),
    );
  });
}

const MAX_LINE = 160;

function cutAround(line: string, at: number, length: number): string {
  if (line.length <= MAX_LINE) return line;
  const start = Math.max(0, Math.min(at - Math.floor((MAX_LINE - length) / 2), line.length - MAX_LINE));
  const end = start + MAX_LINE;
  return `${start > 0 ? '…' : ''}${line.slice(start, end)}${end < line.length ? '…' : ''}`;
}
