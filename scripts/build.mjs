// Compiles src to dist. The command line's entry is made executable, as npm does for an installed one.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { buildSync } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', '.'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
chmodSync('dist/cli.js', 0o755);
// A page of the inspector is one script and one style, which a browser runs as they are.
buildSync({
  entryPoints: ['main.ts', 'page.css', 'stately.ts', 'stately.css'].map((name) => `src/inspector/web/${name}`),
  outdir: 'dist/inspector/web',
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
});
