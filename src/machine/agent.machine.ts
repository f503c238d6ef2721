import { agentSetup } from './agent.setup.ts';
import { endings } from './endings.ts';
import type { AgentActors, AgentContext, Outcome, RunStatus, StopCause, Wait, WatchdogLevel } from './types.ts';

/** Raised whenever a state, an event or the meaning of one changes: a journal is replayed only by its own version. */
export const MACHINE_VERSION = 3;

/** How long a person is waited for, in milliseconds. */
const PERSON_TIMEOUT_MS = 600_000;

const onBug = { target: '#agent.stopping', actions: { type: 'decideEnd', params: endings.internal } } as const;

const onStop = {
  target: '#agent.stopping',
  actions: {
    type: 'decideEnd',
    params: ({ event }: { event: { cause: StopCause } }) => ({ status: 'stopped', cause: event.cause }) as const,
  },
} as const;

/** Beside everything that can last: started again with each state, and always for the same moment. */
const awaitDeadline = {
  id: 'awaitDeadline',
  src: 'awaitDeadline',
  input: ({ context }: { context: AgentContext }) => deadlineOf(context),
  onDone: { target: '#agent.stopping', actions: { type: 'decideEnd', params: endings.outOfTime } },
  onError: onBug,
} as const;

/**
 * plan → act → observe → store, and every way out of it. The chart decides and nothing else: it starts actors, reads
 * their answers, counts, and chooses the next state. Its actions are `assign` and `raise` only.
 */
