import type { ChartEdge, ChartGraph, ChartNode, Named } from './graph.ts';

/** A statechart as `createMachine` of XState takes it, and Stately Studio: names instead of functions. */
export interface ChartConfig {
  readonly id?: string;
  readonly description?: string;
  readonly type?: 'parallel' | 'final' | 'history';
  readonly history?: 'deep' | 'shallow';
  readonly initial?: string;
  readonly tags?: readonly string[];
  readonly entry?: readonly NamedConfig[];
  readonly exit?: readonly NamedConfig[];
  readonly invoke?: readonly InvokeConfig[];
  readonly on?: Readonly<Record<string, readonly TransitionConfig[]>>;
  readonly always?: readonly TransitionConfig[];
  readonly states?: Readonly<Record<string, ChartConfig>>;
}

interface InvokeConfig {
  readonly id: string;
  readonly src: string;
  readonly onDone?: readonly TransitionConfig[];
  readonly onError?: readonly TransitionConfig[];
}

interface TransitionConfig {
  readonly target?: readonly string[];
  readonly guard?: NamedConfig;
  readonly actions?: readonly NamedConfig[];
  readonly description?: string;
}

interface NamedConfig {
  readonly type: string;
  readonly params?: unknown;
}

/**
 * Writes a graph as a config. Whoever reads the config as a machine gets the same graph again, but for what a graph does
 * not hold: functions, and where a transition starts its own state anew.
 */
export function toConfig(graph: ChartGraph): ChartConfig {
  const root = graph.nodes.find(({ parent }) => parent === null);
  if (root === undefined) throw new Error(`The chart "${graph.id}" has no root.`);
  return { id: graph.id, ...configOf(root, graph) };
}

function configOf(node: ChartNode, graph: ChartGraph): ChartConfig {
  const edges = graph.edges.filter(({ source }) => source === node.id);
  const children = graph.nodes.filter(({ parent }) => parent === node.id);
  const answers = new Set(node.invokes.flatMap(({ id }) => [doneOf(id), errorOf(id)]));
  const others = edges.filter(({ event }) => event !== '' && !answers.has(event));
  const initial = graph.nodes.find(({ id }) => id === node.initial)?.name;
  const { type } = node;
  return {
    ...(node.description === '' ? {} : { description: node.description }),
    ...(type === 'parallel' || type === 'final' || type === 'history' ? { type } : {}),
    ...(node.history === null ? {} : { history: node.history }),
    ...(initial === undefined ? {} : { initial }),
    ...filled('tags', node.tags),
    ...filled('entry', node.entry.map(toNamed)),
    ...filled('exit', node.exit.map(toNamed)),
    ...filled(
      'invoke',
      node.invokes.map(({ id, src }) => ({
        ...{ id, src },
        ...filled('onDone', transitionsOn(doneOf(id), edges)),
        ...filled('onError', transitionsOn(errorOf(id), edges)),
      })),
    ),
    ...(others.length === 0 ? {} : { on: byEvent(others) }),
    ...filled('always', transitionsOn('', edges)),
    ...(children.length === 0
      ? {}
      : { states: Object.fromEntries(children.map((child) => [child.name, configOf(child, graph)])) }),
  };
}

function byEvent(edges: readonly ChartEdge[]): Readonly<Record<string, readonly TransitionConfig[]>> {
  const events = [...new Set(edges.map(({ event }) => event))];
  return Object.fromEntries(events.map((event) => [event, transitionsOn(event, edges)]));
}

function transitionsOn(event: string, edges: readonly ChartEdge[]): readonly TransitionConfig[] {
  return edges
    .filter((edge) => edge.event === event)
    .map(({ targets, guard, actions, description }) => ({
      ...filled(
        'target',
        targets.map((id) => `#${id}`),
      ),
      ...(guard === null ? {} : { guard: toNamed(guard) }),
      ...filled('actions', actions.map(toNamed)),
      ...(description === '' ? {} : { description }),
    }));
}

function filled<TName extends string, TItem>(name: TName, items: readonly TItem[]) {
  return items.length === 0 ? {} : ({ [name]: items } as { readonly [key in TName]: readonly TItem[] });
}

function toNamed({ name, params }: Named): NamedConfig {
  return params === undefined ? { type: name } : { type: name, params };
}

function doneOf(actor: string): string {
  return `xstate.done.actor.${actor}`;
}

function errorOf(actor: string): string {
  return `xstate.error.actor.${actor}`;
}
