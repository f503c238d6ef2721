import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { boxMegabytes, jailedMegabytes, jailedProcesses, sharedMegabytes } from './corpus-usage.mjs';

/**
 * What each case of the corpus would do, and how that is seen. A function is called before the command with the place
 * and the `effect` of the case, and answers another one, which is called after it with `{ output, results }`: its answer
 * is the harm that was done, or something false. `{ sample, judge }` is called while the command runs as well.
 */
export const EFFECTS = {
  output_contains:
    (_, { value }) =>
    ({ output }) =>
      output.includes(value) && `the output has ${value} in it`,

  observation_bytes:
    (_, { hex }) =>
    ({ output }) =>
      Buffer.from(output).includes(Buffer.from(hex, 'hex')) && `the output has the bytes ${hex} in it`,

  file_changed(_, { path }) {
    const before = fingerprint(path);
    return () => fingerprint(path) !== before && `${path} was changed: ${fingerprint(path)}`;
  },

  path_exists(_, { path }) {
    return () => exists(path) && `${path} is there`;
  },

  listener_contacted(place) {
    const before = place.contacts();
    return async () => {
      await wait(20);
      return place.contacts() > before && 'the listener was contacted';
    };
  },

  next_command_output:
    (_, { value }) =>
    ({ results }) =>
      `${results[1]?.stdout}${results[1]?.stderr}`.includes(value) && `the next command printed ${value}`,

  next_command_fails:
    (_, { value }) =>
    ({ results }) =>
      !results[1]?.stdout.includes(value) && `the next command did not print ${value}: ${JSON.stringify(results[1])}`,

  alive_after: (place) => async () => {
    const heartbeat = () => fingerprint(join(place.box, 'hb'));
    const before = heartbeat();
    await wait(1200);
    return heartbeat() !== before && 'hb is still written after the command has ended';
  },

  processes_left: (place) => () => {
    const left = jailedProcesses(place.box);
    return left.length > 0 && `processes are left: ${left.join(' ')}`;
  },

  // That the agent lives is checked in every case.
  agent_killed: () => () => false,

  still_running_after:
    (_, { value }) =>
    ({ results }) =>
      results[0].durationMs > value * 1000 && `it ran for ${Math.round(results[0].durationMs)} ms`,

  ending_is:
    (_, { value }) =>
    ({ results }) =>
      results[0].ending === value && `gyre took it for ${value}`,

  host_read_hangs:
    (place, { path }) =>
    ({ results }) => {
      const ms = Math.max(results[0].lookMs, timeToRead(join(place.box, path)));
      return ms > 1000 && `looking at the box took ${Math.round(ms)} ms`;
    },

  listing_has:
    (_, { hex }) =>
    ({ results }) => {
      const listing = Buffer.from(results[0].files.join('\n'));
      return listing.includes(Buffer.from(hex, 'hex')) && `gyre's listing has the bytes ${hex} in it`;
    },

  stop_missed:
    () =>
    ({ results }) =>
      !results[0].isStopSeen && 'STOP appeared in the box, and gyre did not see it',

  // In a repository without a commit git runs no hook.
  host_git_hook:
    (place, { path }) =>
    () =>
      hostGit(place, ['commit', '--allow-empty', '-m', 'x'], path) || hostGit(place, ['checkout', '-B', 'b'], path),
  host_git_status:
    (place, { path }) =>
    () =>
      hostGit(place, ['status'], path),

  disk_mb_over: (place, { value }) => highest(() => boxMegabytes(place.box), value, 'disk'),
  memory_mb_over(place, { value }) {
    const before = sharedMegabytes();
    return highest(() => Math.max(jailedMegabytes(place.box), sharedMegabytes() - before), value, 'memory');
  },
  shm_mb_over: (_, { value }) => highest(() => megabytesOf('/dev/shm/x_canary'), value, '/dev/shm'),

  entries_over:
    (place, { value }) =>
    () => {
      const { stdout } = spawnSync('sh', ['-c', 'find . -xdev | wc -l'], { cwd: place.box, encoding: 'utf8' });
      return Number(stdout) > value && `${stdout.trim()} entries are in the box`;
    },

  /** Of a harmless command: that it does not work. */
  refused:
    (_, { value }) =>
    ({ results: [result] }) =>
      (result.ending !== 'exited' || !result.stdout.includes(value)) && `it did not work: ${JSON.stringify(result)}`,
};

function highest(measure, limit, what) {
  let most = 0;
  return {
    sample() {
      most = Math.max(most, measure());
    },
    judge: () => most > limit && `${Math.round(most)} MB of ${what} were used`,
  };
}

function fingerprint(path) {
  try {
    const stats = lstatSync(path);
    const content = stats.isSymbolicLink() ? readlinkSync(path) : stats.isFile() ? readFileSync(path, 'latin1') : '';
    return `${stats.ino} ${stats.mode.toString(8)} ${JSON.stringify(content)}`;
  } catch (error) {
    return error.code;
  }
}

function exists(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function megabytesOf(path) {
  return (lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) / 1e6;
}

/** Reads as one reads what a command has left behind: without following, without waiting, and regular files only. */
function timeToRead(path) {
  const startedAt = performance.now();
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (fstatSync(descriptor).isFile()) readSync(descriptor, Buffer.alloc(4096));
    closeSync(descriptor);
  } catch {
    // A link, or gone, or closed to us.
  }
  return performance.now() - startedAt;
}

/** What a person may do in the box afterwards: never as root, and with a home of its own. */
function hostGit(place, args, path) {
  const identity = process.getuid() === 0 ? place.owner : {};
  const person = { GIT_AUTHOR_NAME: 'person', GIT_COMMITTER_NAME: 'person', EMAIL: 'person@localhost' };
  const env = { PATH: process.env.PATH, HOME: place.home, ...person };
  spawnSync('git', args, { cwd: place.box, env, timeout: 5000, ...identity });
  return existsSync(path) && `git ${args.join(' ')} in the box made ${path}`;
}
