import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError, toErrorRecord } from '../../errors.ts';
import { createCommandRunner } from './command-runner.ts';
import { listenOnLoopback } from './loopback.ts';
import { type BashLimit, plainBash } from './prelude.ts';
import { type Order, type StandingBy, startProcess } from './process.ts';
import { createProcessTree, type ProcessTree } from './process-tree.ts';
import { quote } from './quote.ts';
import type { Shell } from './shell.ts';

/** The last line of the package that supports Node 20. */
const SEATBELT_PACKAGE = '@anthropic-ai/sandbox-runtime@0.0.78';
export const SEATBELT_INSTALL = `npm install ${SEATBELT_PACKAGE}   (with -g where gyre itself was installed with -g)`;

/** The part of the package that is used. */
export interface SandboxRuntime {
  /** @returns a line for a POSIX shell that runs `command` in `shell`, in the sandbox */
  wrapWithSandbox(command: string, shell: string, config: SandboxConfig): Promise<string>;
}

export interface SandboxConfig {
  readonly network: { readonly allowedDomains: readonly string[]; readonly deniedDomains: readonly string[] };
  readonly filesystem: {
    readonly denyRead: readonly string[];
    readonly allowRead: readonly string[];
    readonly allowWrite: readonly string[];
    readonly denyWrite: readonly string[];
  };
}

/**
 * The jail of macOS: Seatbelt, by way of the optional package `@anthropic-ai/sandbox-runtime`.
 *
 * It has never been run on macOS by its authors: they had none. Its configuration, its start of bash, its capture,
 * deadlines and kills are tested on Linux, with Apple's sandbox left out. A self-test at each start shows whether
 * reads, writes and the network are confined; when it fails, there is no shell.
 *
 * Weaker than bubblewrap: commands see the names of all directories and processes; a daemon that comes loose at once
 * may outlive its command; limits are those of one process, and soft; temporary files go to the box; some dotfiles
 * (`.bashrc`, `.git/hooks`, `.vscode`) cannot be written; `checkDir` is only at its own path.
 * @throws AgentError `sandbox-unavailable` when the package is missing, or the self-test fails
 */
export async function openSeatbeltShell(
  { boxDir, stateDir }: { readonly boxDir: string; readonly stateDir: string },
  load: () => Promise<unknown> = loadPackage,
): Promise<Shell> {
  const runtime = await loadRuntime(load);
  const shell = openUntested(runtime, boxDir);
  const problem = await testSeatbelt(shell, stateDir).catch((error: unknown) => toErrorRecord(error).message);
  if (problem === null) return { ...shell, kind: 'seatbelt', summary: SUMMARY };
  await shell.close();
  throw unavailable(`The self-test of the Seatbelt jail failed: ${problem}.`, 'gyre run --sandbox simulated');
}

const SUMMARY =
  'no files but the box and the system, no network; a daemon may outlive its command, limits are soft; self-test passed';

/** What commands may touch. Everything that is not named is denied, the network too. */
export function seatbeltConfig(boxDir: string, checkDir: string | null): SandboxConfig {
  const paths = [boxDir, ...(checkDir === null ? [] : [checkDir])];
  const pattern = paths.find((path) => /[*?[\]]/.test(path));
  if (pattern !== undefined) {
    throw unavailable(`Seatbelt's rules would read ${pattern} as a pattern.`, 'Use a path without * ? [ ].');
  }
  return {
    network: { allowedDomains: [], deniedDomains: [] },
    filesystem: {
      denyRead: ['/', '/usr/local', ...PRIVATE_LIBRARY.map((name) => `/Library/${name}`)],
      allowRead: [...SYSTEM, ...DEVICES, ...paths],
      allowWrite: [boxDir],
      // The package lets every sandbox write there.
      denyWrite: ['/tmp/claude', '/private/tmp/claude'],
    },
  };
}

const SYSTEM = [
  ...['/System', '/usr', '/bin', '/sbin', '/Library'],
  // What the loader, `sh`, the clock and the developer tools look up.
  ...['/private/var/db/dyld', '/private/var/db/timezone', '/private/var/db/xcode_select_link', '/private/var/select'],
  ...['/private/preboot/Cryptexes', '/private/etc/localtime'],
];
const DEVICES = ['null', 'zero', 'random', 'urandom', 'fd', 'dtracehelper'].map((name) => `/dev/${name}`);
const PRIVATE_LIBRARY = ['Application Support', 'Caches', 'Keychains', 'Logs', 'Managed Preferences', 'Preferences'];

/** No limit on processes: it would count all of the person's. macOS knows none on the address space. */
const LIMITS: readonly BashLimit[] = [
  { flag: 'c', value: 0 },
  { flag: 'f', value: 50 * 1024 },
  { flag: 't', value: 10 },
  { flag: 'n', value: 256 },
];

