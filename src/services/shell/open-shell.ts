import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError, toErrorRecord } from '../../errors.ts';
import { openBareShell } from './bare.ts';
import { chooseIdentity } from './identity.ts';
import { openJail } from './jail.ts';
import { probeBubblewrap } from './probe.ts';
import { buildSeccompFilter } from './seccomp.ts';
import { testJail } from './self-test.ts';
import type { SandboxKind, Shell } from './shell.ts';
import { openSimulatedShell } from './simulated.ts';

export interface ShellOptions {
  /** `auto`: bubblewrap where its self-test passes, else simulated. Never none. */
  readonly kind: 'auto' | SandboxKind;
  /** The box: a real path that `checkBox` has accepted. */
  readonly boxDir: string;
  /** Made when missing. Holds something for moments only. */
  readonly stateDir: string;
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
      const jail = await tryBubblewrap(options);
      if (typeof jail !== 'string') return jail;
      options.onNotice(simulatedNotice(jail));
      return openSimulatedShell(options.boxDir);
    }
    case 'bubblewrap': {
      const jail = await tryBubblewrap(options);
      if (typeof jail !== 'string') return jail;
      throw new AgentError('sandbox-unavailable', `There is no bubblewrap jail here: ${jail}.`, {
        hint: `${CURE} Or use --sandbox simulated.`,
      });
    }
    case 'seatbelt':
      throw new AgentError('sandbox-unavailable', SEATBELT[process.platform === 'darwin' ? 'mac' : 'other'], {
        hint: 'Use --sandbox auto.',
      });
    case 'simulated':
      return openSimulatedShell(options.boxDir);
    case 'none':
      return openBareShell(options.boxDir, options.stateDir);
  }
}

/** Opens and closes the shell on a scratch box, and says what became of it. For `gyre doctor`. */
export async function testSandbox(
  options: Pick<ShellOptions, 'kind' | 'stateDir'>,
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

const CURE =
  'To get the full jail: install bubblewrap (sudo apt-get install bubblewrap), and run outside of a container, or in one' +
  ' that may make user namespaces (docker run --security-opt seccomp=PROFILE, with unshare and mount allowed); on Ubuntu' +
  ' 24.04 also: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0.';

const SEATBELT = {
  mac: 'This version of gyre has no Seatbelt jail yet.',
  other: 'Seatbelt is the sandbox of macOS, and this version of gyre has no jail for it yet.',
};

function simulatedNotice(reason: string): string {
  return (
    'SIMULATED shell: commands are played by gyre itself, and real programs (git, python, compilers) are not available.' +
    ` Reason: ${reason}. ${CURE}`
  );
}

/** @returns the shell, or why there is none */
async function tryBubblewrap({ boxDir, stateDir, onNotice }: ShellOptions): Promise<Shell | string> {
  const bwrap = await probeBubblewrap();
  if (!bwrap.ok) return bwrap.reason;
  let jail: Awaited<ReturnType<typeof openJail>> | null = null;
  try {
    jail = await openJail({ bwrap, boxDir, stateDir, identity: await chooseIdentity(boxDir, onNotice) });
    const hasFilter = buildSeccompFilter(process.arch) !== null;
    const problem = await testJail(jail, stateDir, { hasFilter });
    if (problem === null) return { ...jail, kind: 'bubblewrap', summary: summaryOf(hasFilter) };
    await jail.close();
    return `the self-test of the jail failed: ${problem}`;
  } catch (error) {
    await jail?.close();
    return `the jail could not be set up: ${toErrorRecord(error).message}`;
  }
}

function summaryOf(hasFilter: boolean): string {
  const filter = hasFilter ? '' : ', no system call filter on this processor';
  return `no files but the box, no network, no other processes, limits${filter}; self-test passed`;
}
