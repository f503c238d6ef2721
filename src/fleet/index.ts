/** The entry `gyre/fleet`: many agents on many hosts, on Restate. It needs the optional peers that docs/fleet.md names. */

export {
  createFleetClient,
  DEFAULT_ENGINE,
  type Deployment,
  type EngineAddress,
  type FleetClient,
  type FleetRun,
  type PausedInvocation,
} from './client.ts';
export { type EngineOptions, type EnginePorts, type RunningEngine, startEngine } from './engine.ts';
export { followRun, type Mirror, openMirror } from './mirror.ts';
export type { RunStatus } from './names.ts';
export { type RunSpec, runIdOf, specOf } from './run-spec.ts';
export type { FleetOrder } from './steps.ts';
export { startWorker, type Worker, type WorkerOptions } from './worker.ts';