async function loadPackage(): Promise<unknown> {
  // Not a literal: the package is optional, and the compiler would ask for it.
  const name: string = '@anthropic-ai/sandbox-runtime';
  return import(name);
}

async function loadRuntime(load: () => Promise<unknown>): Promise<SandboxRuntime> {
  let loaded: unknown;
  try {
    loaded = await load();
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    const what = isMissing ? 'is not installed' : `does not load: ${toErrorRecord(cause).message}`;
    throw unavailable(`Seatbelt needs the package @anthropic-ai/sandbox-runtime, and it ${what}.`, SEATBELT_INSTALL);
  }
  const manager = propertyOf(loaded, 'SandboxManager');
  if (typeof propertyOf(manager, 'wrapWithSandbox') !== 'function') {
    throw unavailable(
      'The installed @anthropic-ai/sandbox-runtime is not the version that gyre knows.',
      SEATBELT_INSTALL,
    );
  }
  // The package's types are not here to be asked; the line above is what can be checked.
  return manager as SandboxRuntime;
}

function openUntested(runtime: SandboxRuntime, boxDir: string): Pick<Shell, 'run' | 'close'> {
  return createCommandRunner({
    boxDir,
    box: boxDir,
    async start(request) {
      const [bash, ...args] = plainBash(LIMITS);
      const environment = Object.entries({ ...cleanEnvironment(boxDir, bash), GYRE_BOX: boxDir });
      const assignments = environment.map(([name, value]) => `${name}=${value}`);
      // The package adds variables of its own, and `env -i` takes them away again.
      const inner = `exec ${['/usr/bin/env', '-i', ...assignments, bash, ...args].map(quote).join(' ')}`;
      // Its `initialize` is never called: it would start proxies. Without them nothing at all is let through.
      const line = await runtime.wrapWithSandbox(inner, bash, seatbeltConfig(boxDir, request?.checkDir ?? null));
      const standing = startProcess({
        file: bash,
        args: ['--noprofile', '--norc', '-c', `exec ${line}`],
        env: cleanEnvironment(boxDir, bash),
        cwd: boxDir,
        identity: null,
        descriptors: [],
        scope: 'group',
      });
      return killingTree(standing);
    },
    onClosed() {},
  });
}

function cleanEnvironment(boxDir: string, bash: string): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    HOME: boxDir,
    LANG: 'en_US.UTF-8',
    TERM: 'dumb',
    TMPDIR: boxDir,
    SHELL: bash,
  };
}

const LOOK_EVERY_MS = 200;

/** The process, with all that came from it killed when it has ended. */
function killingTree(standing: StandingBy): StandingBy {
  return {
    async tell(order) {
      let tree: ProcessTree | undefined;
      const onTell: Order['onTell'] = (pid, stop) => {
        tree = createProcessTree(pid);
        void tree.look();
        order.onTell?.(pid, stop);
      };
      const timer = setInterval(() => void tree?.look(), LOOK_EVERY_MS);
      try {
        return await standing.tell({ ...order, onTell });
      } finally {
        clearInterval(timer);
        await tree?.kill();
      }
    },
    dismiss: standing.dismiss,
  };
}

/**
 * Tries what must not work. It runs in the box, and leaves nothing in it.
 * @returns what went wrong; null when everything was refused as it should be
 */
async function testSeatbelt(shell: Pick<Shell, 'run'>, stateDir: string): Promise<string | null> {
  const nest = await realpath(await mkdtemp(join(stateDir, 'self-test-')));
  const server = await listenOnLoopback();
  try {
    await writeFile(join(nest, 'canary'), 'canary');
    const command = [
      'echo "begun"',
      `cat ${quote(`${nest}/canary`)} 2>/dev/null`,
      `: 2>/dev/null > ${quote(`${nest}/written`)} && echo "it can write outside of the box"`,
      `(exec 9<>/dev/tcp/127.0.0.1/${server.port}) 2>/dev/null && echo "it can reach the network"`,
      'env | grep -Ev "^(PATH|HOME|LANG|TERM|TMPDIR|SHELL|PWD|SHLVL|_)=" | sed "s/=.*/ is in its environment/"',
      'true',
    ].join('\n');
    const { signal } = new AbortController();
    const result = await shell.run({ command, workingDirectory: '', timeoutMs: 10_000, signal });
    if (result.ending === 'exited' && result.stdout === 'begun\n') return null;
    if (result.stdout.includes('canary')) return 'it can read outside of the box';
    return (
      (result.stdout.replace('begun', '') + result.stderr).trim().replace(/\s+/g, ' ') || `it ended by ${result.ending}`
    );
  } finally {
    server.close();
    await rm(nest, { recursive: true, force: true });
  }
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function unavailable(message: string, hint: string): AgentError {
  return new AgentError('sandbox-unavailable', message, { hint });
}
