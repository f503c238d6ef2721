import type { RunStory } from '../journal/read.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import { reasonOf } from '../terminal/reasons.ts';
import { count, duration, type Style, size } from '../terminal/style.ts';

/** A run as a person reads it: how it was, and every iteration. */
export function describeRun(story: RunStory, style: Style): string {
  return `${[
    ...describeHead(story, style),
    '',
    ...story.saved.flatMap((record) => describeIteration(record, style)),
    count(story.iterations, 'iteration'),
  ].join('\n')}\n`;
}

/** How it ended, in a line. */
export function describeEnd({ status, cause, iterations }: RunStory, style: Style): string {
  const why = cause === null ? '' : `: ${reasonOf(cause)} (${cause})`;
  return `${style.strong(status)}${why}, ${count(iterations, 'iteration')}`;
}

export function describeHead(story: RunStory, style: Style): string[] {
  const why = story.cause === null ? '' : `: ${reasonOf(story.cause)} (${story.cause})`;
  return [
    `run ${style.name(story.runId)}  ${style.strong(story.status)}${why}`,
    `  goal     ${showUnseen(story.goal)}`,
    `  model    ${story.model ?? 'none was loaded'}${story.adapter === null ? '' : `, with the adapter ${story.adapter}`}`,
    `  sandbox  ${story.sandbox ?? 'none was opened'}  ${story.sandboxDir}`,
    `  started  ${story.startedAt}, took ${duration(story.durationMs)}`,
    `  journal  ${story.journal} (${size(story.bytes)})`,
  ];
}

export function describeIteration(
  { iteration, decision, outcome, answer }: RunStory['saved'][number],
  style: Style,
): string[] {
  return [
    `${style.strong(String(iteration).padStart(4))}  ${whatWasDone(decision, answer)}`,
    `      ${style.faint(whatCameOfIt(outcome))}${decision?.note ? style.faint(` · ${showUnseen(decision.note)}`) : ''}`,
  ];
}

function whatWasDone(decision: RunStory['saved'][number]['decision'], answer: string | null): string {
  switch (decision?.action) {
    case 'RUN':
      return `$ ${showUnseen(decision.command).replace(/\n/g, '\n        ')}`;
    case 'SLEEP':
      return 'sleep';
    case 'STOP':
      return 'stop';
    case undefined:
      return answer === null ? '(no answer)' : `(no decision) ${showUnseen(JSON.stringify(answer.slice(0, 120)))}`;
  }
}

function whatCameOfIt({ kind, code, exitCode, durationMs }: RunStory['saved'][number]['outcome']): string {
  const exit = exitCode === null ? '' : `, exit ${exitCode}`;
  return `${code ?? kind}${exit}${durationMs > 0 ? `, ${duration(durationMs)}` : ''}`;
}
