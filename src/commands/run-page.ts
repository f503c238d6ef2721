import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AgentError } from '../errors.ts';
import { readPageParts, toSavedPage } from '../inspector/page.ts';
import { storyOf } from '../inspector/story.ts';
import { findRun, readRun } from '../journal/read.ts';
import { size } from '../terminal/style.ts';
import type { Invocation } from './command.ts';

/** Writes a run as one page. A file that is there is replaced, whole or not at all. */
export async function writeRunPage({ config, io, isJson }: Invocation, name: string, file: string): Promise<number> {
  if (file.trim() === '')
    throw new AgentError('usage', '--html: names no file.', { hint: 'gyre runs last --html run.html' });
  const { stateDir } = config.settings;
  const runId = await findRun(stateDir, name);
  const story = await storyOf(await readRun(stateDir, runId));
  const page = toSavedPage(await readPageParts(), story);
  const path = resolve(io.workingDir, file);
  const part = `${path}.${process.pid}.part`;
  try {
    await writeFile(part, page);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw new AgentError('usage', `--html: ${error instanceof Error ? error.message : String(error)}.`, {
      hint: 'Name a file in a directory that is there and can be written.',
    });
  }
  const bytes = Buffer.byteLength(page);
  if (isJson) io.out.write(`${JSON.stringify({ runId, file: path, bytes })}\n`);
  else io.out.write(`Run ${runId} is in ${path} (${size(bytes)}). Open it in a browser; it needs nothing else.\n`);
  return 0;
}
