/** A host is a name in the engine: whoever serves the name has the host's runs. */
export function runObjectOf(host: string): string {
  return `gyre-run-${host}`;
}

/** Beside each run, because the run itself is busy while it works. */
export function mailObjectOf(host: string): string {
  return `gyre-mail-${host}`;
}

export function hostOf(object: string): string | null {
  return object.startsWith('gyre-run-') ? object.slice('gyre-run-'.length) : null;
}

/** What can be asked of a run without its host. It stands in the engine's state under `status`. */
export interface RunStatus {
  readonly runId: string;
  readonly goal: string;
  /** `waiting` has nothing to do before its moment, or a person's word, comes. */
  readonly phase: 'accepted' | 'running' | 'waiting' | 'ended';
  /** How it has ended. */
  readonly ending: { readonly status: string; readonly cause: string } | null;
  readonly iterations: number;
  /** The worker that did the latest stretch, which is not its own host after a move. */
  readonly at: string | null;
  readonly startedAtMs: number;
  readonly lastAtMs: number;
  /** Of the journal, in `page-000001` and so on. */
  readonly pages: number;
  /** Ends at most then; null: an event is waited for. */
  readonly waitsUntilMs: number | null;
}

/** By name in order: a page is found without the others. */
export function pageKey(page: number): string {
  return `page-${String(page).padStart(6, '0')}`;
}
