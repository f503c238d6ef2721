import { z } from 'zod';
import { AgentError } from '../errors.ts';
import type { JournalRecord } from '../journal/format.ts';
import { nameOutput } from '../journal/outputs.ts';
import { readRecord } from '../journal/record-schema.ts';
import { hostOf, mailObjectOf, pageKey, type RunStatus, runObjectOf } from './names.ts';
import type { RunSpec } from './run-spec.ts';
import type { FleetOrder } from './steps.ts';

/** Where an engine is. */
export interface EngineAddress {
  /** Takes runs and orders. */
  readonly ingress: string;
  /** Registers hosts and answers questions. */
  readonly admin: string;
}

/** Where `gyre fleet dev` starts one. */
export const DEFAULT_ENGINE: EngineAddress = { ingress: 'http://127.0.0.1:8080', admin: 'http://127.0.0.1:9070' };

/** One place at which the engine reaches a worker, and what it serves there. */
export interface Deployment {
  /** The engine's name for it. */
  readonly id: string;
  /** Without a slash at its end. */
  readonly uri: string;
  /** Names of the hosts whose runs go there. */
  readonly hosts: readonly string[];
}

/** A run as the engine knows it. */
export interface FleetRun extends RunStatus {
  /** The host that it belongs to. */
  readonly host: string;
}

/** An invocation that has been tried too often; the engine tries it no more until somebody resumes it. */
export interface PausedInvocation {
  /** What `resume` takes. */
  readonly id: string;
  readonly host: string;
  readonly runId: string;
  /** What the last attempt failed with. */
  readonly reason: string;
}

/** The engine of a fleet, from outside. Every function throws an AgentError `fleet-unavailable` when it cannot be asked. */
export interface FleetClient {
  /** Hands a run to a host. @returns false when the engine has it already */
  submit(host: string, runId: string, spec: RunSpec): Promise<boolean>;
  /** Puts an order into a run's mailbox: it is obeyed where the run is, at once when it waits. An ended run ignores it. */
  order(host: string, runId: string, order: FleetOrder): Promise<void>;
  /** Every run whose records are kept, the newest first. */
  runs(): Promise<readonly FleetRun[]>;
  /** How a run stands now; null when nothing of it is kept. */
  run(host: string, runId: string): Promise<FleetRun | null>;
  /** A page of a run's records, from 1; null when there is none. */
  page(run: FleetRun, page: number): Promise<readonly JournalRecord[] | null>;
  /** What the engine has given up. */
  paused(): Promise<readonly PausedInvocation[]>;
  /** Lets the engine try again. */
  resume(invocationId: string): Promise<void>;
  /** Where the engine reaches the workers that have registered, living or not. */
  deployments(): Promise<readonly Deployment[]>;
  /** Tells the engine of a worker at that address; the same address again is no fault. */
  register(uri: string): Promise<void>;
  /** Has the engine look for a deployment somewhere else, for what it has begun there too. */
  move(deploymentId: string, uri: string): Promise<void>;
  /** Whether it answers within two seconds. It never throws. */
  isHealthy(): Promise<boolean>;
}

