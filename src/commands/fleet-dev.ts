import { join } from 'node:path';
import { startEngine } from '../fleet/engine.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import type { Invocation } from './command.ts';
import { numberOf, untilSignal } from './fleet-flags.ts';

/** Runs the engine on loopback until it is told to end. */
export async function dev(invocation: Invocation): Promise<number> {
  const { config, flags, io, isJson } = invocation;
  const dataDir = join(config.settings.stateDir, 'fleet-engine');
  const ports = flags.has('port') ? portsFrom(numberOf(invocation, 'port', 8080, 1024)) : undefined;
  const engine = await startEngine({
    dataDir,
    ...(ports === undefined ? {} : { ports }),
    workingDir: io.workingDir,
    onLine: (line) => {
      if (flags.has('verbose')) io.err.write(`${showUnseen(line)}\n`);
    },
  });
  const { ingress, admin, pid } = engine;
  if (isJson) io.out.write(`${JSON.stringify({ ingress, admin, pid, dataDir })}\n`);
  else {
    const where = ports === undefined ? '' : ` --ingress ${ingress} --admin ${admin}`;
    io.out.write(
      `${[
        `The engine takes runs at ${ingress} and answers questions at ${admin}. It keeps them in ${dataDir}.`,
        'In other terminals:',
        `  gyre fleet worker${where}`,
        `  gyre fleet submit goals.jsonl${where}`,
        '',
        'This is for trying it out: one engine, one disk, no secret between it and its workers, this machine alone.',
        'A real deployment needs three engines or a disk that outlives its machine, a key that signs their calls to the',
        'workers (gyre fleet worker --identity-key), a closed network for their admin port, and somebody who looks at',
        'paused runs (gyre fleet ls). docs/fleet.md says how. Ctrl+C ends it; its runs go on when it is started again.',
      ].join('\n')}\n`,
    );
  }
  let code: number | null = 0;
  await untilSignal(
    invocation,
    engine.ended.then((ended) => {
      code = ended ?? 1;
    }),
  );
  await engine.close();
  return code === 0 ? 0 : 1;
}

function portsFrom(first: number): { ingress: number; admin: number; node: number } {
  return { ingress: first, admin: first + 1, node: first + 2 };
}
