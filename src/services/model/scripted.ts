import type { Model, Thought } from './model.ts';

/**
 * A model that reads its answers from a script: iteration N takes answer N, whenever it is asked. When they are used
 * up, a thought is `ok: false`. `file` is only named in the description; `text` is the script.
 */
export function openScriptedModel(file: string, text: string): Model {
  const answers = splitScript(text);
  return {
    description: { name: 'script', file, summary: 'script (no model is thinking)' },
    think: async ({ iteration }, { signal, onText }) => {
      if (signal.aborted) return failure('The thought was given up.');
      const answer = answers[iteration - 1];
      if (answer === undefined) return failure(describeEnd(answers.length, iteration));
      onText(answer);
      return { ok: true, answer, tokens: { evaluated: 0, generated: Math.ceil(Buffer.byteLength(answer) / 4) } };
    },
    close: async () => {},
  };
}

/**
 * Splits a script at lines of exactly `---`. The line end before such a line belongs to it, and so does the one at the
 * end of the file; everything else is the answer's. Line ends may be LF or CRLF.
 */
export function splitScript(text: string): readonly string[] {
  const answers: string[] = [];
  let lines: string[] = [];
  for (const line of text.split(/(?<=\n)/)) {
    if (withoutLineEnd(line) === '---') {
      answers.push(withoutLineEnd(lines.join('')));
      lines = [];
    } else {
      lines.push(line);
    }
  }
  const rest = lines.join('');
  return rest === '' ? answers : [...answers, withoutLineEnd(rest)];
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function describeEnd(count: number, iteration: number): string {
  return `The script has ${count} ${count === 1 ? 'answer' : 'answers'}, and iteration ${iteration} asks for one more.`;
}

function failure(message: string): Thought {
  return { ok: false, message, tokens: { evaluated: 0, generated: 0 } };
}
