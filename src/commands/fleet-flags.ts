import { hostname } from 'node:os';
import { AgentError } from '../errors.ts';
import { createFleetClient, DEFAULT_ENGINE, type FleetClient, type FleetRun } from '../fleet/client.ts';
import type { Invocation } from './command.ts';

export function clientOf({ flags }: Invocation): FleetClient {
  return createFleetClient({
    ingress: urlOf(flags.get('ingress'), '--ingress') ?? DEFAULT_ENGINE.ingress,
    admin: urlOf(flags.get('admin'), '--admin') ?? DEFAULT_ENGINE.admin,
  });
}

/** A whole number; the default when the flag is not there. */
export function numberOf({ flags }: Invocation, name: string, byDefault: number, min = 1): number {
  const text = flags.get(name);
  if (text === undefined) return byDefault;
  if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text);
  throw new AgentError('usage', `--${name}: expected a whole number of at least ${min}, got ${JSON.stringify(text)}.`);
}

export function urlOf(text: string | undefined, flag: string): string | undefined {
  if (text === undefined) return undefined;
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text.replace(/\/$/, '');
  throw new AgentError('usage', `${flag}: expected a URL such as http://127.0.0.1:8080, got ${JSON.stringify(text)}.`);
}

/** `127.0.0.1:9081`, `:9081`, `[::1]:9081`. */
export function listenOf({ flags }: Invocation): { address: string; port: number } {
  const text = flags.get('listen') ?? '127.0.0.1:9081';
  const [, address = '', port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new AgentError('usage', `--listen: expected ADDRESS:PORT, got ${JSON.stringify(text)}.`);
  }
  return { address: address.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1', port: Number(port) };
}

export function hostNameOf({ flags }: Invocation): string {
  return flags.get('name') ?? (hostname().split('.')[0] ?? '').toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/**
 * The one run that a person means: an id, the beginning of one, or `last`.
 * @throws AgentError `unknown-run`
 */
export async function findFleetRun(client: FleetClient, name: string | undefined): Promise<FleetRun> {
  if (name === undefined) throw new AgentError('usage', 'No run is named.', { hint: 'gyre fleet logs last' });
  const runs = await client.runs();
  const matches =
    name === 'last' ? runs.slice(0, 1) : runs.filter(({ runId }) => name !== '' && runId.startsWith(name));
  const exact = matches.find(({ runId }) => runId === name);
  const [match] = exact ? [exact] : matches;
  if (match !== undefined && (exact || matches.length === 1)) return match;
  const ids = matches.map(({ runId }) => runId).join(', ');
  throw new AgentError(
    'unknown-run',
    match === undefined
      ? `The fleet has no run ${JSON.stringify(name)}.`
      : `${matches.length} runs begin with ${JSON.stringify(name)}: ${ids}.`,
    { hint: 'Run "gyre fleet ls" to see them all.' },
  );
}

/** Waits until a person, or whoever has started it, ends the command. */
export async function untilSignal({ io }: Invocation, orWhen?: Promise<unknown>): Promise<void> {
  await new Promise<void>((resolve) => {
    const forget = io.onSignal((signal) => {
      if (signal === 'SIGHUP') return;
      forget();
      resolve();
    });
    void orWhen?.then(() => {
      forget();
      resolve();
    });
  });
}