export const agentMachine = agentSetup.createMachine({
  id: 'agent',
  description: 'One run of the agent, from its goal to one of five endings.',
  context: ({ input }) => ({
    ...input,
    iteration: input.before?.iterations ?? 0,
    saved: input.before?.iterations ?? 0,
    failures: 0,
    tokens: input.before?.tokens ?? { evaluated: 0, generated: 0 },
    workingDirectory: input.before?.workingDirectory ?? '',
    answer: null,
    decision: null,
    outcome: null,
    waitUntilMs: null,
    ending: null,
    pauseAsked: false,
    watchdogLevel: 'calm',
  }),
  output: ({ context }) => ({
    ...(context.ending ?? endings.internal),
    iterations: context.saved,
    tokens: context.tokens,
  }),
  initial: 'starting',
  states: {
    starting: {
      description: 'Nothing of the model has run yet.',
      tags: 'busy',
      invoke: awaitDeadline,
      on: {
        'user.stop': onStop,
        'user.pause': { actions: 'notePause', description: 'Honoured after the first iteration.' },
        'user.goOn': {
          actions: 'clearPause',
          description: 'Takes back a pause that was asked for and not yet honoured.',
        },
      },
      initial: 'opening',
      states: {
        opening: {
          description: 'Journal, sandbox and model are being opened, in this order; the first that fails decides.',
          invoke: {
            id: 'openRun',
            src: 'openRun',
            input: ({ context }) => ({ runId: context.runId }),
            onDone: [
              {
                guard: { type: 'isSuccessWithCheck', params: ({ event }) => ({ ok: event.output.ok }) },
                target: 'prechecking',
              },
              {
                guard: { type: 'isSuccess', params: ({ event }) => ({ ok: event.output.ok }) },
                target: '#agent.running',
                actions: 'beginIteration',
              },
              {
                target: '#agent.stopping',
                actions: {
                  type: 'decideEnd',
                  params: ({ event }) => (event.output.ok ? endings.internal : event.output.ending),
                },
              },
            ],
            onError: onBug,
          },
        },
        prechecking: {
          description: 'The check command is tried before any work is done: the goal may be reached already.',
          invoke: {
            id: 'runCheck',
            src: 'runCheck',
            input: ({ context }) => ({ iteration: context.iteration }),
            onDone: [
              {
                guard: { type: 'isPassed', params: ({ event }) => ({ passed: event.output.passed }) },
                target: '#agent.stopping',
                actions: { type: 'decideEnd', params: endings.checkPassed },
              },
              { target: '#agent.running', actions: 'beginIteration' },
            ],
            onError: onBug,
          },
        },
      },
    },

    running: {
      description: 'The loop turns, and the watchdog beside it sees whether it gets anywhere.',
      type: 'parallel',
      invoke: awaitDeadline,
      on: {
        'user.stop': onStop,
        'user.pause': {
          actions: 'notePause',
          description: 'Where a pause would start an actor a second time, it waits for the next judging.',
        },
        'user.goOn': {
          actions: 'clearPause',
          description: 'Takes back a pause that was asked for and not yet honoured.',
        },
      },
      states: {
        here: { type: 'history', history: 'deep', description: 'Where the run was when it was paused.' },

        loop: {
          description: 'One iteration after the other: plan, act, observe, store, rest.',
          initial: 'planning',
          states: {
            planning: {
              description: 'The next decision is being made, and nothing has been done yet in this iteration.',
              tags: 'busy',
              on: {
                'user.pause': {
                  target: '#agent.paused',
                  description: 'A thought that is given up is thought again: harmless.',
                },
              },
              initial: 'reading',
              states: {
                reading: {
                  description: 'What the model will see of the sandbox is being read.',
                  invoke: {
                    id: 'readSurroundings',
                    src: 'readSurroundings',
                    input: ({ context }) => ({
                      iteration: context.iteration,
                      workingDirectory: context.workingDirectory,
                      level: context.watchdogLevel,
                    }),
                    onDone: 'thinking',
                    onError: onBug,
                  },
                },
                thinking: {
                  description: 'The model is writing its decision.',
                  invoke: {
                    id: 'think',
                    src: 'think',
                    input: ({ context }) => ({ iteration: context.iteration, level: context.watchdogLevel }),
                    onDone: [
                      {
                        guard: { type: 'isSuccess', params: ({ event }) => ({ ok: event.output.ok }) },
                        target: 'validating',
                        actions: {
                          type: 'noteAnswer',
                          params: ({ event }) => ({
                            answer: event.output.ok ? event.output.answer : null,
                            tokens: event.output.tokens,
                          }),
                        },
                      },
                      {
                        target: '#agent.running.loop.observing',
                        actions: [
                          {
                            type: 'noteAnswer',
                            params: ({ event }) => ({ answer: null, tokens: event.output.tokens }),
                          },
                          { type: 'noteFailure', params: { code: 'model-error' } },
                        ],
                      },
                    ],
                    onError: onBug,
                  },
                },
                validating: {
                  description:
                    'The validator reads the answer and rules on its command; no command runs without passing here.',
                  invoke: {
                    id: 'validate',
                    src: 'validate',
                    input: ({ context }) => ({ iteration: context.iteration, answer: context.answer ?? '' }),
                    onDone: [
                      {
                        guard: { type: 'isRunAllowedButAsked', params: ({ event }) => event.output },
                        target: '#agent.running.loop.approving',
                        actions: { type: 'noteDecision', params: ({ event }) => event.output },
                      },
                      {
                        guard: { type: 'isRunAllowed', params: ({ event }) => event.output },
                        target: '#agent.running.loop.acting.executing',
                        actions: { type: 'noteDecision', params: ({ event }) => event.output },
                      },
                      {
                        guard: { type: 'isSleep', params: ({ event }) => event.output },
                        target: '#agent.running.loop.acting.sleeping',
                        actions: { type: 'noteDecision', params: ({ event }) => event.output },
                      },
                      {
                        guard: { type: 'isStopToCheck', params: ({ event }) => event.output },
                        target: '#agent.running.loop.acting.checking',
                        actions: { type: 'noteDecision', params: ({ event }) => event.output },
                      },
                      {
                        guard: { type: 'isStop', params: ({ event }) => event.output },
                        target: '#agent.running.loop.observing',
                        actions: [
                          { type: 'noteDecision', params: ({ event }) => event.output },
                          'noteSuccess',
                          { type: 'decideEnd', params: endings.agentStop },
                        ],
                      },
                      {
                        guard: { type: 'isRun', params: ({ event }) => event.output },
                        target: '#agent.running.loop.observing',
                        actions: [
                          { type: 'noteDecision', params: ({ event }) => event.output },
                          { type: 'noteFailure', params: { code: 'command-denied' } },
                        ],
                      },
                      {
                        target: '#agent.running.loop.observing',
                        actions: [
                          { type: 'noteDecision', params: ({ event }) => event.output },
                          { type: 'noteFailure', params: { code: 'malformed-decision' } },
                        ],
                      },
                    ],
                    onError: { ...onBug, description: 'A validator that cannot answer has not said yes.' },
                  },
                },
              },
            },

            approving: {
              description: 'A person is asked whether the command may run; it waits as long as they need.',
              tags: 'needsPerson',
              on: {
                'user.approve': {
                  guard: { type: 'isForThisCommand', params: ({ event }) => ({ iteration: event.iteration }) },
                  target: 'acting.executing',
                },
                'user.deny': {
                  guard: { type: 'isForThisCommand', params: ({ event }) => ({ iteration: event.iteration }) },
                  target: 'observing',
                  actions: { type: 'noteFailure', params: { code: 'command-denied', byPerson: true } },
                },
                'user.pause': '#agent.paused',
              },
            },

            acting: {
              description: 'The decision is being carried out.',
              tags: 'busy',
              initial: 'executing',
              states: {
                executing: {
                  description: 'One command that the validator allowed runs in the jail.',
                  invoke: {
                    id: 'runCommand',
                    src: 'runCommand',
                    input: ({ context }) => ({
                      iteration: context.iteration,
                      command: context.decision?.action === 'RUN' ? context.decision.command : '',
                      workingDirectory: context.workingDirectory,
                    }),
                    onDone: [
                      {
                        guard: { type: 'isCommandToCheck', params: ({ event }) => ({ ok: event.output.ok }) },
                        target: 'checking',
                        actions: {
                          type: 'noteOutcome',
                          params: ({ context, event }) => outcomeOf(context, event.output),
                        },
                      },
                      {
                        guard: { type: 'isSuccess', params: ({ event }) => ({ ok: event.output.ok }) },
                        target: '#agent.running.loop.observing',
                        actions: {
                          type: 'noteOutcome',
                          params: ({ context, event }) => outcomeOf(context, event.output),
                        },
                      },
                      {
                        target: '#agent.stopping',
                        actions: { type: 'replaceEnd', params: endings.journalUnwritable },
                        description: 'What cannot be written down first is not run.',
                      },
                    ],
                    onError: onBug,
                  },
                },
                sleeping: {
                  description: 'The agent waits because it chose to.',
                  invoke: {
                    id: 'sleepUntil',
                    src: 'sleepUntil',
                    input: ({ context }) => sleepOf(context),
                    onDone: { target: '#agent.running.loop.observing', actions: 'noteSuccess' },
                    onError: onBug,
                  },
                  on: { 'user.pause': '#agent.paused' },
                },
                checking: {
                  description: 'The check command says whether the goal is reached.',
                  invoke: {
                    id: 'runCheck',
                    src: 'runCheck',
                    input: ({ context }) => ({ iteration: context.iteration }),
                    onDone: [
                      {
                        guard: {
                          type: 'isPassedAfterCommand',
                          params: ({ event }) => ({ passed: event.output.passed }),
                        },
                        target: '#agent.running.loop.observing',
                        actions: { type: 'decideEnd', params: endings.checkPassed },
                      },
                      {
                        guard: { type: 'isPassed', params: ({ event }) => ({ passed: event.output.passed }) },
                        target: '#agent.running.loop.observing',
                        actions: ['noteSuccess', { type: 'decideEnd', params: endings.checkPassed }],
                      },
                      {
                        guard: 'isAfterCommand',
                        target: '#agent.running.loop.observing',
                        description: 'The command counts as what it was.',
                      },
                      {
                        target: '#agent.running.loop.observing',
                        actions: { type: 'noteFailure', params: { code: 'check-failed' } },
                      },
                    ],
                    onError: onBug,
                  },
                },
              },
            },

            observing: {
              description: 'The outcome is known and is being judged; it is counted on the way out, and nowhere else.',
              tags: 'busy',
              invoke: {
                id: 'observe',
                src: 'observe',
                input: ({ context }) => ({
                  iteration: context.iteration,
                  decision: context.decision,
                  outcome: knownOutcome(context),
                  workingDirectory: context.workingDirectory,
                  level: context.watchdogLevel,
                }),
                onDone: {
                  target: 'storing',
                  actions: [
                    'countOutcome',
                    { type: 'judgeProgress', params: ({ event }) => ({ repeats: event.output.repeats }) },
                  ],
                },
                onError: onBug,
              },
            },

            storing: {
              description: 'The iteration is being made durable; nothing goes on before it is.',
              tags: 'busy',
              invoke: {
                id: 'saveIteration',
                src: 'saveIteration',
                input: ({ context }) => ({
                  iteration: context.iteration,
                  decision: context.decision,
                  outcome: knownOutcome(context),
                  workingDirectory: context.workingDirectory,
                }),
                onDone: [
                  {
                    guard: { type: 'isSuccess', params: ({ event }) => ({ ok: event.output.ok }) },
                    target: 'resting',
                    actions: {
                      type: 'noteSaved',
                      params: ({ event }) => ({ atMs: event.output.ok ? event.output.atMs : 0 }),
                    },
                  },
                  {
                    target: '#agent.stopping',
                    actions: { type: 'replaceEnd', params: endings.journalUnwritable },
                    description: 'A loop that cannot remember must not act.',
                  },
                ],
                onError: {
                  target: '#agent.stopping',
                  actions: { type: 'replaceEnd', params: endings.internal },
                  description: 'What was not saved cannot have been completed.',
                },
              },
            },

            resting: {
              description: 'The iteration is over and durable.',
              initial: 'judging',
              states: {
                judging: {
                  description: 'Whether the run goes on is being decided; the first reason to end it wins.',
                  always: [
                    { guard: 'hasEnding', target: '#agent.stopping' },
                    {
                      guard: 'hasFailedTooOften',
                      target: '#agent.stopping',
                      actions: { type: 'decideEnd', params: endings.tooManyFailures },
                    },
                    { guard: 'isGivingUpWithPerson', target: '#agent.askingPerson' },
                    {
                      guard: 'isGivingUp',
                      target: '#agent.stopping',
                      actions: { type: 'decideEnd', params: endings.stuck },
                    },
                    {
                      guard: 'isOutOfIterations',
                      target: '#agent.stopping',
                      actions: { type: 'decideEnd', params: endings.outOfIterations },
                    },
                    {
                      guard: 'isOutOfTokens',
                      target: '#agent.stopping',
                      actions: { type: 'decideEnd', params: endings.outOfTokens },
                    },
                    { guard: 'isPauseAsked', target: '#agent.paused' },
                    { target: 'waiting' },
                  ],
                },
                waiting: {
                  description: 'The loop interval passes before the next iteration.',
                  invoke: {
                    id: 'awaitRest',
                    src: 'awaitRest',
                    input: ({ context }) => ({ untilMs: context.waitUntilMs, atMostMs: context.loopIntervalMs }),
                    onDone: { target: '#agent.running.loop.planning', actions: 'beginIteration' },
                    onError: onBug,
                  },
                  on: { 'user.pause': '#agent.paused' },
                },
              },
            },
          },
        },

        watchdog: {
          description:
            'How long the loop has been going in circles; it sets a level and leaves acting on it to judging.',
          initial: 'calm',
          on: {
            'progress.judged': {
              guard: { type: 'isMoving', params: ({ event }) => ({ repeats: event.repeats }) },
              target: '.calm',
              actions: { type: 'setWatchdogLevel', params: { level: 'calm' } },
            },
          },
          states: {
            calm: {
              description: 'The loop moves.',
              on: { 'progress.judged': rise('suspicious') },
            },
            suspicious: {
              description: 'Something repeats; nobody is told yet.',
              on: { 'progress.judged': rise('nudged') },
            },
            nudged: {
              description: 'The model is told what repeats.',
              on: { 'progress.judged': rise('diversifying') },
            },
            diversifying: {
              description: 'The model is asked in another way.',
              on: { 'progress.judged': rise('givingUp') },
            },
            givingUp: { description: 'Nothing has helped; judging ends the run or asks a person.' },
          },
        },
      },
    },

    askingPerson: {
      description: 'The agent is stuck and asks the person at the terminal what to do, for ten minutes at most.',
      tags: 'needsPerson',
      invoke: [
        {
          id: 'awaitPerson',
          src: 'awaitPerson',
          input: { untilMs: null, atMostMs: PERSON_TIMEOUT_MS },
          onDone: { target: 'stopping', actions: { type: 'decideEnd', params: endings.stuck } },
          onError: onBug,
        },
        awaitDeadline,
      ],
      on: {
        'user.goOn': {
          target: ['#agent.running.loop.resting.judging', '#agent.running.watchdog.calm'],
          actions: ['clearPause', { type: 'setWatchdogLevel', params: { level: 'calm' } }],
          description: 'Not by history: the watchdog starts anew, and the limits are judged once more.',
        },
        'user.stop': onStop,
      },
    },

    paused: {
      description: 'A person holds the run; no model and no command is at work.',
      tags: 'needsPerson',
      invoke: awaitDeadline,
      on: {
        'user.goOn': { target: 'running.here', actions: 'clearPause' },
        'user.stop': onStop,
      },
    },

    stopping: {
      description: 'The end is decided; whatever is half open is being closed.',
      tags: 'busy',
      invoke: {
        id: 'closeRun',
        src: 'closeRun',
        input: ({ context }) => ({
          iteration: context.iteration,
          saved: context.saved,
          decision: context.decision,
          outcome: context.outcome,
          workingDirectory: context.workingDirectory,
          ending: context.ending ?? endings.internal,
          tokens: context.tokens,
        }),
        onDone: [
          closed('completed'),
          closed('stopped'),
          closed('exhausted'),
          closed('stuck'),
          { target: 'failed', actions: { type: 'noteClosed', params: ({ event }) => ({ saved: event.output.saved }) } },
        ],
        onError: [
          closedBadly('completed'),
          closedBadly('stopped'),
          closedBadly('exhausted'),
          closedBadly('stuck'),
          { target: 'failed' },
        ],
      },
      on: { 'user.stop': { description: 'The end is decided already.' } },
    },

    completed: { type: 'final', tags: 'ended', description: 'The goal is reached, as far as anyone could check.' },
    stopped: { type: 'final', tags: 'ended', description: 'Somebody asked the run to stop.' },
    exhausted: { type: 'final', tags: 'ended', description: 'A limit of iterations, time or tokens was reached.' },
    stuck: { type: 'final', tags: 'ended', description: 'The loop went in circles and nothing helped.' },
    failed: { type: 'final', tags: 'ended', description: 'The run could not go on.' },
  },
});

