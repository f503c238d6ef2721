import type { Step } from './explore.ts';

/** One step of a trace as a person reads it. */
export interface TraceLine {
  readonly event: string;
  /** The state it leads to. */
  readonly state: string;
}

/** How events and states are called. Default: as XState calls them, an actor's answer as `NAME answered VALUE`. */
export interface TraceWords<TSnapshot, TEvent> {
  readonly event?: (event: TEvent) => string;
  readonly state?: (snapshot: TSnapshot) => string;
}

/** A way through a machine in words. */
export function describeTrace<TSnapshot extends { readonly value: unknown }, TEvent extends { readonly type: string }>(
  steps: readonly Pick<Step<TSnapshot, TEvent, unknown>, 'event' | 'to'>[],
  { event: nameEvent = describeEvent, state = ({ value }) => nameValue(value) }: TraceWords<TSnapshot, TEvent> = {},
): readonly TraceLine[] {
  return steps.map(({ event, to }) => ({ event: nameEvent(event), state: state(to.snapshot) }));
}

/** `xstate.done.actor.think` is how XState says that `think` has answered. */
export function describeEvent(event: { readonly type: string; readonly output?: unknown }): string {
  const { type, output, ...rest } = event;
  const [, kind, actor] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(type) ?? [];
  if (kind === 'error') return `${actor} rejected`;
  if (kind === 'done')
    return output === undefined || output === null ? `${actor} answered` : `${actor} answered ${cut(output)}`;
  const [, delay, state] = /^xstate\.after\.([^.]+)\.(.+)$/.exec(type) ?? [];
  if (delay !== undefined) return `after ${delay} in ${state}`;
  return Object.keys(rest).length === 0 ? type : `${type} ${cut(rest)}`;
}

/** `running.loop.planning + running.watchdog.calm` for a value of two regions. */
function nameValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const paths = (inner: unknown): string[] =>
    typeof inner === 'object' && inner !== null
      ? Object.entries(inner).flatMap(([key, below]) =>
          paths(below).map((path) => (path === '' ? key : `${key}.${path}`)),
        )
      : [String(inner)];
  return paths(value).join(' + ');
}

function cut(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 120 ? `${shown.slice(0, 120)}…` : shown;
}
