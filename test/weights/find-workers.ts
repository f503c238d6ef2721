import { readdirSync, readFileSync } from 'node:fs';

/** The ids of a process's own model workers. */
export function findWorkers(parent = process.pid): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const isChild = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === parent;
        return isChild && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('model/worker.js');
      } catch {
        return false;
      }
    });
}
