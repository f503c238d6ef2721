import type { Decision, LastResult, Outcome, Output, Turn } from '../../machine/types.ts';
import { createScorer, toTerms } from './bm25.ts';
import { type Failure, SCENES, type Scene, type Step } from './demonstration-bank.ts';

/** A turn that never happened: shown before a run's own turns, so that the model sees how it is done. */
export interface Demonstration extends Turn {
  readonly goal: string;
}

/** Chooses the turns that a model is shown before a run's own ones. The same goal gives the same turns. */
export type ChooseDemonstrations = (
  goal: string,
  /** How many, from 4 to 8. */
  count: number,
  /** What was shown until now and did not help. */
  without?: readonly Demonstration[],
) => readonly Demonstration[];

/**
 * The turns to show for a goal: exactly `count` of them, the scene most like the goal last. A scene is shown whole and in
 * order, so that the model sees how it ends; at least once a RUN is followed by STOP. One scene has two commands or more:
 * a model that is shown none does one thing and stops. Where one turn is left over, the first of another scene comes
 * before them. At most two scenes have nearly the same goal. The same goal and count give
 * the same turns.
 *
 * @param count a whole number from 4 to 8
 * @param without what was shown until now and did not help: none of its scenes is taken
 * @throws {RangeError} for any other count
 */
export function chooseDemonstrations(
  goal: string,
  count: number,
  without: readonly Demonstration[] = [],
): readonly Demonstration[] {
  if (!Number.isInteger(count) || count < MIN_DEMONSTRATIONS || count > MAX_DEMONSTRATIONS) {
    throw new RangeError(
      `${count} demonstrations: the number must be from ${MIN_DEMONSTRATIONS} to ${MAX_DEMONSTRATIONS}.`,
    );
  }
  let chosen: readonly Demonstration[] = [];
  const others: (readonly Demonstration[])[] = [];
  const shown = new Set(without.map((turn) => turn.goal));
  const ranked = rank(goal).filter(({ scene }) => !shown.has(scene.goal));
  const candidates = withoutCrowds(ranked);
  const best = candidates[0]?.score ?? 0;
  const longer = ranked.find(({ scene }) => hasTwoCommands(scene) && scene.steps.length <= count - 2)?.scene ?? null;
  let reserved = longer === null ? [] : expandScene(longer);
  for (const { scene, score } of candidates) {
    const turns = expandScene(scene);
    if (scene === longer) reserved = [];
    const mayCome = chosen.length === 0 || chosen.some(isStopAfterRun) || turns.some(isStopAfterRun);
    // A lone turn fits into any gap: the first step of a scene that has more to do with the goal is worth more there.
    const isFar = turns.length === 1 && score < best / 2;
    if (mayCome && !isFar && chosen.length + turns.length + reserved.length <= count) chosen = [...turns, ...chosen];
    else if (!isFar) others.push(turns);
  }
  chosen = [...reserved, ...chosen];
  const filler = others.flatMap((turns) => turns.slice(0, 1)).slice(0, count - chosen.length);
  return [...filler, ...chosen];
}

/** Shows none: for a model that has learnt from examples what others are shown. */
export const chooseNone: ChooseDemonstrations = () => [];

/** Every turn of the bank, scene by scene. */
export function listDemonstrations(): readonly Demonstration[] {
  return SCENES.flatMap(expandScene);
}

/** A scene's turns as the model is shown them: each step's last result is what came of the step before. */
export function expandScene(scene: Scene): readonly Demonstration[] {
  return scene.steps.map((step, index) => {
    const previous = scene.steps[index - 1];
    return {
      goal: scene.goal,
      surroundings: {
        workingDirectory: '',
        files: step[0] === '' ? [] : step[0].split(', '),
        filesOmitted: 0,
        last: previous === undefined ? resultOfFailure(scene.before) : resultOfStep(previous),
      },
      decision: decisionOf(step),
    };
  });
}

const MIN_DEMONSTRATIONS = 4;
const MAX_DEMONSTRATIONS = 8;

function hasTwoCommands({ steps }: Scene): boolean {
  return steps.at(-1)?.[1] === 'STOP' && steps.filter((step) => step[1] === 'RUN').length >= 2;
}

function isStopAfterRun({ decision, surroundings: { last } }: Demonstration): boolean {
  return decision.action === 'STOP' && last?.decision?.action === 'RUN' && last.outcome.exitCode !== null;
}

interface Candidate {
  readonly scene: Scene;
  readonly terms: ReadonlySet<string>;
  readonly score: number;
}

/** Most similar first; equally similar scenes in the bank's order. */
function rank(goal: string): readonly Candidate[] {
  const readTerms = createTermReader();
  const documents = SCENES.map((scene) => readTerms(scene.goal));
  const scores = createScorer(documents)(readTerms(goal));
  return SCENES.map((scene, index) => ({ scene, terms: new Set(documents[index]), score: scores[index] ?? 0 })).sort(
    (a, b) => b.score - a.score,
  );
}

