import type { BoxChanges, Decision } from '../../machine/types.ts';
import { describeChanges } from '../../protocol/box-changes.ts';
import { reasonOf } from '../../terminal/reasons.ts';
import { make, setText, withAttributes } from './dom.ts';
import { type Facts, factsAt } from './facts.ts';
import type { History, StretchLook } from './history.ts';
import type { View } from './store.ts';
import { oneLine, shown } from './text.ts';
import { count, describeOutcome, describeProblem, duration, grouped, looks, type Words } from './words.ts';

/** What the agent thinks, does and sees in the iteration that is looked at. */
export interface IterationView {
  readonly element: HTMLElement;
  show(view: View, words: Words): void;
}

export function createIterationView(): IterationView {
  const title = make('h2', 'pane-title', 'Iteration');
  const chip = make('span', 'chip');
  const metrics = createMetrics();
  const ending = createEnding();
  const written = createWritten();
  const parts = {
    ending: createPart('End of the run', ending.element),
    story: createPart('Meanwhile', make('div', 'prose')),
    decision: createPart('Decision', written.element),
    before: createPart('The iteration before', make('div', 'prose')),
    output: createPart('Output', make('pre', 'code output')),
    errors: createPart('Errors', make('pre', 'code output')),
    message: createPart('What the agent is told', make('div', 'prose')),
    changes: createPart('Changed in the box so far', make('div', 'prose files')),
    files: createPart('What it saw of the directory', make('div', 'prose files')),
  };
  const body = make('div', 'pane-body', ...Object.values(parts).map(({ element }) => element));
  withAttributes(body, { tabindex: '0', role: 'group', 'aria-label': 'What happens in this iteration' });
  const head = make('div', 'pane-head', title, chip);
  const element = withAttributes(make('section', 'pane iteration', head, metrics.element, body), {
    'aria-label': 'Iteration',
  });
  let shownIteration = -1;

  return {
    element,
    show({ history, cursor, isFollowing, writing, hello }, words) {
      const facts = factsAt(history, cursor);
      const limit = hello?.limits.maxIterations ?? null;
      setText(
        title,
        facts.iteration === 0
          ? 'Before the first iteration'
          : `Iteration ${facts.iteration}${limit === null ? '' : ` of ${limit}`}`,
      );
      showChip(chip, lookAt(facts), facts);
      metrics.show(facts);

      const isWriting =
        isFollowing && writing !== null && writing.iteration === facts.iteration && facts.decision === null;
      written.show(facts, isWriting ? writing.text : null);
      parts.decision.setVisible(facts.iteration > 0);
      parts.ending.setVisible(facts.ended !== null);
      ending.show(facts);
      parts.story.fill(storyOf(facts));
      parts.decision.setNote(facts.workingDirectory ? `in ${oneLine(facts.workingDirectory)}` : '');
      const isRunning = facts.verdict?.kind === 'allow' && facts.outcome === null;
      const output = facts.saved?.output ?? { stdout: isRunning ? 'running…' : '', stderr: '' };
      parts.before.fill(facts.saved === null ? beforeOf(history, cursor, words) : '');
      parts.output.fill(shown(output.stdout.replace(/\n+$/, '')));
      parts.errors.fill(shown(output.stderr.replace(/\n+$/, '')));
      parts.output.setNote(facts.saved?.outcome.truncated ? 'cut' : '');
      parts.message.fill(shown([facts.saved?.message, facts.saved?.nudge].filter((text) => text).join('\n')));
      parts.changes.fill(facts.saved === null ? '' : changesOf(facts.saved.changes));
      parts.files.fill(filesOf(facts));
      if (shownIteration !== facts.iteration) body.scrollTop = 0;
      shownIteration = facts.iteration;
    },
  };
}

// ---- Parts ---------------------------------------------------------------------------------------------------------

