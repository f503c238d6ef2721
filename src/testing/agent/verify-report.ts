import type { AgentInput } from '../../machine/types.ts';
import type { TraceLine } from '../trace.ts';

/** How a run is meant, as far as the chart can tell runs apart. Whether a person is there is tried both ways. */
export type RunShape = Pick<AgentInput, 'limits' | 'patience' | 'hasCheck' | 'checkEach' | 'approve'>;

export type PropertyId =
  | 'P1'
  | 'P2'
  | 'P3'
  | 'states'
  | 'transitions'
  | 'events'
  | 'pause'
  | 'actors'
  | 'endings'
  | 'counts';

export interface PropertyReport {
  readonly id: PropertyId;
  /** One sentence. */
  readonly promise: string;
  readonly verdict: 'proved' | 'refuted';
  /** How many configurations it was judged on. */
  readonly configurations: number;
  readonly seconds: number;
  /** With `refuted`: what is wrong, and the shortest way there. */
  readonly refutation: Refutation | null;
}

export interface Refutation {
  readonly reason: string;
  /** Limits and wishes of a run that goes this way. */
  readonly run: string;
  /** False: the way exists only because counters are abstracted, and no run goes it. */
  readonly isReal: boolean;
  /** Empty when the chart as a whole is at fault and no way leads there. */
  readonly trace: readonly TraceLine[];
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly machineVersion: number;
  readonly properties: readonly PropertyReport[];
  /** The most events of a run that nobody pauses. Null without a limit of iterations, or when P2 is refuted. */
  readonly longestRun: number | null;
  /** Of all explorations together. */
  readonly configurations: number;
  readonly steps: number;
  readonly seconds: number;
}
