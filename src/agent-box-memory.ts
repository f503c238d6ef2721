import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { BoxChanges } from './machine/types.ts';
import { type BoxSnapshot, compareSnapshots, takeSnapshot } from './services/box/changes.ts';

/** Remembers beside the journal how the box was when gyre last saw it. */
export interface BoxMemory {
  /** Keeps what the box holds. Never throws: without it, a resumed run only knows less. */
  keep(snapshot: BoxSnapshot): void;
}

/** @param journal the run's file; the box is remembered in the same directory */
export function openBoxMemory(journal: string): BoxMemory {
  let kept = '';
  return {
    keep(snapshot) {
      const text = JSON.stringify({ isPartial: snapshot.isPartial, entries: [...snapshot.entries] });
      if (text !== kept) write(fileBeside(journal), text);
      kept = text;
    },
  };
}

/** How the box differs from what was kept; null when nothing was, or nothing that can be read. */
export function changesSince(boxDir: string, journal: string): BoxChanges | null {
  const known = keptBox(journal);
  return known && compareSnapshots(known, takeSnapshot(boxDir));
}

/** What was kept; null when nothing was, or nothing that can be read. */
export function keptBox(journal: string): BoxSnapshot | null {
  return read(fileBeside(journal));
}

function fileBeside(journal: string): string {
  return join(dirname(journal), 'box.json');
}

function write(file: string, text: string): void {
  const draft = `${file}.draft`;
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, file);
  } catch {
    // A full disk ends the run where it counts: at the journal.
    rmSync(draft, { force: true });
  }
}

const snapshotSchema = z.object({ isPartial: z.boolean(), entries: z.array(z.tuple([z.string(), z.string()])) });

function read(file: string): BoxSnapshot | null {
  try {
    const { isPartial, entries } = snapshotSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { isPartial, entries: new Map(entries) };
  } catch {
    return null;
  }
}
