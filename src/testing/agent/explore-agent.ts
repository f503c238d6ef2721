import { agentMachine } from '../../machine/agent.machine.ts';
import type { AgentInput } from '../../machine/types.ts';
import { type ExploreOptions, explore } from '../explore.ts';
import { abstractCounters } from './abstraction.ts';
import { type Answers, answersFor, eventsOfPeople } from './answers.ts';
import type { ActorName, AgentExploration, AgentMachine, AgentSnapshot, ChartEvent } from './chart-events.ts';
import { emptyMemory, rememberStep, type WayMemory } from './way-memory.ts';

export interface ExploreAgentOptions {
  readonly input: AgentInput;
  /** Default: the chart that every run is driven by. */
  readonly machine?: AgentMachine;
  /** Default: one for each branch. */
  readonly answers?: Answers;
  /** Counters as they are, and not as `abstractCounters` has them: for runs with small limits. */
  readonly isExact?: boolean;
  readonly stopAt?: ExploreOptions<AgentSnapshot, ChartEvent, WayMemory>['stopAt'];
  readonly atMost?: number;
}

/** Every configuration that a run with this input can reach, whatever actors answer and people send. */
export function exploreAgent({
  input,
  machine = agentMachine,
  answers = answersFor(input),
  isExact = false,
  stopAt,
  atMost = 100_000,
}: ExploreAgentOptions): AgentExploration {
  return explore<AgentMachine, ChartEvent, WayMemory>(machine, {
    input,
    answers,
    // Every actor can have a bug, also one that never answers.
    rejecting: Object.keys(answers) as ActorName[],
    events: (snapshot: AgentSnapshot) => eventsOfPeople(snapshot),
    remember: { start: emptyMemory, after: rememberStep },
    ...(isExact ? {} : { abstract: abstractCounters(input) }),
    ...(stopAt === undefined ? {} : { stopAt }),
    atMost,
  });
}