/** A heading with what stands below it. It is there only when there is something. */
function createPart(heading: string, content: HTMLElement) {
  const note = make('span', 'part-note');
  const element = make('section', 'part', make('h3', 'part-title', heading, note), content);
  element.hidden = true;
  const setVisible = (isVisible: boolean) => {
    element.hidden = !isVisible;
  };
  return {
    element,
    setVisible,
    setNote: (text: string) => setText(note, text),
    fill(text: string) {
      setVisible(text !== '');
      setText(content, text);
    },
  };
}

function lookAt({ saved, iteration, ended }: Facts): StretchLook {
  if (saved === null) return iteration === 0 || ended !== null ? 'none' : 'under-way';
  if (saved.outcome.kind !== 'ok') return saved.outcome.kind;
  if (saved.decision?.action === 'SLEEP') return 'sleep';
  return saved.decision?.action === 'STOP' ? 'stop' : 'ok';
}

function showChip(chip: HTMLElement, look: StretchLook, { outcome }: Facts) {
  const { sign, word } = looks[look];
  const details = outcome === null ? '' : describeOutcome(outcome);
  chip.className = `chip ${look}`;
  setText(chip, look === 'none' ? '' : `${sign} ${word}${details === '' || details === word ? '' : ` · ${details}`}`);
}

/** In fixed places, so that nothing moves when a number comes to be known. */
function createMetrics() {
  const names = ['prompt', 'reused', 'generated', 'tokens/s', 'took'] as const;
  const explanations = {
    prompt: 'Size of the prompt in tokens',
    reused: 'How much of the prompt was there already from the iteration before',
    generated: 'Tokens that the model wrote',
    'tokens/s': 'Tokens that the model wrote, per second',
    took: 'From the beginning of the iteration until it was saved',
  } as const;
  const values = new Map(names.map((name) => [name, make('dd', 'metric-value', '–')]));
  const rows = names.map((name) => {
    const row = make('div', 'metric', make('dt', 'metric-name', name), values.get(name) ?? '');
    row.title = explanations[name];
    return row;
  });
  const set = (name: (typeof names)[number], text: string | null) => {
    const value = values.get(name);
    if (value !== undefined) setText(value, text ?? '–');
  };
  return {
    element: make('dl', 'metrics', ...rows),
    show({ effort: { promptTokens, evaluated, generated, tokensPerSecond, durationMs } }: Facts) {
      const reused = promptTokens && evaluated !== null ? Math.max(0, 1 - evaluated / promptTokens) : null;
      set('prompt', promptTokens === null ? null : grouped(promptTokens));
      set('reused', reused === null ? null : `${Math.round(reused * 100)} %`);
      set('generated', generated === null ? null : grouped(generated));
      set('tokens/s', tokensPerSecond === null ? null : tokensPerSecond.toFixed(1));
      set('took', durationMs === null ? null : duration(durationMs));
    },
  };
}

function createEnding() {
  const status = make('strong', 'ending-status');
  const facts = make('div', 'prose');
  const element = make('div', 'ending', status, facts);
  return {
    element,
    show({ ended }: Facts) {
      if (ended === null) return;
      const { status: word, cause, iterations, durationMs, tokens, changes, problem } = ended;
      element.dataset['status'] = word;
      setText(status, `${oneLine(word)}: ${oneLine(reasonOf(cause))}`);
      const lines = [
        `${count(iterations, 'iteration')} in ${duration(durationMs)}, ${count(tokens.evaluated + tokens.generated, 'token')}`,
        `In the box: ${describeChanges(changes, 'nothing')}`,
        problem === null ? '' : describeProblem(problem),
      ];
      setText(facts, shown(lines.filter((line) => line !== '').join('\n')));
    },
  };
}

