import { existsSync } from 'node:fs';
import { AgentError } from '../errors.ts';
import type { Deployment, FleetRun, PausedInvocation } from '../fleet/client.ts';
import { followRun, openMirror } from '../fleet/mirror.ts';
import { journalFile } from '../journal/append.ts';
import { isRunAlive } from '../journal/lock.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import { createStyle, duration, type Style } from '../terminal/style.ts';
import { formatTable } from '../terminal/table.ts';
import type { Invocation } from './command.ts';
import { clientOf, findFleetRun } from './fleet-flags.ts';
import { inspect } from './inspect.ts';
import { runs } from './runs.ts';

/** Lists the runs of the fleet, its hosts, and what the engine has given up. */
export async function ls(invocation: Invocation): Promise<number> {
  const { io, isJson } = invocation;
  const client = clientOf(invocation);
  const [all, paused, deployments] = [await client.runs(), await client.paused(), await client.deployments()];
  if (isJson) {
    io.out.write(`${JSON.stringify({ runs: all, paused, deployments })}\n`);
    return paused.length === 0 ? 0 : 1;
  }
  const style = createStyle(io.useColor && io.out.isTTY);
  const columns = io.out.isTTY ? io.out.columns : Number.POSITIVE_INFINITY;
  io.out.write(formatTable(['host', 'served at', 'runs', 'not ended'], hostRows(deployments, all), style, columns));
  const head = ['run', 'state', 'host', 'iterations', 'started', 'goal'];
  if (all.length > 0) io.out.write(`\n${formatTable(head, all.map(rowOf), style, columns)}`);
  else io.err.write('There is no run yet. Hand some in with "gyre fleet submit".\n');
  for (const one of paused) io.err.write(`${describePaused(one, style)}\n`);
  return paused.length === 0 ? 0 : 1;
}

function hostRows(deployments: readonly Deployment[], all: readonly FleetRun[]): string[][] {
  return deployments.flatMap(({ uri, hosts }) =>
    hosts.map((name) => {
      const own = all.filter(({ host }) => host === name);
      return [name, uri, String(own.length), String(own.filter(({ phase }) => phase !== 'ended').length)];
    }),
  );
}

function rowOf({ runId, phase, ending, host, at, iterations, startedAtMs, waitsUntilMs, goal }: FleetRun): string[] {
  const state = ending === null ? phase : `${ending.status} (${ending.cause})`;
  return [
    runId,
    waitsUntilMs === null ? state : `${state}, ${duration(Math.max(0, waitsUntilMs - Date.now()))} more`,
    at === null || at === host ? host : `${host}, now at ${at}`,
    String(iterations),
    `${duration(Date.now() - startedAtMs)} ago`,
    showUnseen(goal.replace(/\s+/g, ' ')),
  ];
}

function describePaused({ host, runId, reason }: PausedInvocation, style: Style): string {
  const why = showUnseen(reason.replace(/\s+/g, ' ').slice(0, 300));
  return `${style.bad('given up')} ${style.name(runId)} of ${host} after too many attempts: ${why}\n  gyre fleet resume ${runId}`;
}

/** Ends a run in order; returns when it has been told. */
export async function stop(invocation: Invocation, [name]: readonly string[]): Promise<number> {
  const { io, isJson } = invocation;
  const client = clientOf(invocation);
  const run = await findFleetRun(client, name);
  const { runId, host, phase } = run;
  if (phase !== 'ended') await client.order(host, runId, { do: 'stop', cause: 'stop-command' });
  const message = phase === 'ended' ? `Run ${runId} has ended already.` : `Run ${runId} is being stopped.`;
  io.out.write(isJson ? `${JSON.stringify({ runId, ok: true, phase, message })}\n` : `${message}\n`);
  return 0;
}

/** Lets the engine try again what it has given up of a run. */
export async function resume(invocation: Invocation, [name]: readonly string[]): Promise<number> {
  const { io, isJson } = invocation;
  const client = clientOf(invocation);
  const { runId } = await findFleetRun(client, name);
  const paused = (await client.paused()).filter((one) => one.runId === runId);
  for (const { id } of paused) await client.resume(id);
  const message = paused.length === 0 ? `Nothing of run ${runId} was given up.` : `Run ${runId} is tried again.`;
  io.out.write(isJson ? `${JSON.stringify({ runId, ok: paused.length > 0, message })}\n` : `${message}\n`);
  return paused.length === 0 ? 1 : 0;
}

/** Writes a run as a plain journal of this machine, and says where. */
export async function exportRun(invocation: Invocation, [name]: readonly string[]): Promise<number> {
  const { io, isJson } = invocation;
  const { run, journal } = await mirrored(invocation, name, async (copy, isOver) => {
    if (invocation.flags.has('follow')) {
      io.err.write(`It is written to ${copy.journal}; "gyre inspect ${copy.runId}" shows it live. Ctrl+C ends this.\n`);
    }
    await isOver;
    return copy;
  });
  const { runId } = run;
  if (isJson) io.out.write(`${JSON.stringify({ runId, journal })}\n`);
  else
    io.out.write(
      `${journal}\nIt can be read here now: gyre replay ${runId}, gyre why ${runId}, gyre inspect ${runId}\n`,
    );
  const now = await clientOf(invocation).run(run.host, runId);
  if (now !== null && now.phase !== 'ended') {
    io.err.write(`The run goes on in the fleet: "gyre fleet stop ${runId}" before "gyre resume ${runId}" here.\n`);
  }
  return 0;
}

/** Shows a run as `gyre runs RUN` does. */
export async function logs(invocation: Invocation, [name]: readonly string[]): Promise<number> {
  return mirrored(invocation, name, ({ runId }) => runs.run({ ...invocation, words: [runId] }));
}

/** Shows a run in the browser, live, until Ctrl+C. */
export async function inspectRun(invocation: Invocation, [name]: readonly string[]): Promise<number> {
  const flags = new Map(invocation.flags).set('follow', 'true');
  return mirrored({ ...invocation, flags }, name, ({ runId }) => inspect.run({ ...invocation, words: [runId] }));
}

/**
 * Does something with a run's copy on this machine while it counts as live here: once all that there is has been written,
 * and with --follow goes on being written until `isOver`.
 */
async function mirrored<T>(
  invocation: Invocation,
  name: string | undefined,
  use: (
    copy: { readonly runId: string; readonly journal: string; readonly run: FleetRun },
    isOver: Promise<void>,
  ) => Promise<T>,
): Promise<T> {
  const { config, flags, io } = invocation;
  const client = clientOf(invocation);
  const run = await findFleetRun(client, name);
  const { runId } = run;
  if (await isRunAlive(runId)) {
    // Another gyre on this machine keeps the copy, and ends with the run.
    return use({ runId, journal: journalFile(config.settings.stateDir, runId), run }, Promise.resolve());
  }
  const { journal, catchUp, close } = await openMirror({ client, run, stateDir: config.settings.stateDir });
  const ending = new AbortController();
  const forget = io.onSignal(() => ending.abort());
  try {
    const hasEnded = await catchUp();
    if (!existsSync(journal)) {
      throw new AgentError('unknown-run', `Run ${runId} has no record yet: it waits for host ${run.host}.`, {
        hint: 'Look with "gyre fleet ls" whether the host is there.',
      });
    }
    const isOver = flags.has('follow') && !hasEnded ? followRun({ catchUp }, ending.signal).finally(close) : null;
    const result = await use({ runId, journal, run }, isOver ?? Promise.resolve());
    await isOver;
    return result;
  } finally {
    forget();
    await close();
  }
}
