import type { FleetRun, PausedInvocation } from '../fleet/client.ts';
import { followRun, openMirror } from '../fleet/mirror.ts';
import { readRun } from '../journal/read.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import { count, createStyle, duration, type Style } from '../terminal/style.ts';
import type { Invocation } from './command.ts';
import { clientOf, findFleetRun } from './fleet-flags.ts';
import { describeRun } from './run-story.ts';

/** Lists the runs of the fleet, its hosts, and what the engine has given up. */
export async function ls(invocation: Invocation): Promise<number> {
  const { io, isJson } = invocation;
  const client = clientOf(invocation);
  const [runs, paused, deployments] = [await client.runs(), await client.paused(), await client.deployments()];
  if (isJson) {
    io.out.write(`${JSON.stringify({ runs, paused, deployments })}\n`);
    return paused.length === 0 ? 0 : 1;
  }
  const style = createStyle(io.useColor && io.out.isTTY);
  for (const { hosts, uri } of deployments) io.out.write(`host ${style.name(hosts.join(', '))}  ${uri}\n`);
  io.out.write(`\n${runs.map((run) => describe(run, style)).join('\n')}\n`);
  io.out.write(`\n${count(runs.length, 'run')}, ${runs.filter(({ phase }) => phase !== 'ended').length} not ended\n`);
  for (const one of paused) io.err.write(`${describePaused(one, style)}\n`);
  return paused.length === 0 ? 0 : 1;
}

function describe(run: FleetRun, style: Style): string {
  const { runId, phase, ending, host, at, iterations, startedAtMs, waitsUntilMs, goal } = run;
  const state = ending === null ? phase : `${ending.status} (${ending.cause})`;
  const where = at === null || at === host ? host : `${host}, now at ${at}`;
  const until = waitsUntilMs === null ? '' : `, until ${new Date(waitsUntilMs).toISOString()}`;
  const age = duration(Date.now() - startedAtMs);
  const what = showUnseen(goal.replace(/\s+/g, ' ').slice(0, 80));
  return `${style.name(runId)}  ${state}${until}  ${where}  ${count(iterations, 'iteration')}  ${age} ago  ${what}`;
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
  const { runId, file } = await mirror(invocation, name);
  if (isJson) io.out.write(`${JSON.stringify({ runId, journal: file })}\n`);
  else
    io.out.write(
      `${file}\nIt is a run of this machine now: gyre replay ${runId}, gyre why ${runId}, gyre inspect ${runId}\n`,
    );
  return 0;
}

/** Shows a run as `gyre runs RUN` does. */
export async function logs(invocation: Invocation, [name]: readonly string[]): Promise<number> {
  const { io, isJson, config } = invocation;
  const { runId } = await mirror(invocation, name);
  const story = await readRun(config.settings.stateDir, runId);
  if (isJson) for (const record of story.saved) io.out.write(`${JSON.stringify(record)}\n`);
  else io.out.write(describeRun(story, createStyle(io.useColor && io.out.isTTY)));
  return 0;
}

async function mirror(invocation: Invocation, name: string | undefined): Promise<{ runId: string; file: string }> {
  const { config, flags, io } = invocation;
  const client = clientOf(invocation);
  const run = await findFleetRun(client, name);
  const copy = await openMirror({ client, run, stateDir: config.settings.stateDir });
  const ending = new AbortController();
  const forget = io.onSignal(() => ending.abort());
  try {
    if (flags.has('follow')) {
      io.err.write(
        `Run ${run.runId} is followed into ${copy.journal}; "gyre inspect ${run.runId}" shows it live. Ctrl+C ends this.\n`,
      );
      await followRun(copy, ending.signal);
    } else await copy.catchUp();
  } finally {
    forget();
    await copy.close();
  }
  return { runId: run.runId, file: copy.journal };
}
