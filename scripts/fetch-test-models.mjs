// The two real models that the tests with weights run on, into the models directory; what is there already is kept.
import { spawnSync } from 'node:child_process';

for (const name of ['tiny', 'starter']) {
  const { status } = spawnSync(process.execPath, ['dist/cli.js', 'models', 'pull', name], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
