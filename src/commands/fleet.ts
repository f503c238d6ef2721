import { settingNames } from '../config.ts';
import { AgentError } from '../errors.ts';
import { type Command, type CommandFlag, type Invocation, jsonFlag } from './command.ts';

/** One thing that `gyre fleet` can do. What it needs is loaded when it is asked for. */
type Part = (invocation: Invocation, words: readonly string[]) => Promise<number>;

const parts: Readonly<Record<string, () => Promise<Part>>> = {
  dev: async () => (await import('./fleet-dev.ts')).dev,
  worker: async () => (await import('./fleet-worker.ts')).worker,
  submit: async () => (await import('./fleet-submit.ts')).submit,
  ls: async () => (await import('./fleet-runs.ts')).ls,
  stop: async () => (await import('./fleet-runs.ts')).stop,
  logs: async () => (await import('./fleet-runs.ts')).logs,
  inspect: async () => (await import('./fleet-runs.ts')).inspectRun,
  export: async () => (await import('./fleet-runs.ts')).exportRun,
  resume: async () => (await import('./fleet-runs.ts')).resume,
};

const flags: readonly CommandFlag[] = [
  jsonFlag,
  { name: 'ingress', value: 'URL', about: 'Where the engine takes runs. [http://127.0.0.1:8080]' },
  { name: 'admin', value: 'URL', about: 'Where the engine answers questions. [http://127.0.0.1:9070]' },
  { name: 'name', value: 'HOST', about: "worker: the host's name. [this machine's]" },
  {
    name: 'listen',
    value: 'ADDRESS',
    about: 'worker: where the engine calls it, such as 127.0.0.1:9081. [127.0.0.1:9081]',
  },
  { name: 'url', value: 'URL', about: 'worker: how the engine reaches it, when that is another address.' },
  {
    name: 'identity-key',
    value: 'KEY',
    about: "worker: the engine's public key; needed to listen beyond this machine.",
  },
  { name: 'boxes', value: 'DIR', about: 'worker: holds a box for each run; may be shared by all hosts. [./boxes]' },
  {
    name: 'minds',
    value: 'NUMBER',
    about: 'worker: thoughts at the same time with a loaded model; fewer where the memory is short. [4]',
  },
  { name: 'agents', value: 'NUMBER', about: 'worker: runs at work at the same time; others wait in the engine. [64]' },
  { name: 'stretch', value: 'NUMBER', about: 'worker: iterations that one invocation does. [5]' },
  {
    name: 'host-lost-ms',
    value: 'NUMBER',
    about: 'worker: silence after which the runs of another host are taken over. [5000]',
  },
  { name: 'keep-days', value: 'NUMBER', about: 'worker: for how long the records of ended runs are kept. [7]' },
  { name: 'host', value: 'HOST', about: 'submit: gives all runs to this host. [the one with the fewest]' },
  { name: 'port', value: 'NUMBER', about: "dev: the first of the engine's three ports. [8080, 9070 for questions]" },
  { name: 'verbose', about: 'dev: shows what the engine says.' },
  { name: 'follow', about: 'logs, export: goes on until the run has ended.' },
];

export const fleet: Command = {
  name: 'fleet',
  usage: 'dev | worker | submit FILE | ls | stop RUN | logs RUN | inspect RUN | export RUN | resume RUN',
  about:
    'Many agents on many hosts: the same chart, kept by an engine (Restate) that goes on with the runs of a host that\n' +
    'has died. dev starts the engine on this machine; worker serves one host; submit gives it goals, one JSON object a\n' +
    'line: {"goal": "…", "settings": {"maxIterations": 20}}. logs and inspect show a run; export writes it as a plain journal,\n' +
    'which every other command reads, and with --follow it stays live there. resume lets a run go on that the engine has given up.\n' +
    'docs/fleet.md says what is needed.',
  settings: settingNames().filter((name) => !['goalFile', 'sandboxDir', 'inspect', 'approve'].includes(name)),
  flags,
  examples: [
    ['gyre fleet dev', 'an engine to try it with'],
    ['gyre fleet worker --name north --boxes ./boxes', 'a host, in another terminal'],
    ['gyre fleet submit goals.jsonl --max-iterations 20', 'its work'],
    ['gyre fleet ls', 'who is where'],
    ['gyre fleet inspect last', 'one of them, live in the browser'],
  ],
  maxWords: 2,
  async run(invocation) {
    const [part, ...words] = invocation.words;
    const load = part !== undefined && Object.hasOwn(parts, part) ? parts[part] : undefined;
    if (load === undefined) {
      throw new AgentError(
        'usage',
        part === undefined ? 'What of the fleet?' : `gyre fleet has no ${JSON.stringify(part)}.`,
        {
          hint: `gyre fleet ${Object.keys(parts).join(' | ')}`,
        },
      );
    }
    return (await load())(invocation, words);
  },
};
