/** The entry `gyre/testing`: exploration, proof and tests for any XState 5 machine with invoked actors. */

export type { Effect, Move } from '../machine/pure-driver.ts';
export type { Limits, Patience, Wait } from '../machine/types.ts';
export { openScriptedModel } from '../services/model/scripted.ts';
export { verify } from './agent/verify.ts';
export type { PropertyId, PropertyReport, Refutation, RunShape, VerifyReport } from './agent/verify-report.ts';
export { type CommandedActor, startOnCommand } from './commanded-actor.ts';
export { type Coverage, createCoverage, noteExploration } from './coverage.ts';
export {
  type Configuration,
  type Exploration,
  type ExploreOptions,
  explore,
  isMove,
  pathTo,
  type Remember,
  type Step,
  type TryStep,
} from './explore.ts';
export { always, assertHolds, eventually, type Finding, never, noCircle } from './invariants.ts';
export { coveringPaths, type Path, shortestPaths, simplePaths } from './paths.ts';
export { actorsAliveIn, type PerSnapshot, possibleEvents, timersIn, type World } from './possible-events.ts';
export { checkRandomWalks, type RandomWalkOptions } from './random-walks.ts';
export { type RunPathOptions, runPath } from './run-path.ts';
export { createScriptedClock, type ScriptedClock } from './scripted-clock.ts';
export { openScriptedShell, type ScriptedResult, type ScriptedShell } from './scripted-shell.ts';
export { describeEvent, describeTrace, type TraceLine, type TraceWords } from './trace.ts';
