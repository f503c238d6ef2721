import { openBare } from './bare.mjs';
import { figureOf, median, spread } from './figures.mjs';
import { DEFAULTS, openMind, thinkWell } from './mind.mjs';
import { listTurns, readTrace, requestAt } from './reference-trace.mjs';
import { DEMONSTRATIONS } from './request.mjs';

const ITERATIONS = 8;

/**
 * A thought of ours beside one as the original has it, at the same iterations of the trace: a prompt that begins with the
 * listing, read as plain text from where it differs from the one before, and an answer that is sampled up to
 * `</note>` or 512 tokens. Both have our settings of the library, which are faster than the original's.
 */
export async function measureOriginal({ found, say }) {
  const trace = readTrace();
  const turns = listTurns(trace);
  const bare = await openBare(found);
  const mind = await openMind(found, trace.goal, { demonstrationCount: DEMONSTRATIONS });
  const rows = [];
  try {
    for (let index = 0; index < ITERATIONS; index += 1) {
      const ours = await thinkWell(mind, requestAt(trace, turns, index));
      const original = await answerAsOriginal(bare, writeOriginalPrompt(trace.goal, turns, index), index);
      rows.push({ ours: ours.ms, original: original.ms });
      say(
        `original ${index + 1}/${ITERATIONS}: ours ${ours.ms.toFixed(0)} ms (${describe(ours.tokens)}), original's ${original.ms.toFixed(0)} ms (${describe(original.tokens)})`,
      );
    }
  } finally {
    await mind.close();
    await bare.close();
  }
  const [ours, original] = [median(rows.map((row) => row.ours)), median(rows.map((row) => row.original))];
  const each = rows.map((row) => row.ours / row.original);
  const measured = `${(ours / original).toFixed(3)} (${spread(each)})`;
  return [
    figureOf('original', "iteration ÷ the original's", ours / original, measured, { text: '≤ 0.25', atMost: 0.25 }),
    figureOf(
      'original',
      "… milliseconds, ours and the original's",
      ours,
      `${ours.toFixed(0)} and ${original.toFixed(0)}`,
    ),
  ];
}

function describe({ evaluated, generated }) {
  return `${evaluated} + ${generated} tokens`;
}

async function answerAsOriginal({ model, sequence, writer, detokenize }, prompt, index) {
  const startedAt = performance.now();
  // It lets special tokens be read out of the whole text, and reads a prompt in one piece.
  const begin = model.tokens.shouldPrependBosToken && model.tokens.bos !== null ? [model.tokens.bos] : [];
  const tokens = [...begin, ...model.tokenize(prompt, true)];
  await sequence.adaptStateToTokens(tokens.slice(0, -1), false);
  const evaluated = tokens.length - sequence.nextTokenIndex;
  await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(sequence.nextTokenIndex, -1));
  const answer = [];
  for await (const token of writer.generate(tokens.at(-1), { seed: DEFAULTS.seed + index })) {
    if (model.isEogToken(token)) break;
    answer.push(token);
    if (answer.length === DEFAULTS.maxTokens || detokenize(answer.slice(-12)).includes('</note>')) break;
  }
  return { ms: performance.now() - startedAt, tokens: { evaluated, generated: answer.length } };
}

/** The original's prompt in its order and of its length, in words of our own. Its task is replaced by the goal. */
function writeOriginalPrompt(goal, turns, index) {
  const { files } = turns[index].surroundings;
  const past = turns.slice(Math.max(0, index - DEFAULTS.memoryContextSize), index);
  const steps = past.map(({ decision }, offset) => {
    const step = index - past.length + offset;
    const { exitCode = null, stdout = '' } = resultAfter(turns, step);
    const what = decision.command === undefined ? decision.action : `${decision.action}: ${decision.command}`;
    return `[Step ${step + 1}] ${what} → ${exitCode === null ? 'no result' : `exit=${exitCode}, ${stdout.slice(0, 100)}`}`;
  });
  const commands = turns.slice(0, index).flatMap(({ decision }) => decision.command ?? []);
  return `You are an agent that works on its own inside of one directory.

## Where you are
- Directory of the sandbox: /work/sandbox
- Directory that you are in: /work/sandbox
- Its files:
${listAsLs(files)}

## What you can do
- Run commands of the shell (ls, cat, echo, touch, mkdir, cp, mv, grep, find, head, tail, wc, sort, uniq, date)
- You MUST NOT run: programs of the network, interpreters (python, node), control of processes (kill), the system's own
- All work on files stays inside of the sandbox directory

## Memory of the last steps
${steps.join('\n') || '(no steps so far)'}

## Commands of the last steps
${
  commands
    .slice(-5)
    .map((command) => `$ ${command}`)
    .join('\n') || '(no commands so far)'
}

## Your task
${goal}

Think about what would be the most useful thing to do next, then write down your decision.

## Form of the answer
Answer with EXACTLY one of these XML structures:

For running a command:
<action>RUN</action>
<command>the shell command goes here</command>
<note>short explanation of what it is for</note>

For sleeping or waiting:
<action>SLEEP</action>
<sleepMs>how many milliseconds to sleep</sleepMs>
<note>what you are waiting for</note>

For stopping the agent:
<action>STOP</action>
<note>why you stop now</note>

IMPORTANT: Write ONLY the XML tags. Nothing else before or behind them.`;
}

function resultAfter(turns, step) {
  const { outcome, output } = turns[step + 1]?.surroundings.last ?? {};
  return { exitCode: outcome?.exitCode ?? null, stdout: output?.stdout ?? '' };
}

/** A listing as `ls -la` prints it, cut where the original cuts it. */
function listAsLs(files) {
  const lines = [
    `total ${4 * files.length}`,
    ...['.', '..', ...files].map((name) => {
      const mode = /^\.|\/$/.test(name) ? 'drwxr-xr-x 3' : '-rw-r--r-- 1';
      return `${mode} user user ${String(200 + 37 * name.length).padStart(5)} Mar 14 09:20 ${name.replace(/\/$/, '')}`;
    }),
  ];
  return lines.join('\n').slice(0, 1000);
}
