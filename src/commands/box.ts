import { stat } from 'node:fs/promises';

import { settingsError } from '../config.ts';
import { AgentError } from '../errors.ts';
import { checkBox, isWithin } from '../services/box/check-box.ts';
import type { Invocation } from './command.ts';

/**
 * The box of this invocation, made when it is the default one and missing.
 * @throws AgentError `sandbox-dir` with the reason why it is refused
 */
export async function boxOf({ config, configDirs, io }: Invocation): Promise<string> {
  const { settings, given } = config;
  const checked = await checkBox({
    dir: settings.sandboxDir,
    isNamed: given.has('sandboxDir'),
    homeDir: io.homeDir,
    keepOut: [
      { what: 'the state directory', dir: settings.stateDir, isClosed: true },
      { what: 'the models directory', dir: settings.modelsDir },
      ...configDirs.map((dir) => ({ what: 'the settings file', dir })),
    ],
  });
  if (checked.ok) return checked.dir;
  throw new AgentError('sandbox-dir', checked.problem, { hint: 'Name another directory with --sandbox-dir.' });
}

/** @throws AgentError `settings` when the check's directory cannot be what it is for */
export async function checkCheckDir({ config }: Invocation, boxDir: string): Promise<void> {
  const { checkDir } = config.settings;
  if (checkDir === null) return;
  const stats = await stat(checkDir).catch(() => null);
  if (!stats?.isDirectory()) throw settingsError([`--check-dir: there is no directory ${checkDir}`]);
  if (isWithin(checkDir, boxDir)) {
    throw settingsError([`--check-dir: ${checkDir} lies in the box, where the agent could change it`]);
  }
}

/** @throws AgentError `settings` when nobody is there to say yes */
export function checkApproval({ config, io }: Invocation): void {
  const { approve, sandbox } = config.settings;
  if (io.keyboard || (!approve && sandbox !== 'none')) return;
  const why = sandbox === 'none' ? '--sandbox none: asks before each command' : '--approve: asks before each command';
  throw settingsError([`${why}, and there is no terminal to ask at`]);
}
