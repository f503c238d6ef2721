import type { Command } from './command.ts';

/** A command by name, and how to get it: what one command needs is not loaded for another. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every command, in the order of `gyre --help`. */
export const commands: readonly CommandEntry[] = [
  { name: 'run', summary: 'starts a run and shows it live', load: async () => (await import('./run.ts')).run },
  { name: 'runs', summary: 'lists runs, or shows one', load: async () => (await import('./runs.ts')).runs },
  {
    name: 'resume',
    summary: 'goes on with a run that was interrupted or has ended',
    load: async () => (await import('./resume.ts')).resume,
  },
  { name: 'stop', summary: 'ends a live run', load: async () => (await import('./orders.ts')).stop },
  { name: 'pause', summary: 'holds a live run', load: async () => (await import('./orders.ts')).pause },
  { name: 'go-on', summary: 'lets a paused run go on', load: async () => (await import('./orders.ts')).goOn },
  { name: 'say', summary: 'tells a live run something', load: async () => (await import('./orders.ts')).say },
  {
    name: 'why',
    summary: 'tells why a run ended, or how one of its iterations went',
    load: async () => (await import('./why.ts')).why,
  },
  {
    name: 'inspect',
    summary: 'shows a live run, or one that has ended, in the browser',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    name: 'replay',
    summary: "drives the chart through a run's journal again, and compares",
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'verify',
    summary: 'proves what the statechart promises',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'exec',
    summary: 'runs one command through policy and jail',
    load: async () => (await import('./exec.ts')).exec,
  },
  {
    name: 'doctor',
    summary: 'says what works on this machine',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'models',
    summary: 'lists, fetches and removes models',
    load: async () => (await import('./models.ts')).models,
  },
  {
    name: 'fleet',
    summary: 'many agents on many hosts',
    load: async () => (await import('./fleet.ts')).fleet,
  },
  { name: 'chart', summary: 'prints the statechart', load: async () => (await import('./chart.ts')).chart },
];
