/** The name of the original's file. It is not part of gyre; whoever compares has it at hand. */
export const ORIGINAL_FILE = 'autonomous_agent.py';

/**
 * Takes the prompt out of the original's own source, so that it is compared as it is. Its task, a numbered list under
 * `## Your Task`, is replaced by the goal; nothing else is changed.
 *
 * @param {string} source
 * @returns {(parts: PromptParts) => string}
 * @throws {Error} when there is no such prompt in it
 *
 * @typedef {object} PromptParts
 * @property {string} goal
 * @property {string} sandboxDir
 * @property {string} currentDir
 * @property {string} listing
 * @property {readonly Step[]} steps of the run, oldest first, as many as memory holds
 * @property {readonly string[]} commands all that the shell has run, oldest first
 *
 * @typedef {object} Step
 * @property {number} number
 * @property {string} action
 * @property {string} [command]
 * @property {{ exitCode: number | null, stdout: string }} [result]
 */
export function readOriginalPrompt(source) {
  const template = /\ndef build_prompt\([\s\S]*?\breturn f"""([\s\S]*?)"""/.exec(source)?.[1];
  const task = template && /(\n## Your Task\n[^\n]*\n)(?:\d+\. [^\n]*\n)+/;
  if (!template || !task.test(template)) throw new Error(`it is not the original's ${ORIGINAL_FILE}`);
  const withGoal = template.replace(task, '$1{goal}\n');
  return (parts) => withGoal.replace(/\{([^{}]*)\}/g, (_, expression) => textFor(expression, parts));
}

function textFor(expression, { goal, sandboxDir, currentDir, listing, steps, commands }) {
  const emptyListing = /^dir_listing or "(.*)"$/.exec(expression)?.[1];
  if (emptyListing !== undefined) return listing || emptyListing;
  switch (expression) {
    case 'goal':
      return goal;
    case 'config.sandbox_dir':
      return sandboxDir;
    case 'current_dir':
      return currentDir;
    case 'memory_context':
      return steps.map(renderStep).join('\n') || '(no previous iterations)';
    case 'history_context':
      return commands.length === 0
        ? '(no shell history yet)'
        : commands
            .slice(-SHOWN_COMMANDS)
            .map((command) => `$ ${command}`)
            .join('\n');
    default:
      throw new Error(`the original's prompt has a part that is not known: {${expression}}`);
  }
}

const SHOWN_COMMANDS = 5;
const SHOWN_OUTPUT = 100;

function renderStep({ number, action, command, result }) {
  const decision = command ? `${action}: ${command}` : action;
  const came = result ? `exit=${result.exitCode ?? 'None'}, ${firstOf(result.stdout, SHOWN_OUTPUT)}` : 'no result';
  return `[Step ${number}] ${decision} → ${came}`;
}

/** The first characters of a text, as Python counts them. */
export function firstOf(text, count) {
  return [...text.slice(0, 2 * count)].slice(0, count).join('');
}