/** The decision: as it is being written, as it was written, and what it says. */
function createWritten() {
  const action = make('span', 'action');
  const note = make('span', 'note');
  const verdict = make('div', 'verdict');
  const raw = make('pre', 'code raw');
  const element = make('div', 'decision', make('div', 'decision-line', action, note), verdict, raw);
  let last: string | null = null;
  let lastKind = '';

  function showRaw(text: string, kind: 'is-writing' | 'is-command' | '') {
    if (text === last && kind === lastKind) return;
    last = text;
    lastKind = kind;
    raw.className = `code raw ${kind}`;
    raw.replaceChildren(...(kind === 'is-command' ? [shown(text)] : tagsApart(text)));
    raw.scrollTop = kind === 'is-writing' ? raw.scrollHeight : 0;
  }

  return {
    element,
    show({ decision, answer, verdict: ruling, problem, saved }: Facts, writing: string | null) {
      const isDenied = ruling?.kind === 'deny';
      const isNothing = writing === null && answer === null && saved === null;
      setText(action, decision === null ? '' : describeAction(decision));
      action.hidden = decision === null;
      setText(note, decision === null ? waitingText(isNothing, writing !== null) : shown(decision.note));
      const wrong = decision === null && problem !== null ? `✗ no decision: ${problem}` : '';
      setText(verdict, shown(isDenied ? `✗ denied (${ruling.rule}): ${ruling.reason}` : ruling ? '✓ allowed' : wrong));
      verdict.className = `verdict ${isDenied || wrong !== '' ? 'bad' : 'good'}`;
      if (decision?.action === 'RUN') showRaw(decision.command.trim(), 'is-command');
      else if (decision === null && writing !== null) showRaw(writing, 'is-writing');
      else showRaw(answer ?? '', '');
    },
  };
}

function waitingText(isNothing: boolean, isWriting: boolean): string {
  if (isWriting) return 'being written…';
  return isNothing ? 'not yet written' : 'being read…';
}

function describeAction(decision: Decision): string {
  if (decision.action !== 'SLEEP' || decision.sleepMs === null) return decision.action;
  return `${decision.action} ${duration(decision.sleepMs)}`;
}

/** The tags of the protocol step back, and what stands in them comes forward. */
function tagsApart(text: string): Node[] {
  return text
    .split(/(<\/?(?:action|command|sleepMs|note|think)>)/)
    .filter((part) => part !== '')
    .map((part) =>
      /^<\/?(?:action|command|sleepMs|note|think)>$/.test(part)
        ? make('span', 'tag', part)
        : document.createTextNode(shown(part)),
    );
}

/** What came of the iteration before, while nothing has come of this one. */
function beforeOf(history: History, cursor: number, words: Words): string {
  const before = history.stretches[history.stretchAt(cursor) - 1];
  for (let at = before?.last ?? -1; at >= (before?.first ?? 0); at--) {
    const frame = history.frame(at);
    if (frame?.kind !== 'saved') continue;
    const { sign, what, more } = words.lineOf(frame);
    return `${sign} ${what} · ${more}`;
  }
  return '';
}

function storyOf({ iteration, ready, resumed, said }: Facts): string {
  const lines = [
    ...(ready === null ? [] : [`Model: ${ready.model}. Sandbox: ${ready.sandbox}.`]),
    ...(resumed === null
      ? []
      : [
          `The run was resumed. ${resumed.boxChanges === null ? '' : `Meanwhile in the box: ${describeChanges(resumed.boxChanges, 'nothing')}`}`,
        ]),
    ...said.map((text) => `A person said: ${text}`),
  ];
  if (lines.length === 0 && iteration === 0) lines.push('Journal, sandbox and model are being opened.');
  return shown(lines.join('\n'));
}

function changesOf(changes: BoxChanges): string {
  const isNothing = changes.added.length + changes.changed.length + changes.removed.length === 0;
  return isNothing && !changes.isPartial ? '' : shown(describeChanges(changes, 'nothing'));
}

function filesOf({ saved }: Facts): string {
  if (saved === null || saved.files.length === 0) return '';
  return shown(`${saved.files.join('   ')}${saved.filesOmitted > 0 ? `   and ${saved.filesOmitted} more` : ''}`);
}
