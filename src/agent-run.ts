import { type BoxMemory, changesSince, keptBox, openBoxMemory } from './agent-box-memory.ts';
import type { ActorFunctions } from './agent-driver.ts';
import { createHistory, emptyIteration, type Memory, pastOf } from './agent-history.ts';
import { type OpenJournalOptions, openRunJournal } from './agent-journal.ts';
import type { BoxSight, RunMemory, Trace } from './agent-memory.ts';
import {
  describeBudget,
  describeDecision,
  describeFailedCheck,
  outcomeAtTheEnd,
  outcomeOf,
  type Spent,
} from './agent-outcomes.ts';
import { createProgressWatch } from './agent-progress.ts';
import { type Clock, systemClock, wait as waitForReal } from './clock.ts';
import { limitsOf, type Settings } from './config.ts';
import { AgentError, toErrorRecord } from './errors.ts';
import type { Journal } from './journal/append.ts';
import { type Control, type ControlAnswer, type ControlOrder, serveControl } from './journal/control.ts';
import type { ChartInput, IterationRecord, JournalRecord } from './journal/format.ts';
import { type AgentSnapshot, hashState } from './journal/replay.ts';
import { INTERRUPTED_ADVICE, type Resumption } from './journal/resume.ts';
import type {
  AgentActors,
  AgentInput,
  BoxChanges,
  Decision,
  Ending,
  LastResult,
  Problem,
  RunEvent,
  RunProgress,
} from './machine/types.ts';
import { describeBoxChanges } from './protocol/box-changes.ts';
import { parseDecision } from './protocol/decision.ts';
import { cleanText } from './protocol/untrusted.ts';
import { compareSnapshots, cutChanges, takeSnapshot } from './services/box/changes.ts';
import { listFiles } from './services/box/listing.ts';
import { hasStopFile, watchStopFile } from './services/box/stop-file.ts';
import type { Model } from './services/model/model.ts';
import type { CommandResult, Shell } from './services/shell/shell.ts';
import type { Validator } from './services/validator/validator.ts';

/** A thought that takes longer is given up. A 4B model on two busy cores needs less than a tenth of it. */
const THINK_TIMEOUT_MS = 600_000;
/** What closing may take of the second in which a stop must take effect. */
const CLOSE_TIMEOUT_MS = 700;
const MAX_ANSWER_KEPT = 8192;
const MAX_NAMES_KEPT = 50;

/** What the loop is made of. Each `open` may throw an AgentError, which ends the run before its first iteration. */
export interface AgentServices {
  readonly validator: Validator;
  openShell(onNotice: (sentence: string) => void): Promise<Shell>;
  /** `onFraction` is called with 0 to 1 while something takes long; an aborted signal gives the opening up. */
  openModel(onFraction: (fraction: number) => void, signal: AbortSignal): Promise<Model>;
  /** Called once, with the past of a run that goes on before its first iteration. Default: the newest turns and facts. */
  createMemory?(): Memory;
  /** Default: the system's, which nobody can set back or forward. */
  readonly clock?: Clock;
}

/** Where a run's records go, and how it is asked from outside. */
export interface Keeping {
  openJournal(options: OpenJournalOptions): Promise<{ journal: Journal; release: () => void }>;
  serveControl(journal: string, obey: RunOptions['obey']): Promise<Control>;
}

const onThisMachine: Keeping = { openJournal: openRunJournal, serveControl };

/** What is open while one run lasts, and the functions behind the chart's actors. */
export interface Run {
  readonly actors: ActorFunctions;
  /** The two halves of `actors.runCommand`: what is written down first, and what comes after it. */
  intend(input: AgentActors['runCommand']['input']): JournalRecord;
  carryOut(
    input: AgentActors['runCommand']['input'],
    signal: AbortSignal,
  ): Promise<AgentActors['runCommand']['output']>;
  /** Instead of carrying out: of a command that somebody else may have begun, nothing is known. */
  giveUp(input: AgentActors['runCommand']['input']): AgentActors['runCommand']['output'];
  describeDecision(iteration: number, decision: Decision): RunEvent;
  changes(): BoxChanges;
  /** How often in a row the last iterations have brought nothing new. */
  repeats(): number;
  journal(): string | null;
  problem(): Problem | null;
  /** Call it with each event that the chart has taken, its own start left out, and with its state after it. */
  moved(event: ChartInput, snapshot: AgentSnapshot): void;
  /** Keeps a person's words for the next iteration. Rejects when they could not be written down. */
  say(text: string): Promise<void>;
  /** The same, of words that are written down already. */
  hear(words: string): void;
  /** What it knows at this moment. */
  keep(): RunMemory;
  /** Takes over what an actor has done elsewhere, without doing it again. */
  relive<TName extends keyof AgentActors>(name: TName, input: AgentActors[TName]['input'], trace: Trace): void;
  /** Instead of `actors.openRun`, in a process that goes on with the run: what is open here, and nothing is recorded. */
  takeUp(opened: { readonly journal: Journal; readonly shell: Shell | null; readonly model: Model | null }): void;
  /** Lets go of everything, by force if need be. May be called at any time, and twice. */
  dispose(): Promise<void>;
}

