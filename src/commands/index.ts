import { chart } from './chart.ts';
import type { Command } from './command.ts';
import { doctor } from './doctor.ts';
import { exec } from './exec.ts';
import { models } from './models.ts';
import { run } from './run.ts';
import { runs } from './runs.ts';

/** Every command, in the order of `gyre --help`. */
export const commands: readonly Command[] = [run, runs, exec, doctor, models, chart];