/** The first ones, without each whose goal is nearly that of two before it. */
function withoutCrowds(ranked: readonly Candidate[]): readonly Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of ranked) {
    if (kept.length === MAX_CANDIDATES) break;
    const alike = kept.filter(({ terms }) => overlap(candidate.terms, terms) >= NEARLY_THE_SAME);
    if (alike.length < 2) kept.push(candidate);
  }
  return kept;
}

/** The part of all terms that both have, from 0 to 1. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((term) => b.has(term)).length;
  return common / Math.max(1, a.size + b.size - common);
}

const NEARLY_THE_SAME = 0.4;
/** Enough for any count to be reached by scenes of two or three turns. */
const MAX_CANDIDATES = 24;

function createTermReader(): (goal: string) => readonly string[] {
  const meanings = new Map(
    SYNONYMS.flatMap((words) => {
      const terms = toTerms(words.join(' '));
      return terms.map((term) => [term, terms[0] ?? term]);
    }),
  );
  return (goal) =>
    toTerms(withoutNames(goal))
      .filter((term) => !FILLERS.has(term))
      .map((term) => meanings.get(term) ?? term);
}

/** Names of files say nothing of what is done to them; their endings do. */
function withoutNames(goal: string): string {
  return goal.replace(/[\p{L}\p{N}_-]+\.(?=[a-z]{1,4}[0-9]?(?![\p{L}\p{N}]))/gu, ' ');
}

/** Words that stand in any goal. */
const FILLERS: ReadonlySet<string> = new Set(
  toTerms(
    'a an and any are as at be been by can could did do does for from had here i if in into is it its just like me my ' +
      'need of on only or our out please put so some than that the their them then there these they this those to us ' +
      'want was we were what when which will with would you your file name called named one per each every all both only',
  ),
);

/** Words that people use for each other in goals. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['folder', 'directory', 'dir', 'subfolder', 'subdirectory'],
  ['delete', 'remove', 'erase'],
  ['largest', 'biggest'],
  ['show', 'print', 'display', 'list', 'output'],
  ['make', 'create', 'new'],
  ['combine', 'merge', 'join', 'concatenate', 'together'],
  ['compress', 'gzip', 'zip'],
  ['pack', 'archive', 'tar'],
  ['unpack', 'extract'],
  ['replace', 'substitute', 'swap'],
  ['write', 'save', 'store'],
  ['unique', 'distinct', 'different', 'duplicate', 'repeated'],
  ['contain', 'mention', 'has', 'have', 'match'],
  ['count', 'many'],
  ['sum', 'total'],
  ['add', 'append'],
  ['all', 'every', 'each'],
  ['change', 'modify', 'set', 'edit'],
  ['column', 'field'],
  ['ending', 'extension', 'suffix'],
];

function decisionOf(step: Step): Decision {
  switch (step[1]) {
    case 'RUN':
      return { action: 'RUN', command: step[2], note: step[3] };
    case 'SLEEP':
      return { action: 'SLEEP', sleepMs: step[2], note: step[3] };
    case 'STOP':
      return { action: 'STOP', note: step[2] };
  }
}

function resultOfStep(step: Step): LastResult {
  const decision = decisionOf(step);
  if (step[1] !== 'RUN') return { decision, outcome: { ...NO_COMMAND, kind: 'ok' }, output: printed(), message: null };
  const [, , , , stdout = '', exitCode = 0] = step;
  return { decision, outcome: exited(exitCode), output: printed(stdout), message: null };
}

function resultOfFailure(failure: Failure | undefined): LastResult | null {
  if (failure === undefined) return null;
  const decision: Decision = { action: 'RUN', command: failure.run, note: '' };
  if ('denied' in failure) {
    const outcome: Outcome = { ...NO_COMMAND, kind: 'failure', code: 'command-denied' };
    return { decision, outcome, output: printed(), message: failure.denied };
  }
  if ('timeout' in failure) {
    const outcome: Outcome = { ...NO_COMMAND, kind: 'failure', code: 'timeout', signal: 'SIGKILL' };
    return { decision, outcome, output: printed(failure.timeout), message: null };
  }
  return { decision, outcome: exited(failure.exitCode), output: printed('', failure.stderr), message: null };
}

const NO_COMMAND = { exitCode: null, truncated: false, durationMs: 0 } as const;

function exited(exitCode: number): Outcome {
  return { ...NO_COMMAND, kind: exitCode === 0 ? 'ok' : 'setback', exitCode };
}

function printed(stdout = '', stderr = ''): Output {
  return { stdout: withNewline(stdout), stderr: withNewline(stderr) };
}

function withNewline(text: string): string {
  return text === '' ? '' : `${text}\n`;
}