export interface RunOptions {
  readonly runId: string;
  readonly startedAtMs: number;
  readonly goal: string;
  readonly settings: Settings;
  readonly boxDir: string;
  readonly isAutonomyEnabled: boolean;
  readonly services: AgentServices;
  readonly tell: (event: RunEvent) => void;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly onStopFile: () => void;
  /** What the chart is started with. */
  readonly input: AgentInput;
  /** Carries out what a person asks from outside. */
  readonly obey: (order: ControlOrder) => Promise<ControlAnswer>;
  /** What the run goes on from; null for a new one. */
  readonly resumption: Resumption | null;
  /** What it knew in the process before. Default: nothing. */
  readonly past?: RunMemory;
  /** Default: a journal and a socket on this machine. */
  readonly keeping?: Keeping;
  /** Shared by those who go on with the run in one place. Default: its own. */
  readonly box?: BoxSight;
  /** What the model must be told with what came of the last iteration. */
  readonly boxNote?: string;
}

export function createRun(options: RunOptions): Run {
  const { goal, settings, boxDir, services, tell, resumption, past, keeping = onThisMachine, boxNote } = options;
  const { now, wait } = services.clock ?? systemClock;
  const ownHistory = createHistory(settings.memoryContextSize, past?.history);
  const history = services.createMemory?.() ?? ownHistory;
  const boxChanges = resumption && changesSince(boxDir, resumption.story.journal);
  for (const record of pastOf(resumption, boxChanges)) history.add(record);
  let boxMemory: BoxMemory | null = null;
  const progress = createProgressWatch(goal, settings.maxPolls, past?.progress);
  let judged = past?.judged ?? { repeats: 0, nudge: null };
  const box = options.box ?? { before: null, now: null };
  let said: readonly string[] = past?.said ?? resumption?.said ?? [];
  let control: Control | null = null;
  let current = {
    ...emptyIteration(),
    tokens: resumption?.before.tokens ?? emptyIteration().tokens,
    ...past?.current,
  };
  let journal: Journal | null = null;
  let shell: Shell | null = null;
  let model: Model | null = null;
  let changes: BoxChanges = { added: [], changed: [], removed: [], isPartial: false };
  let problem: Problem | null = past?.problem ?? null;
  let saved = past?.saved ?? resumption?.before.iterations ?? 0;
  let isClosed = false;
  let isAnnounced = false;
  let commandUnderWay: Promise<CommandResult> | null = null;
  let saveUnderWay: Promise<void> | null = null;
  let journalUnderWay: Promise<void> | null = null;
  let endWatch = () => {};
  let endMark = () => {};

  const time = () => new Date().toISOString();
  // `run.started` is the first line of every run: what is told before it waits for it.
  const early: string[] = [];
  // The chart moves before there is a journal to tell it.
  const earlyMoves: JournalRecord[] = [];
  const notice = (message: string) => {
    if (isAnnounced) tell({ type: 'notice', message });
    else early.push(message);
  };

  function announce() {
    if (isAnnounced) return;
    isAnnounced = true;
    tell({
      type: 'run.started',
      goal,
      model: model && { ...model.description, adapter: model.description.adapter ?? null },
      sandbox: shell?.kind ?? null,
      sandboxSummary: shell?.summary ?? null,
      sandboxDir: boxDir,
      limits: limitsOf(settings),
      journal: journal?.file ?? null,
    });
    for (const message of early.splice(0)) notice(message);
  }

  async function open(signal: AbortSignal): Promise<{ ok: true } | { ok: false; ending: Ending }> {
    if (!options.isAutonomyEnabled) return refuse({ status: 'stopped', cause: 'autonomy-disabled' });
    if (await hasStopFile(boxDir)) return refuse({ status: 'stopped', cause: 'stop-file' });
    endWatch = watchStopFile(boxDir, options.onStopFile);
    try {
      journalUnderWay = openJournal();
      await journalUnderWay;
      if (!isClosed) await openShell();
      if (!isClosed) await openModel(signal);
      if (isClosed) return refuse({ status: 'stopped', cause: 'person' });
      await journal?.append({
        type: 'run.ready',
        time: time(),
        model: {
          name: model?.description.name ?? '',
          file: model?.description.file ?? '',
          adapter: model?.description.adapter ?? null,
        },
        sandbox: shell?.kind ?? '',
      });
      box.before = takeSnapshot(boxDir);
      box.now = box.before;
      if (journal) boxMemory = openBoxMemory(journal.file);
      boxMemory?.keep(box.before);
      return { ok: true };
    } catch (error) {
      return refuse({ status: 'failed', cause: noteProblem(error) });
    }
  }

  function spentAt(iteration: number): Spent {
    const { tokens } = current;
    const earlier = resumption?.before;
    const earlierTokens = earlier ? earlier.tokens.evaluated + earlier.tokens.generated : 0;
    return {
      iterations: iteration - (earlier?.iterations ?? 0),
      durationMs: now() - options.startedAtMs,
      tokens: tokens.evaluated + tokens.generated - earlierTokens,
    };
  }

  function refuse(ending: Ending): { ok: false; ending: Ending } {
    return { ok: false, ending };
  }

  async function openJournal() {
    const { input } = options;
    const opened = await keeping.openJournal({ settings, boxDir, input, resumption, boxChanges });
    endMark = opened.release;
    journal = opened.journal;
    for (const record of earlyMoves.splice(0)) journal.note(record);
    const changed = boxChanges && describeBoxChanges(boxChanges);
    if (changed) notice(changed);
    control = await keeping.serveControl(journal.file, options.obey).catch((error: Error) => {
      notice(`This run cannot be asked from outside (gyre stop, pause, say): ${error.message}.`);
      return null;
    });
  }

  async function openShell() {
    options.onProgress?.({ type: 'opening', what: 'sandbox', fraction: null });
    const opened = await services.openShell(notice);
    // A run that was stopped meanwhile has nobody left to close it.
    if (isClosed) await opened.close();
    else shell = opened;
  }

  async function openModel(signal: AbortSignal) {
    options.onProgress?.({ type: 'opening', what: 'model', fraction: null });
    const opened = await services.openModel(
      (fraction) => options.onProgress?.({ type: 'opening', what: 'model', fraction }),
      signal,
    );
    if (isClosed) await opened.close();
    else model = opened;
  }

  function noteProblem(error: unknown) {
    const { code, message, hint } = toErrorRecord(error);
    problem ??= { message, ...(hint === undefined ? {} : { hint }) };
    switch (code) {
      case 'model-unavailable':
      case 'sandbox-unavailable':
      case 'journal-unwritable':
        return code;
      default:
        return 'internal';
    }
  }

  async function runCheck(signal: AbortSignal): Promise<{ passed: boolean }> {
    if (!shell || settings.check === null) return { passed: false };
    const result = await shell.run({
      command: settings.check,
      workingDirectory: '',
      timeoutMs: settings.shellTimeout,
      signal,
      isPersons: true,
      ...(settings.checkDir === null ? {} : { checkDir: settings.checkDir }),
    });
    const passed = result.ending === 'exited' && result.exitCode === 0;
    current.message = passed ? null : describeFailedCheck(result);
    return { passed };
  }

  function intend({ iteration, command, workingDirectory }: AgentActors['runCommand']['input']): JournalRecord {
    const { surroundings, note, tokens } = current;
    return {
      type: 'command.intended',
      time: time(),
      iteration,
      command,
      workingDirectory,
      surroundings,
      note,
      tokens,
    };
  }

  async function runCommand(
    input: AgentActors['runCommand']['input'],
    signal: AbortSignal,
  ): Promise<AgentActors['runCommand']['output']> {
    try {
      await journal?.append(intend(input));
    } catch (error) {
      noteProblem(error);
      return { ok: false };
    }
    return carryOut(input, signal);
  }

  async function carryOut(
    { command, workingDirectory }: AgentActors['runCommand']['input'],
    signal: AbortSignal,
  ): Promise<AgentActors['runCommand']['output']> {
    if (!shell || signal.aborted) return { ok: false };
    commandUnderWay = shell.run({
      command,
      workingDirectory,
      timeoutMs: settings.shellTimeout,
      signal,
      expectsMore: true,
    });
    const result = await commandUnderWay;
    // The watch may not have looked yet, and the next iteration would be quicker.
    if (await hasStopFile(boxDir)) options.onStopFile();
    current.output = { stdout: result.stdout, stderr: result.stderr };
    current.message = result.reason ?? null;
    return { ok: true, outcome: outcomeOf(result), workingDirectory: result.workingDirectory };
  }

  function giveUp({ workingDirectory }: AgentActors['runCommand']['input']): AgentActors['runCommand']['output'] {
    current.output = { stdout: '', stderr: '' };
    current.message = INTERRUPTED_ADVICE;
    return { ok: true, outcome: outcomeAtTheEnd(null), workingDirectory };
  }

  /** Judges what is known of the iteration; the box has been looked at already. */
  function judge({ decision, outcome, workingDirectory, level }: AgentActors['observe']['input']): number {
    const { output, message, surroundings } = current;
    const { added, changed, removed } = current.changes;
    const hasMoved =
      workingDirectory !== surroundings.workingDirectory || added.length + changed.length + removed.length > 0;
    judged = progress.judge({ decision, outcome, output, message, hasMoved, level });
    return judged.repeats;
  }

  function noteSaved(record: IterationRecord): void {
    saved += 1;
    said = said.slice(record.surroundings.said?.length ?? 0);
    history.add(record);
  }

  function lastResult(): LastResult | null {
    const last = history.last();
    if (last === null || boxNote === undefined) return last;
    return { ...last, message: last.message === null ? boxNote : `${last.message}\n${boxNote}` };
  }

  async function save({ iteration, decision, outcome, workingDirectory }: AgentActors['saveIteration']['input']) {
    const record: IterationRecord = {
      type: 'iteration.saved',
      time: time(),
      iteration,
      surroundings: current.surroundings,
      decision,
      answer: decision === null && current.answer !== null ? current.answer.slice(0, MAX_ANSWER_KEPT) : null,
      verdict: current.verdict,
      outcome,
      output: current.output,
      changes: current.changes,
      message: outcome.byPerson ? 'A person said no to this command. Find another way.' : current.message,
      workingDirectory,
      tokens: current.tokens,
    };
    await journal?.append(record);
    noteSaved(record);
    if (box.now !== null) boxMemory?.keep(box.now);
    tell({ type: 'iteration.saved', iteration, outcome: { ...outcome, ...record.output }, message: record.message });
  }

  async function close(input: AgentActors['closeRun']['input']): Promise<{ saved: number }> {
    isClosed = true;
    endWatch();
    announce();
    const [command] = await Promise.all([
      commandUnderWay && within(CLOSE_TIMEOUT_MS, commandUnderWay),
      within(CLOSE_TIMEOUT_MS, Promise.all([shell?.close(), model?.close()])),
      saveUnderWay?.catch(() => {}),
      journalUnderWay?.catch(() => {}),
    ]);
    try {
      if (input.iteration > saved && input.ending.cause !== 'journal-unwritable') {
        const outcome = input.outcome ?? outcomeAtTheEnd(command);
        if (command && input.outcome === null) current.output = { stdout: command.stdout, stderr: command.stderr };
        await save({ ...input, outcome });
      }
      if (box.before) changes = compareSnapshots(box.before, takeSnapshot(boxDir));
      await journal?.append({
        type: 'run.ended',
        time: time(),
        ...input.ending,
        iterations: saved,
        durationMs: now() - options.startedAtMs,
        tokens: input.tokens,
        changes,
        problem,
      });
    } catch (error) {
      noteProblem(error);
    }
    return { saved };
  }

  return {
    actors: withBugsNoted((error) => noteProblem(error), {
      async openRun(_, signal) {
        const result = await open(signal);
        if (!isClosed) announce();
        return result;
      },
      runCheck: (_, signal) => runCheck(signal),
      async readSurroundings({ workingDirectory, level }) {
        const listing = listFiles(boxDir, workingDirectory);
        current = { ...emptyIteration(), tokens: current.tokens };
        const words = said.length === 0 ? {} : { said };
        const nudge =
          judged.nudge === null || level === 'calm' || level === 'suspicious' ? {} : { nudge: judged.nudge };
        current.surroundings = { workingDirectory, ...listing, last: lastResult(), ...nudge, ...words };
        return null;
      },
      async think({ iteration, level }, signal) {
        if (!model) throw new Error('There is no model.');
        let text = '';
        control?.tell({ iteration, text });
        const onText = (piece: string) => {
          text += piece;
          control?.tell({ iteration, text });
          options.onProgress?.({ type: 'text', text: piece });
        };
        const thought = await model.think(
          {
            iteration,
            goal,
            turns: history.turns(),
            earlierTurns: history.earlierTurns(),
            facts: history.facts(),
            surroundings: current.surroundings,
            budget: describeBudget(limitsOf(settings), spentAt(iteration)),
            isDiversifying: level === 'diversifying' || level === 'givingUp',
          },
          { signal, timeoutMs: THINK_TIMEOUT_MS, onText },
        );
        current.tokens = {
          evaluated: current.tokens.evaluated + thought.tokens.evaluated,
          generated: current.tokens.generated + thought.tokens.generated,
        };
        if (thought.ok) current.answer = thought.answer;
        else current.message = cleanText(thought.message);
        return thought;
      },
      async validate({ answer }) {
        const parsed = parseDecision(answer);
        const atMs = now();
        if (!parsed.ok) {
          current.message = parsed.problem;
          return { decision: null, verdict: null, atMs, problem: parsed.problem };
        }
        const { decision } = parsed;
        current.note = decision.note;
        const verdict =
          decision.action === 'RUN'
            ? services.validator.check(decision.command, current.surroundings.workingDirectory)
            : null;
        current.verdict = verdict;
        if (verdict?.kind === 'deny') current.message = verdict.advice;
        return { decision, verdict, atMs };
      },
      runCommand,
      sleepUntil: wait,
      async observe(input) {
        const boxBefore = box.now;
        box.now = takeSnapshot(boxDir);
        if (boxBefore !== null) current.changes = cutChanges(compareSnapshots(boxBefore, box.now), MAX_NAMES_KEPT);
        return { repeats: judge(input) };
      },
      async saveIteration(input) {
        saveUnderWay = save(input);
        try {
          await saveUnderWay;
          return { ok: true, atMs: now() };
        } catch (error) {
          noteProblem(error);
          return { ok: false };
        } finally {
          saveUnderWay = null;
          commandUnderWay = null;
        }
      },
      awaitRest: wait,
      awaitDeadline: wait,
      awaitPerson: wait,
      closeRun: close,
    }),
    intend,
    carryOut,
    giveUp,
    describeDecision: (iteration, decision) => describeDecision(iteration, decision, current.verdict, settings),
    changes: () => changes,
    repeats: () => judged.repeats,
    journal: () => journal?.file ?? null,
    problem: () => problem,
    moved(event, snapshot) {
      const record = moveOf(event, snapshot, time());
      if (journal) journal.note(record);
      else earlyMoves.push(record);
    },
    async say(text) {
      if (!journal || isClosed) throw new Error('The run is ending.');
      const words = cleanText(text);
      await journal.append({ type: 'person.said', time: time(), text: words });
      said = [...said, words];
    },
    hear(words) {
      said = [...said, words];
    },
    keep: () => ({
      current: { ...current },
      judged,
      said,
      saved,
      problem,
      history: ownHistory.keep(),
      progress: progress.keep(),
    }),
    relive(name, input, trace) {
      current = { ...current, ...trace.current };
      problem ??= trace.problem;
      for (const record of trace.records) if (record.type === 'iteration.saved') noteSaved(record);
      // The name says which actor's input it is.
      if (name === 'observe') judge(input as AgentActors['observe']['input']);
    },
    takeUp(opened) {
      ({ journal, shell, model } = opened);
      isAnnounced = true;
      boxMemory = openBoxMemory(opened.journal.file);
      box.now ??= keptBox(opened.journal.file);
    },
    async dispose() {
      isClosed = true;
      endWatch();
      await Promise.all([shell?.close(), model?.close()]);
      await journal?.close().catch(() => {});
      endMark();
      await control?.close();
    },
  };
}

/** The record of one move of the chart. */
export function moveOf(event: ChartInput, snapshot: AgentSnapshot, time: string): JournalRecord {
  return { type: 'chart.moved', time, event, state: hashState(snapshot) };
}

/** The value, or null when it is not there in time or has failed. However time goes in the run, closing it takes no longer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  const timeUp = new AbortController();
  const result = await Promise.race([
    work.catch(() => null),
    waitForReal({ untilMs: null, atMostMs: ms }, timeUp.signal),
  ]);
  timeUp.abort();
  return result;
}

/** An actor that rejects is a bug: it is kept for the person before the chart ends the run. */
function withBugsNoted(note: (error: unknown) => void, actors: Run['actors']): Run['actors'] {
  const noted = Object.entries(actors).map(([name, actor]) => [
    name,
    (input: never, signal: AbortSignal) =>
      actor(input, signal).catch((error: unknown) => {
        note(
          error instanceof AgentError
            ? error
            : new AgentError('internal', `${name}: ${String(error)}`, { cause: error }),
        );
        throw error;
      }),
  ]);
  // The same keys, each with its own function behind the wrapper.
  return Object.fromEntries(noted) as Run['actors'];
}
