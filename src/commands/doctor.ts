import { access, constants } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { shellOptionsOf } from '../agent-services.ts';
import { toErrorRecord } from '../errors.ts';
import { makePrivateDirectory } from '../journal/directories.ts';
import { findAdapter } from '../services/model/adapter.ts';
import { CATALOGUE } from '../services/model/catalogue.ts';
import { readAvailableMemoryBytes } from '../services/model/memory.ts';
import { resolveModel, suggestModel } from '../services/model/resolve-model.ts';
import { verifyModel } from '../services/model/verify-model.ts';
import { testSandbox } from '../services/shell/open-shell.ts';
import { probeBubblewrap, probeUserNamespaces } from '../services/shell/probe.ts';
import { createStyle, type Style, size } from '../terminal/style.ts';
import { type Command, type Invocation, jsonFlag } from './command.ts';
import { fix } from './doctor-fix.ts';

export const doctor: Command = {
  name: 'doctor',
  usage: '[FLAGS]',
  about: 'Tests the jail, the model, the memory and Node. Exit code 0 when a run can start.',
  settings: ['model', 'modelsDir', 'adapter', 'stateDir', 'sandbox'],
  flags: [
    jsonFlag,
    { name: 'fix', about: 'Installs what is missing as far as it can: bubblewrap, the starter model.' },
  ],
  examples: [
    ['gyre doctor', 'what works, and what to do about the rest'],
    ['gyre doctor --fix', 'installs bubblewrap (as root, with apt) and fetches the starter model'],
  ],
  maxWords: 0,
  async run(invocation) {
    if (invocation.flags.has('fix')) await fix(invocation);
    return examine(invocation);
  },
};

interface Finding {
  readonly name: string;
  /** `bad` keeps a run from starting; `warning` does not. */
  readonly state: 'good' | 'warning' | 'bad';
  readonly found: string;
  /** The next thing to type. */
  readonly cure?: string;
}

async function examine(invocation: Invocation): Promise<number> {
  const { io, isJson } = invocation;
  const findings = [
    checkNode(),
    checkMachine(),
    ...(process.platform === 'linux' ? [await checkNamespaces()] : []),
    await checkSandbox(invocation),
    await checkState(invocation),
    await checkModel(invocation),
  ];
  const canRun = findings.every(({ state }) => state !== 'bad');
  if (isJson) io.out.write(`${JSON.stringify({ canRun, findings })}\n`);
  else {
    const style = createStyle(io.useColor && io.out.isTTY);
    io.out.write(findings.map((finding) => describe(finding, style)).join(''));
    io.out.write(canRun ? 'A run can start: gyre run "…"\n' : 'No run can start yet.\n');
  }
  return canRun ? 0 : 1;
}

function describe({ name, state, found, cure }: Finding, style: Style): string {
  const mark = { good: style.good('✓'), warning: style.warn('!'), bad: style.bad('✗') }[state];
  return `${mark} ${name.padEnd(16)} ${found}\n${cure === undefined ? '' : `  ${' '.repeat(16)} ${cure}\n`}`;
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 19);
  const found = `${process.version} on ${process.platform} ${process.arch}`;
  return isEnough
    ? { name: 'node', state: 'good', found }
    : { name: 'node', state: 'bad', found, cure: 'gyre needs Node 20.19 or newer.' };
}

function checkMachine(): Finding {
  const cores = availableParallelism();
  const [load = 0] = loadavg();
  const found = `${cores} cores, load ${load.toFixed(1)}, ${size(readAvailableMemoryBytes())} of memory available`;
  if (load < cores * 0.75) return { name: 'machine', state: 'good', found };
  const cure = 'Another busy process slows a model down many times over: leave other work alone while it thinks.';
  return { name: 'machine', state: 'warning', found, cure };
}

async function checkNamespaces(): Promise<Finding> {
  const name = 'namespaces';
  const [probe, bubblewrap] = await Promise.all([probeUserNamespaces(), probeBubblewrap()]);
  if (probe.ok) return { name, state: 'good', found: 'user namespaces can be made' };
  // An AppArmor profile may let bubblewrap alone make them.
  if (bubblewrap.ok) return { name, state: 'good', found: `bubblewrap may make them; of others, ${probe.reason}` };
  return { name, state: 'warning', found: probe.reason, cure: probe.cure };
}

async function checkSandbox({ config }: Invocation): Promise<Finding> {
  const name = 'sandbox';
  const result = await testSandbox(shellOptionsOf(config.settings));
  if (!result.ok) return { name, state: 'bad', found: result.reason, cure: result.cure };
  const found = `${result.kind}: ${result.summary}`;
  if (result.kind === 'bubblewrap' || result.kind === 'seatbelt') return { name, state: 'good', found };
  const cure = result.reason || 'For the full jail: --sandbox auto';
  return { name, state: 'warning', found, cure };
}

async function checkState({ config }: Invocation): Promise<Finding> {
  const { stateDir } = config.settings;
  try {
    await makePrivateDirectory(stateDir);
    await access(stateDir, constants.W_OK);
    return { name: 'state', state: 'good', found: stateDir };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name: 'state', state: 'bad', found, cure: 'Name another directory with --state-dir.' };
  }
}

async function checkModel({ config, io }: Invocation): Promise<Finding> {
  const { model, modelsDir, adapter: wanted, stateDir } = config.settings;
  const availableMemoryBytes = readAvailableMemoryBytes();
  const { signal } = new AbortController();
  try {
    const resolved = await resolveModel({ model, modelsDir, cwd: io.workingDir, availableMemoryBytes });
    if (resolved.kind === 'script') return { name: 'model', state: 'good', found: `script ${resolved.file}` };
    const { name, file, pinned } = resolved;
    await verifyModel({ file, pinned, stateDir, onProgress: () => {}, signal });
    const adapter = await findAdapter({ adapter: wanted, model: resolved, stateDir, signal });
    const withAdapter = adapter === null ? '' : `, with the adapter ${adapter.name} (${size(adapter.bytes)})`;
    const found = `${name} (${size(resolved.bytes)}): ${file}${withAdapter}`;
    const neededBytes = pinned && pinned.memoryBytes + (adapter?.bytes ?? 0);
    if (!neededBytes || neededBytes <= availableMemoryBytes) return { name: 'model', state: 'good', found };
    const smaller = suggestModel(CATALOGUE, availableMemoryBytes).name;
    const cure = `It needs ${size(neededBytes)}. Try: gyre models pull ${smaller}`;
    return { name: 'model', state: 'bad', found, cure };
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    return { name: 'model', state: 'bad', found: message, ...(hint === undefined ? {} : { cure: hint }) };
  }
}
