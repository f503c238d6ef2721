import type { Reporter, TestModule } from 'vitest/node';

/** Prints how long each suite took: its files run beside each other, so this is the sum of their times. */
export class SuiteTimes implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const sums = new Map<string, number>();
    for (const module of modules) {
      const { name } = module.project;
      sums.set(name, (sums.get(name) ?? 0) + module.diagnostic().duration);
    }
    for (const [name, ms] of sums) console.log(`suite ${name.padEnd(9)} ${(ms / 1000).toFixed(1)} s`);
  }
}
