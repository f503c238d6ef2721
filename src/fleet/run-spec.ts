import { createHash } from 'node:crypto';
import { createRunId, inputOf } from '../agent-input.ts';
import { type Config, restoreSettings, type SettingName, type Settings } from '../config.ts';
import type { AgentInput } from '../machine/types.ts';

/** What a run of the fleet is accepted with, as plain JSON. */
export interface RunSpec {
  /** Of the run, and not of the host that does it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What the chart is started with, but for what the engine adds. */
  readonly input: Omit<AgentInput, 'runId' | 'startedAtMs'>;
}

/** What every host decides for itself. */
const OF_HOST: readonly SettingName[] = ['modelsDir', 'sandboxDir', 'stateDir', 'goalFile', 'inspect'];

/** What a goal with these settings is handed in as. */
export function specOf(goal: string, settings: Settings): RunSpec {
  // Nobody is there to be asked: a fleet runs unattended.
  const whole = inputOf({ runId: '', goal, settings, startedAtMs: 0, isPersonThere: false });
  const { runId: _runId, startedAtMs: _startedAtMs, ...input } = whole;
  const own = Object.entries(settings).filter(([name]) => !OF_HOST.some((ofHost) => ofHost === name));
  return { settings: Object.fromEntries(own), input };
}

/** The settings of a run on one host. */
export function settingsOn(host: Settings, { settings }: RunSpec): Settings {
  const config: Config = { settings: host, given: new Set(OF_HOST), isAutonomyEnabled: true };
  return restoreSettings(settings, config);
}

/**
 * The same goal with the same settings has the same id, so that what is handed in twice is accepted once.
 * @param copy from 0; another one is another run of the same goal
 */
export function runIdOf(spec: RunSpec, copy: number): string {
  return createRunId(
    createHash('sha256')
      .update(JSON.stringify([spec, copy]))
      .digest(),
  );
}