type Answer<TName extends keyof AgentActors> = AgentActors[TName]['output'];

function deadlineOf({ limits, startedAtMs }: AgentContext): Wait {
  const { maxDurationMs } = limits;
  return { untilMs: maxDurationMs === null ? null : startedAtMs + maxDurationMs, atMostMs: maxDurationMs };
}

function sleepOf({ decision, loopIntervalMs, waitUntilMs }: AgentContext): Wait {
  const sleepMs = decision?.action === 'SLEEP' ? decision.sleepMs : null;
  return { untilMs: waitUntilMs, atMostMs: sleepMs ?? loopIntervalMs };
}

function outcomeOf(context: AgentContext, answer: Answer<'runCommand'>) {
  return answer.ok ? answer : { outcome: knownOutcome(context), workingDirectory: context.workingDirectory };
}

/** Past acting there is always an outcome; if there were none, `interrupted` is the only honest word for it. */
function knownOutcome({ outcome }: AgentContext): Outcome {
  return outcome ?? { kind: 'failure', code: 'interrupted', exitCode: null, truncated: false, durationMs: 0 };
}

/** One level at a time: what a level tries has an iteration to show whether it helps. */
function rise(level: Exclude<WatchdogLevel, 'calm'>) {
  return {
    guard: { type: 'hasRepeated' as const, params: { level } },
    target: level,
    actions: { type: 'setWatchdogLevel' as const, params: { level } },
  };
}

function closed(status: Exclude<RunStatus, 'failed'>) {
  return {
    guard: { type: 'isEnding' as const, params: { status } },
    target: status,
    actions: {
      type: 'noteClosed' as const,
      params: ({ event }: { event: { output: Answer<'closeRun'> } }) => ({ saved: event.output.saved }),
    },
  };
}

function closedBadly(status: Exclude<RunStatus, 'failed'>) {
  return { guard: { type: 'isEnding' as const, params: { status } }, target: status };
}
