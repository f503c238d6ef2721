import { archives } from './demonstrations/archives.ts';
import { changing } from './demonstrations/changing.ts';
import { columns } from './demonstrations/columns.ts';
import { combining } from './demonstrations/combining.ts';
import { counting } from './demonstrations/counting.ts';
import { endings } from './demonstrations/endings.ts';
import { finding } from './demonstrations/finding.ts';
import { general } from './demonstrations/general.ts';
import { lookingFirst } from './demonstrations/looking-first.ts';
import { moving } from './demonstrations/moving.ts';
import { refusals } from './demonstrations/refusals.ts';
import type { Scene } from './demonstrations/scene.ts';
import { setbacks } from './demonstrations/setbacks.ts';
import { severalSteps } from './demonstrations/several-steps.ts';
import { showing } from './demonstrations/showing.ts';
import { waiting } from './demonstrations/waiting.ts';
import { writing } from './demonstrations/writing.ts';

export type { Failure, Scene, Step } from './demonstrations/scene.ts';

/**
 * All demonstrated scenes. Where two fit a goal equally well, the earlier one is taken: hence the most general ones
 * first, and last those that end without a command.
 */
export const SCENES: readonly Scene[] = [
  ...general,
  ...writing,
  ...counting,
  ...showing,
  ...finding,
  ...moving,
  ...changing,
  ...columns,
  ...combining,
  ...archives,
  ...severalSteps,
  ...lookingFirst,
  ...setbacks,
  ...refusals,
  ...waiting,
  ...endings,
];
