import { mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { settingsError } from '../config.ts';
import { startWorker } from '../fleet/worker.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import type { Invocation } from './command.ts';
import { clientOf, hostNameOf, listenOf, numberOf, untilSignal, urlOf } from './fleet-flags.ts';

const DAY_MS = 86_400_000;

/** Serves one host until it is told to end. */
export async function worker(invocation: Invocation): Promise<number> {
  const { config, flags, io, isJson } = invocation;
  if (!config.isAutonomyEnabled)
    throw settingsError(['AUTONOMY_ENABLED (environment): is off, and a worker runs agents']);
  const boxesDir = resolve(io.workingDir, flags.get('boxes') ?? 'boxes');
  await mkdir(boxesDir, { recursive: true, mode: 0o755 });
  const url = urlOf(flags.get('url'), '--url');
  const key = flags.get('identity-key');
  const serving = await startWorker({
    name: hostNameOf(invocation),
    client: clientOf(invocation),
    settings: config.settings,
    boxesDir: await realpath(boxesDir),
    workingDir: io.workingDir,
    homeDir: io.homeDir,
    listen: listenOf(invocation),
    ...(url === undefined ? {} : { url }),
    identityKeys: key === undefined ? [] : [key],
    minds: numberOf(invocation, 'minds', 4),
    agents: numberOf(invocation, 'agents', 64),
    stretch: numberOf(invocation, 'stretch', 5),
    hostLostMs: numberOf(invocation, 'host-lost-ms', 5000, 5000),
    keepMs: numberOf(invocation, 'keep-days', 7, 0) * DAY_MS,
    onNotice: (sentence) => io.err.write(`${showUnseen(sentence)}\n`),
  });
  if (isJson) io.out.write(`${JSON.stringify({ name: serving.name, url: serving.url })}\n`);
  await untilSignal(invocation);
  await serving.close();
  io.err.write(`Host ${serving.name} has ended: its runs wait for it, or go on elsewhere.\n`);
  return 0;
}
