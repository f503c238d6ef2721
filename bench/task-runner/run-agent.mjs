import { createAgent } from '../../dist/agent.js';
import { chooseDemonstrations } from '../../dist/services/model/demonstrations.js';
import { isCopiedUnfitting } from '../../dist/services/model/second-thought.js';

/** As many as gyre shows by itself. */
const DEMONSTRATIONS = 6;
/** Of an answer that could not be read, and of what a command printed: enough to see what happened. */
const MAX_KEPT = 400;

/**
 * One run of the agent, and what there is to say of it.
 *
 * @throws when something broke that is no fault of the model's: such a run says nothing, and must not be kept
 * @param {import('./options.mjs').Options} options
 * @param {{ goal: string, settings: object, boxDir: string, services: object, signal: AbortSignal }} run
 */
export async function runAgent({ prompt, demonstrations: count }, { goal, settings, boxDir, services, signal }) {
  const shown = prompt === 'original' ? [] : chooseDemonstrations(goal, count ?? DEMONSTRATIONS);
  const lines = [];
  const thoughts = [];
  const startedAt = performance.now();
  let openedAt = startedAt;
  const agent = createAgent({
    goal,
    settings,
    boxDir,
    isAutonomyEnabled: true,
    isPersonThere: false,
    services: {
      ...services,
      async openModel(onFraction, openSignal) {
        const model = watched(await services.openModel(onFraction, openSignal), thoughts);
        openedAt = performance.now();
        return model;
      },
    },
    onLine: (line) => lines.push(line),
  });
  const stop = () => agent.stop();
  signal.addEventListener('abort', stop, { once: true });
  const ended = await agent.run();
  signal.removeEventListener('abort', stop);
  const { problem } = lines.at(-1);
  if (problem !== null) throw new Error([problem.message, problem.hint].filter(Boolean).join(' '));
  const decisions = thoughts.map((thought) => describe(thought, { lines, shown }));
  const howMany = (test) => decisions.filter(test).length;
  return {
    status: ended.status,
    cause: ended.cause,
    iterations: ended.iterations,
    decided: howMany(({ action }) => action !== undefined),
    malformed: howMany(({ code }) => code === 'malformed-decision'),
    modelErrors: howMany(({ code }) => code === 'model-error'),
    denied: howMany(({ code }) => code === 'command-denied'),
    setbacks: howMany(({ kind }) => kind === 'setback'),
    copied: howMany(({ isCopied }) => isCopied === true),
    tokens: ended.tokens,
    seconds: rounded((performance.now() - startedAt) / 1000),
    opening: rounded((openedAt - startedAt) / 1000),
    thinking: rounded(thoughts.reduce((sum, { seconds }) => sum + seconds, 0)),
    decisions,
  };
}

/** The same model; each thought is kept with its question and its time. */
function watched(model, thoughts) {
  return {
    ...model,
    async think(request, options) {
      const startedAt = performance.now();
      const thought = await model.think(request, options);
      thoughts.push({ request, thought, seconds: (performance.now() - startedAt) / 1000 });
      return thought;
    },
  };
}

function describe({ request, thought, seconds }, { lines, shown }) {
  const { iteration } = request;
  const of = (type) => lines.find((line) => line.type === type && line.iteration === iteration);
  const made = of('decision.made');
  const saved = of('iteration.saved');
  const command = made?.command;
  const isCopied = command !== undefined && isCopiedUnfitting(command, request, shown);
  return {
    iteration,
    ...(made && { action: made.action }),
    ...(command !== undefined && { command }),
    ...(made?.sleepMs !== undefined && { sleepMs: made.sleepMs }),
    ...(made && { note: made.note }),
    ...(made?.rule !== undefined && { rule: made.rule }),
    ...(isCopied && { isCopied }),
    ...outcomeOf(saved),
    ...(made === undefined && { answer: cut(thought.ok ? thought.answer : thought.message) }),
    seconds: rounded(seconds),
    tokens: thought.tokens,
  };
}

function outcomeOf(saved) {
  if (saved === undefined) return {};
  const { kind, code, exitCode, stdout, stderr } = saved.outcome;
  return {
    kind,
    ...(code !== undefined && { code }),
    exitCode,
    ...(stdout !== '' && { stdout: cut(stdout) }),
    ...(stderr !== '' && { stderr: cut(stderr) }),
  };
}

function cut(text) {
  return text.length <= MAX_KEPT ? text : `${text.slice(0, MAX_KEPT)}…`;
}

function rounded(seconds) {
  return Math.round(seconds * 100) / 100;
}
