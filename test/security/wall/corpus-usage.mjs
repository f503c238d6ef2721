import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The ids of processes that run in a jail around this box, orphans too: they have it mounted. */
export function jailedProcesses(box) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && hasMounted(name, box));
}

/** Resident memory of all of them, in MB. What they share is counted once for each. */
export function jailedMegabytes(box) {
  const pages = jailedProcesses(box).map((pid) => Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0));
  return (sum(pages) * 4096) / 1e6;
}

/** Memory of the whole machine in MB that is in files without a disk: some of it is in no process's own memory. */
export function sharedMegabytes() {
  return (Number(/^Shmem:\s+(\d+) kB$/m.exec(read('/proc/meminfo'))?.[1] ?? 0) * 1024) / 1e6;
}

/** Disk space in MB that the box takes: its files, and those that have no name any more but are still open. */
export function boxMegabytes(box) {
  const blocks = new Map();
  const count = (stats) => stats && blocks.set(`${stats.dev}:${stats.ino}`, stats.blocks);
  const device = statSync(box).dev;
  walk(box, count);
  for (const pid of jailedProcesses(box)) {
    for (const name of list(`/proc/${pid}/fd`)) {
      const stats = quiet(() => statSync(`/proc/${pid}/fd/${name}`));
      if (stats?.dev === device && stats.nlink === 0) count(stats);
    }
  }
  return (sum([...blocks.values()]) * 512) / 1e6;
}

function hasMounted(pid, box) {
  return read(`/proc/${pid}/mountinfo`).includes(`${box} /sandbox `);
}

function walk(dir, visit) {
  for (const name of list(dir)) {
    const path = join(dir, name);
    const stats = quiet(() => lstatSync(path));
    visit(stats);
    if (stats?.isDirectory()) walk(path, visit);
  }
}

const read = (path) => quiet(() => readFileSync(path, 'latin1')) ?? '';
const list = (path) => quiet(() => readdirSync(path)) ?? [];
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** Processes and files vanish while they are looked at. */
function quiet(look) {
  try {
    return look();
  } catch {
    return undefined;
  }
}
