import type { AgentServices } from './agent-run.ts';
import type { Settings } from './config.ts';
import type { ChooseDemonstrations } from './services/model/demonstrations.ts';
import { type OpenModelOptions, openModel } from './services/model/open-model.ts';
import { openShell, type ShellOptions } from './services/shell/open-shell.ts';
import { createProgramList } from './services/validator/programs.ts';
import { createValidator, type Validator } from './services/validator/validator.ts';

/** The real services, as the settings ask for them. Nothing is opened yet. */
export function createServices(options: {
  readonly settings: Settings;
  readonly goal: string;
  /** A real path that `checkBox` has accepted. */
  readonly boxDir: string;
  /** Relative names of models start here. */
  readonly workingDir: string;
  /** What the model is shown before the run's own turns. Default: from the bank of gyre, and none with an adapter. */
  readonly demonstrations?: ChooseDemonstrations;
}): AgentServices {
  const { settings, goal, boxDir, workingDir, demonstrations } = options;
  return {
    validator: validatorOf(settings, boxDir),
    openShell: (onNotice) => openShell({ ...shellOptionsOf(settings), boxDir, onNotice }),
    openModel: (onFraction, signal) =>
      openModel({
        ...modelOptionsOf({ settings, goal, workingDir }),
        onFraction,
        signal,
        ...(demonstrations === undefined ? {} : { demonstrations }),
      }),
  };
}

/** How the settings ask for the model to be opened. */
export function modelOptionsOf({
  settings,
  goal,
  workingDir,
}: Pick<Parameters<typeof createServices>[0], 'settings' | 'goal' | 'workingDir'>): Omit<
  OpenModelOptions,
  'onFraction' | 'signal'
> {
  const { maxIterations, check } = settings;
  return { ...settings, goal, workingDir, hasBudget: maxIterations !== null, hasCheck: check !== null };
}

/** How the settings ask for the shell to be opened. */
export function shellOptionsOf(settings: Settings): Pick<ShellOptions, 'kind' | 'stateDir' | 'isDenied'> {
  const findDenied = createProgramList(settings);
  return { kind: settings.sandbox, stateDir: settings.stateDir, isDenied: (program) => findDenied(program) !== null };
}

/** The policy that the settings ask for. */
export function validatorOf({ allow, deny, sandbox }: Settings, boxDir: string): Validator {
  // Without a jail paths are what they are on this machine.
  return createValidator({ allow, deny, ...(sandbox === 'none' ? { box: boxDir } : {}) });
}
