import type { Surroundings } from '../../machine/types.ts';

/**
 * The files that a goal names and that are not in the listing, in the order of the goal: what is still to be made, what
 * was to be deleted, or what a goal is wrong about. A bare name is there when it is there in any directory.
 * Empty where the listing cannot tell: it is cut, it is not of the whole box, or a path is deeper than it goes.
 */
export function findMissingFiles(goal: string, surroundings: Surroundings): readonly string[] {
  const { files, filesOmitted, workingDirectory } = surroundings;
  if (filesOmitted > 0 || workingDirectory !== '') return [];
  const paths = files.map((file) => file.replace(/\/$/, ''));
  const there = new Set(paths.flatMap((path) => [path, path.slice(path.lastIndexOf('/') + 1)]));
  const isDeep = paths.some((path) => depthOf(path) >= LISTED_DEPTH);
  return namesIn(goal).filter((name) => !there.has(name) && !isDeep && depthOf(name) <= LISTED_DEPTH);
}

/** `listFiles` shows so many levels. */
const LISTED_DEPTH = 3;

/** Relative paths with an ending, and directories written with a slash at the end; no patterns, addresses or hidden files. */
const PATH = new RegExp(
  String.raw`(?<![\p{L}\p{N}_.~/@:*?$\\-])(?:[\p{L}\p{N}_][\p{L}\p{N}_.-]*/)*` +
    String.raw`(?:[\p{L}\p{N}_][\p{L}\p{N}_.-]*(?:\.[a-z][a-z0-9]{0,4}(?![\p{L}\p{N}_/*?-])|/(?!\.?[\p{L}\p{N}_*?])))`,
  'gu',
);
const ABBREVIATIONS: ReadonlySet<string> = new Set(['e.g', 'i.e', 'a.m', 'p.m']);

function namesIn(goal: string): readonly string[] {
  const names = (goal.match(PATH) ?? []).map((name) => name.replace(/\/$/, ''));
  return [...new Set(names)].filter((name) => !ABBREVIATIONS.has(name));
}

function depthOf(path: string): number {
  return path.split('/').length;
}
