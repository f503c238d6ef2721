import type { Outcome, Problem } from '../../machine/types.ts';
import { reasonOf } from '../../terminal/reasons.ts';
import { count, duration } from '../../terminal/style.ts';
import type { Chart, ChartLabel, Frame, Moved } from '../messages.ts';
import type { StretchLook } from './history.ts';
import { oneLine } from './text.ts';

export { count, duration };

/** How an iteration came out: a sign and a word, because a colour alone says nothing to some. */
export const looks: Readonly<Record<StretchLook, { readonly sign: string; readonly word: string }>> = {
  none: { sign: '·', word: 'no outcome' },
  'under-way': { sign: '…', word: 'under way' },
  ok: { sign: '✓', word: 'ok' },
  sleep: { sign: '☾', word: 'slept' },
  stop: { sign: '■', word: 'said it is done' },
  setback: { sign: '•', word: 'setback' },
  failure: { sign: '✗', word: 'failure' },
};

/** `exit 0`, `timeout (SIGKILL)`, `command-denied`. */
export function describeOutcome({ kind, code, signal, exitCode, truncated, durationMs }: Outcome): string {
  const what = exitCode !== null ? `exit ${exitCode}` : kind === 'failure' ? '' : kind;
  const why = [code ?? '', signal === undefined ? '' : `(${signal})`].filter((part) => part !== '').join(' ');
  const parts = [what, why, durationMs > 0 ? duration(durationMs) : '', truncated ? 'output was cut' : ''];
  return parts.filter((part) => part !== '').join(' · ');
}

export function describeProblem({ message, hint }: Problem): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}

/** `0:03.058`, `1:02:03.058`: since the start of the run. */
export function clock(ms: number): string {
  if (!Number.isFinite(ms)) return '';
  const sign = ms < 0 ? '-' : '';
  const all = Math.abs(Math.round(ms));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(all / 3_600_000);
  const minutes = Math.floor(all / 60_000) % 60;
  const rest = `${two(Math.floor(all / 1000) % 60)}.${String(all % 1000).padStart(3, '0')}`;
  return hours > 0 ? `${sign}${hours}:${two(minutes)}:${rest}` : `${sign}${minutes}:${rest}`;
}

/** `100 000`, with narrow spaces that do not break. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A frame in the list of events: what it is in a word or two, and more of it. */
export interface Line {
  readonly sign: string;
  readonly what: string;
  readonly more: string;
  /** What colours it. */
  readonly tone: 'plain' | 'quiet' | 'taken' | 'ok' | 'setback' | 'failure' | 'person';
}

export function createWords({ states, edges }: Chart) {
  const labels = new Map(edges.map((edge) => [edge.id, edge]));
  const names = new Map(states.map(({ id, name }) => [id, name]));
  const nameOf = (id: string) => names.get(id) ?? id;

  /** `done(think) [isSuccess]` */
  function labelOf({ event, edges: taken }: Moved): string {
    const label = taken.map((id) => labels.get(id)).find((edge) => edge !== undefined);
    return label?.label ?? (event === '' ? 'start' : event.replace(/^xstate\.(done|error)\.actor\.(.+)$/, '$1($2)'));
  }

  /** Where it led to: states that were entered and left again on the way are not named. */
  function targetsOf({ edges: taken, active }: Moved): string {
    const entered = taken.flatMap((id) => labels.get(id)?.targets ?? []).filter((id) => active.includes(id));
    return [...new Set(entered)].map(nameOf).join(', ');
  }

  function lineOf(frame: Frame): Line {
    switch (frame.kind) {
      case 'moved': {
        const targets = targetsOf(frame);
        const isIgnored = frame.edges.length === 0 && frame.event !== '';
        return {
          sign: '→',
          what: oneLine(labelOf(frame)),
          more: isIgnored ? 'changed nothing' : oneLine(targets),
          tone: isIgnored ? 'quiet' : 'plain',
        };
      }
      case 'ready':
        return { sign: '▸', what: 'ready', more: oneLine(`${frame.model}, in ${frame.sandbox}`), tone: 'plain' };
      case 'intended':
        return { sign: '$', what: 'command', more: oneLine(frame.command), tone: 'taken' };
      case 'saved': {
        const { kind, code } = frame.outcome;
        const sign = looks[kind].sign;
        return { sign, what: `${kind}${code ? `: ${code}` : ''}`, more: oneLine(gistOf(frame)), tone: kind };
      }
      case 'said':
        return { sign: '“', what: 'a person said', more: oneLine(frame.text), tone: 'person' };
      case 'resumed':
        return { sign: '↻', what: 'resumed', more: '', tone: 'person' };
      case 'ended': {
        const tone = frame.status === 'completed' ? 'ok' : frame.status === 'failed' ? 'failure' : 'setback';
        return { sign: '■', what: oneLine(frame.status), more: oneLine(reasonOf(frame.cause)), tone };
      }
    }
  }

  /** Where the chart is: its innermost states, with their regions where there are several. */
  function placeOf(active: readonly string[]): string {
    const parents = new Map(states.map(({ id, parent }) => [id, parent]));
    const isActive = new Set(active);
    const inner = active.filter((id) => !active.some((other) => parents.get(other) === id));
    const siblings = (id: string) => active.filter((other) => parents.get(other) === parents.get(id)).length;
    const regionOf = (id: string): string | null => {
      for (let at: string | null = id; at !== null && isActive.has(at); at = parents.get(at) ?? null)
        if (at !== id && siblings(at) > 1) return nameOf(at);
      return null;
    };
    return inner
      .map((id) => ({ name: nameOf(id), region: regionOf(id) }))
      .sort((one, other) => (one.region ?? '').localeCompare(other.region ?? ''))
      .map(({ name, region }) => (region === null ? name : `${region}: ${name}`))
      .join(' · ');
  }

  return {
    labelOf,
    targetsOf,
    lineOf,
    placeOf,
    nameOf,
    edgeOf: (id: string): ChartLabel | null => labels.get(id) ?? null,
  };
}

export type Words = ReturnType<typeof createWords>;

function gistOf({ decision, message, answer }: Extract<Frame, { kind: 'saved' }>): string {
  if (decision === null) return message ?? answer ?? '';
  if (decision.action === 'RUN') return decision.command;
  return `${decision.action} ${decision.note}`;
}
