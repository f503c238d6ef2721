import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeWorkplace, type Running, until } from '../e2e/workplace.ts';
import { findWorkers } from './find-workers.ts';

const modelsDir = process.env['MODELS_DIR'] || join(homedir(), '.eliza', 'models');
const hasTiny = existsSync(join(modelsDir, 'SmolLM2-135M-Instruct.Q4_1.gguf'));
const KILLS = 25;

test.skipIf(!hasTiny)(
  `${KILLS} kill -9 of the worker alone: a failed iteration each at most, and the run goes on`,
  {
    timeout: 600_000,
  },
  async () => {
    const place = await makeWorkplace();
    const limits = [
      '--max-consecutive-failures',
      'none',
      '--give-up-after',
      'none',
      '--check',
      'false',
      '--loop-interval-ms',
      '0',
    ];
    const thinking = ['--model', 'tiny', '--models-dir', modelsDir, '--seed', '1'];
    const running = place.start(['run', 'Count the files', '--json', ...limits, ...thinking]);
    await until(() => running.stdout().includes('iteration.saved'), 120_000);
    const killed: number[] = [];
    let hasEnded = false;
    void running.finished.then(() => {
      hasEnded = true;
    });
    while (killed.length < KILLS && !hasEnded) {
      await setTimeout(100 + Math.random() * 1500);
      const [worker] = findWorkers(running.pid);
      if (worker === undefined || killed.includes(worker)) continue;
      process.kill(worker, 'SIGKILL');
      killed.push(worker);
    }
    expect(killed.length).toBe(KILLS);
    const before = savedOf(running).length;
    // It still thinks: a decision of the last worker is told.
    expect(
      await until(
        () =>
          savedOf(running)
            .slice(before + 1)
            .some(({ code }) => code !== 'model-error'),
        120_000,
      ),
    ).toBe(true);
    running.kill('SIGINT');
    const { code, lines } = await running.finished;
    expect([code, lines.at(-1)?.['status']]).toEqual([130, 'stopped']);
    const saved = savedOf(running);
    expect(saved.map(({ iteration }) => iteration)).toEqual(saved.map((_, index) => index + 1));
    const failed = saved.filter((outcome) => outcome.code === 'model-error').length;
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(KILLS);
  },
);

function savedOf(running: Running): readonly { readonly iteration: number; readonly code: string | undefined }[] {
  const lines = running.stdout().split('\n').slice(0, -1);
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'iteration.saved')
    .map(({ iteration, outcome }) => ({ iteration, code: outcome.code }));
}
