import { settingsError } from '../config.ts';
import { INSPECTOR_PORT, type RunningInspector, startInspector } from '../inspector/start-inspector.ts';
import type { RunEvent } from '../machine/types.ts';
import type { CommandFlag, Invocation } from './command.ts';
import { nextKey } from './next-key.ts';

export const yesFlag: CommandFlag = {
  name: 'yes',
  about: 'Says yes to the question of --inspect=stately.',
};

/** How a run is shown in the browser; null: it is not. */
export interface InspectorPlan {
  readonly port: number;
  readonly feedsStately: boolean;
}

/**
 * Reads --inspect, and asks the person where it would send something off this machine: nothing is sent before a yes, and
 * after a no the inspector shows the run here alone.
 * @throws AgentError `settings` when nobody is there to ask
 */
export async function planInspector({ config, io, flags }: Invocation): Promise<InspectorPlan | null> {
  const { inspect } = config.settings;
  if (inspect === false) return null;
  const port = typeof inspect === 'number' ? inspect : INSPECTOR_PORT;
  if (inspect !== 'stately') return { port, feedsStately: false };
  io.err.write(
    "--inspect=stately shows the run in Stately's inspector, a page of stately.ai in your browser: the goal, the model's\n" +
      'decisions, the commands and their results leave this machine.\n',
  );
  if (flags.has('yes')) return { port, feedsStately: true };
  if (io.keyboard === null) {
    throw settingsError([
      '--inspect=stately: sends the run off this machine, and there is no terminal to ask at; add --yes',
    ]);
  }
  io.err.write('Send it? y / n\n');
  const gone = new AbortController();
  const forget = io.onSignal(() => gone.abort());
  const key = await nextKey(io.keyboard, ['y', 'n'], gone.signal).finally(forget);
  if (key === null) throw settingsError(['--inspect=stately: was not answered']);
  if (key === 'n') io.err.write('Nothing is sent. The inspector of this machine shows the run.\n');
  return { port, feedsStately: key === 'y' };
}

/** Shows a run that is about to start. One that cannot be shown goes on without, and `tell` is told why. */
export async function openInspector(
  plan: InspectorPlan | null,
  run: { readonly stateDir: string; readonly runId: string },
  tell: (event: RunEvent) => void,
): Promise<RunningInspector | null> {
  if (plan === null) return null;
  try {
    const inspector = await startInspector({ ...run, ...plan });
    const { url, statelyUrl } = inspector;
    tell({ type: 'inspector.opened', url, statelyUrl });
    return inspector;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tell({ type: 'notice', message: `There is no inspector: ${reason}` });
    return null;
  }
}
