/**
 * Reads an answer by the rules of the original: what stands in a closed `<think>` is dropped; the first closed element
 * of each kind counts, its name and the action in any case, white space around its content ignored.
 *
 * @param {string} answer
 * @returns {import('../../dist/machine/types.js').Decision | null} null where the original gives up and sleeps a second:
 *   without an action, and for a RUN without a command
 */
export function parseOriginal(answer) {
  const text = answer.replace(/<think>[\s\S]*?<\/think>\s*/g, '');
  const action = contentOf(text, 'action', 'RUN|SLEEP|STOP')?.toUpperCase();
  const note = contentOf(text, 'note') ?? '';
  if (action === 'STOP') return { action, note };
  if (action === 'SLEEP') return { action, sleepMs: Number(contentOf(text, 'sleepMs', '[0-9]+') ?? 1000), note };
  const command = contentOf(text, 'command');
  return action === 'RUN' && command !== null && command !== '' ? { action, command, note } : null;
}

function contentOf(text, tag, form = '[\\s\\S]*?') {
  return new RegExp(`<${tag}>\\s*(${form})\\s*</${tag}>`, 'i').exec(text)?.[1] ?? null;
}
