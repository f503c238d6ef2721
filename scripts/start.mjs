// npm start: prepares what is missing, then runs the starter model on a small real goal while a person watches.
import { spawnSync } from 'node:child_process';

const gyre = (...args) => spawnSync(process.execPath, ['dist/cli.js', ...args], { stdio: 'inherit' }).status ?? 1;

const EXHAUSTED = 3;
const goal = 'Count the words in WELCOME.txt, write the number into words.txt, and stop when the file is there.';
const model = process.env.LOCAL_SMALL_MODEL || 'starter';

const prepared = gyre('doctor', '--fix', '--model', model);
if (prepared !== 0) process.exit(prepared);
const code = gyre('run', '--model', model, '--max-iterations', '8', '--loop-interval-ms', '0', goal);
process.exit(code === EXHAUSTED ? 0 : code);
