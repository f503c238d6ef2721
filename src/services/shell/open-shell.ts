import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError, toErrorRecord } from '../../errors.ts';
import { openBareShell } from './bare.ts';
import { chooseIdentity } from './identity.ts';
import { openJail } from './jail.ts';
import { probeBubblewrap } from './probe.ts';
import { openSeatbeltShell } from './seatbelt.ts';
import { buildSeccompFilter } from './seccomp.ts';
import { testJail } from './self-test.ts';
import type { SandboxKind, Shell } from './shell.ts';
import { openSimulatedShell } from './simulated.ts';

export interface ShellOptions {
  /** `auto`: bubblewrap or, on macOS, seatbelt where its self-test passes, else simulated. Never none. */
  readonly kind: 'auto' | SandboxKind;
  /** The box: a real path that `checkBox` has accepted. */
  readonly boxDir: string;
  /** Made when missing. Holds something for moments only. */
  readonly stateDir: string;
  /** Says of a program's name whether it may not run. The jail then has no such program. */
  readonly isDenied: (program: string) => boolean;
  /** Called with what a person must know: the box was handed over, the shell is only simulated. */
  readonly onNotice: (sentence: string) => void;
}

/**
 * Opens the shell that commands run in, and shows that its jail holds.
 * @throws AgentError `sandbox-unavailable` when the asked kind does not work here
 */
export async function openShell(options: ShellOptions): Promise<Shell> {
  await mkdir(options.stateDir, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new AgentError('sandbox-unavailable', `The state directory cannot be made: ${toErrorRecord(error).message}`, {
      hint: 'Name another one with --state-dir.',
    });
  });
  switch (options.kind) {
    case 'auto': {
      const jail = await (process.platform === 'darwin' ? trySeatbelt(options) : tryBubblewrap(options));
      if (!('reason' in jail)) return jail;
      options.onNotice(simulatedNotice(jail));
      return openSimulatedShell(options.boxDir);
    }
    case 'bubblewrap': {
      const jail = await tryBubblewrap(options);
      if (!('reason' in jail)) return jail;
      throw new AgentError('sandbox-unavailable', `There is no bubblewrap jail here: ${jail.reason}.`, {
        hint: `${jail.cure}\n  Or use --sandbox simulated.`,
      });
    }
    case 'seatbelt':
      if (process.platform === 'darwin') return openSeatbeltShell(options);
      throw new AgentError('sandbox-unavailable', 'Seatbelt is the sandbox of macOS, and this is another system.', {
        hint: 'Use --sandbox auto.',
      });
    case 'simulated':
      return openSimulatedShell(options.boxDir);
    case 'none':
      return openBareShell(options.boxDir);
  }
}

/** Opens and closes the shell on a scratch box, and says what became of it. For `gyre doctor`. */
export async function testSandbox(
  options: Pick<ShellOptions, 'kind' | 'stateDir' | 'isDenied'>,
): Promise<
  | { readonly ok: true; readonly kind: SandboxKind; readonly summary: string; readonly reason: string }
  | { readonly ok: false; readonly reason: string; readonly cure: string }
> {
  const scratch = await mkdtemp(join(await realpath(tmpdir()), 'gyre-test-'));
  try {
    let reason = '';
    const onNotice = (sentence: string) => {
      reason = sentence;
    };
    const shell = await openShell({ ...options, boxDir: scratch, onNotice });
    await shell.close();
    return { ok: true, kind: shell.kind, summary: shell.summary, reason };
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    return { ok: false, reason: message, cure: hint ?? '' };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Why there is no jail, and how to get it. */
interface Missing {
  readonly reason: string;
  readonly cure: string;
}

function simulatedNotice({ reason, cure }: Missing): string {
  return (
    'SIMULATED shell: commands are played by gyre itself, and real programs (git, python, compilers) are not available.' +
    ` Reason: ${reason}. To get the full jail: ${cure}`
  );
}

/** @returns the shell, or why there is none */
async function trySeatbelt(options: ShellOptions): Promise<Shell | Missing> {
  try {
    return await openSeatbeltShell(options);
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    return { reason: message.replace(/\.$/, ''), cure: hint ?? DOCTOR };
  }
}

/** @returns the shell, or why there is none */
async function tryBubblewrap({ boxDir, stateDir, isDenied, onNotice }: ShellOptions): Promise<Shell | Missing> {
  const bwrap = await probeBubblewrap();
  if (!bwrap.ok) return bwrap;
  let jail: Awaited<ReturnType<typeof openJail>> | null = null;
  try {
    const identity = await chooseIdentity(boxDir, onNotice);
    jail = await openJail({ bwrap, boxDir, stateDir, identity, isDenied });
    const hasFilter = buildSeccompFilter(process.arch) !== null;
    const problem = await testJail(jail, stateDir, { hasFilter, masks: jail.masks });
    if (problem === null)
      return { run: jail.run, close: jail.close, kind: 'bubblewrap', summary: summaryOf(hasFilter) };
    await jail.close();
    return { reason: `the self-test of the jail failed: ${problem}`, cure: DOCTOR };
  } catch (error) {
    await jail?.close();
    return { reason: `the jail could not be set up: ${toErrorRecord(error).message}`, cure: DOCTOR };
  }
}

const DOCTOR = 'gyre doctor says more, and docs/jail/README.md what each system needs.';

function summaryOf(hasFilter: boolean): string {
  const filter = hasFilter ? '' : ', no system call filter on this processor';
  return `no files but the box, no network, no other processes, limits${filter}; self-test passed; what it leaves in the box may still harm who runs it`;
}