/** Asks the engine over HTTP. Nothing is asked before one of its functions is called. */
export function createFleetClient(engine: EngineAddress): FleetClient {
  async function ask(url: string, method: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json', ...(body === undefined ? {} : JSON_BODY), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: Error) => {
      const why = error.cause instanceof Error ? error.cause.message : error.message;
      throw new AgentError('fleet-unavailable', `The engine does not answer at ${url}: ${why}.`, {
        hint: 'Start one with "gyre fleet dev", or name yours with --ingress and --admin.',
        cause: error,
      });
    });
    const text = await response.text();
    if (response.ok) return text === '' ? null : (JSON.parse(text) as unknown);
    throw new AgentError('fleet-unavailable', `${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
  }

  async function query<T>(sql: string, row: z.ZodType<T>): Promise<readonly T[]> {
    const answer = await ask(`${engine.admin}/query`, 'POST', { query: sql });
    return z.object({ rows: z.array(row) }).parse(answer).rows;
  }

  async function stateOf(host: string, runId: string, key: string): Promise<string | null> {
    const where = `service_name = ${quote(runObjectOf(host))} AND service_key = ${quote(runId)} AND key = ${quote(key)}`;
    const [row] = await query(`SELECT value_utf8 FROM state WHERE ${where}`, z.object({ value_utf8: z.string() }));
    return row?.value_utf8 ?? null;
  }

  const call = (object: string, runId: string, handler: string, input: unknown, key?: string) =>
    ask(
      `${engine.ingress}/${object}/${encodeURIComponent(runId)}/${handler}`,
      'POST',
      input,
      key === undefined ? {} : { 'idempotency-key': key },
    );

  return {
    async submit(host, runId, spec) {
      const answer = await call(runObjectOf(host), runId, 'start', spec);
      return z.object({ isNew: z.boolean() }).parse(answer).isNew;
    },
    async order(host, runId, order) {
      await call(mailObjectOf(host), runId, 'put', order);
    },
    async runs() {
      const rows = await query(
        `SELECT service_name, value_utf8 FROM state WHERE key = 'status' AND service_name LIKE 'gyre-run-%'`,
        z.object({ service_name: z.string(), value_utf8: z.string() }),
      );
      const runs = rows.map(({ service_name, value_utf8 }) => toRun(hostOf(service_name) ?? '', value_utf8));
      return runs.sort((a, b) => b.startedAtMs - a.startedAtMs);
    },
    async run(host, runId) {
      const text = await stateOf(host, runId, 'status');
      return text === null ? null : toRun(host, text);
    },
    async page({ host, runId }, page) {
      const text = await stateOf(host, runId, pageKey(page));
      return text === null ? null : z.array(z.unknown()).parse(JSON.parse(text)).map(toRecord);
    },
    async paused() {
      const rows = await query(
        `SELECT id, target_service_name, target_service_key, last_failure FROM sys_invocation WHERE status = 'paused' AND target_service_name LIKE 'gyre-%'`,
        z.object({
          id: z.string(),
          target_service_name: z.string(),
          target_service_key: z.string().nullish(),
          last_failure: z.string().nullish(),
        }),
      );
      return rows.map(({ id, target_service_name, target_service_key, last_failure }) => ({
        id,
        host: target_service_name.replace(/^gyre-(run|mail)-/, ''),
        runId: target_service_key ?? '',
        reason: last_failure ?? '',
      }));
    },
    async resume(id) {
      await ask(`${engine.admin}/invocations/${id}/resume`, 'PATCH');
    },
    async deployments() {
      const answer = deploymentsSchema.parse(await ask(`${engine.admin}/deployments`, 'GET'));
      return answer.deployments.flatMap(({ id, uri, services }) => {
        const hosts = services.flatMap(({ name }) => hostOf(name) ?? []);
        return uri === undefined || hosts.length === 0 ? [] : [{ id, uri: uri.replace(/\/$/, ''), hosts }];
      });
    },
    async register(uri) {
      await ask(`${engine.admin}/deployments`, 'POST', { uri });
    },
    async move(deploymentId, uri) {
      await ask(`${engine.admin}/deployments/${deploymentId}`, 'PATCH', { uri });
    },
    async isHealthy() {
      const response = await fetch(`${engine.admin}/health`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
      return response?.ok === true;
    },
  };
}

const JSON_BODY = { 'content-type': 'application/json' };
const TIMEOUT_MS = 30_000;

const deploymentsSchema = z.object({
  deployments: z.array(
    z.object({ id: z.string(), uri: z.string().optional(), services: z.array(z.object({ name: z.string() })) }),
  ),
});

function toRun(host: string, text: string): FleetRun {
  // What `objects.ts` has put there.
  return { ...(JSON.parse(text) as RunStatus), host };
}

/** Nothing that comes from the engine is trusted more than a file is. */
function toRecord(value: unknown): JournalRecord {
  const read = readRecord(JSON.stringify(value), nameOutput);
  if (read.ok) return read.record;
  throw new AgentError('journal-unreadable', `A record in the engine's state ${read.problem}.`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
