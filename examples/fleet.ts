// Hands a goal to a fleet and waits for what comes of it; it needs `gyre fleet dev` and `gyre fleet worker` somewhere.
import { homedir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { loadConfig } from 'gyre';
import { createFleetClient, DEFAULT_ENGINE, runIdOf, specOf } from 'gyre/fleet';

const { settings } = loadConfig({
  flags: new Map([['maxIterations', '5']]),
  env: process.env,
  configFile: undefined,
  homeDir: homedir(),
  workingDir: process.cwd(),
  readFile: () => undefined,
});
const fleet = createFleetClient(DEFAULT_ENGINE);
const [host] = (await fleet.deployments()).flatMap(({ hosts }) => hosts);
if (host === undefined) throw new Error('The fleet has no host.');
const spec = specOf('Count the words in WELCOME.txt and write the number into words.txt.', settings);
const runId = runIdOf(spec, 0);
await fleet.submit(host, runId, spec);
let run = await fleet.run(host, runId);
while (run?.phase !== 'ended') {
  await setTimeout(500);
  run = await fleet.run(host, runId);
}
console.log(JSON.stringify(run));
