import { type CatalogueEntry, typedName } from './catalogue.ts';
import { dropStamp } from './verification-stamp.ts';
import { type VerifyFileOptions, verifyFile } from './verify-file.ts';

export interface VerifyOptions extends Omit<VerifyFileOptions, 'what' | 'cure'> {
  /** The checksum to hold it against; without one only the header is looked at. */
  readonly pinned?: CatalogueEntry | undefined;
}

/**
 * Makes sure that a file is the model it should be, as `verifyFile` does.
 * @throws AgentError `model-unavailable` with what was expected and found; the signal's reason when aborted
 */
export async function verifyModel(options: VerifyOptions): Promise<void> {
  await verifyFile({ ...options, what: 'model', cure: cure(options) });
}

/** Like `verifyModel`, and reads the whole file even when it was found right before. */
export async function verifyModelAnew(options: VerifyOptions): Promise<void> {
  await dropStamp(options.stateDir, options.file);
  await verifyModel(options);
}

function cure({ pinned }: VerifyOptions): string {
  if (pinned === undefined) return 'Name another .gguf file with --model, or run "gyre models pull starter".';
  return `Run "gyre models pull ${typedName(pinned)}": it fetches the file anew and puts it in place of this one.`;
}
