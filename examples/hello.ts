// The smallest program on the library: one goal, one box, the real services.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { checkBox, createAgent, createServices, loadConfig } from '../src/index.ts';

const goal = 'Count the words in WELCOME.txt and write the number into words.txt.';
const workingDir = process.cwd();
const { settings } = loadConfig({
  flags: new Map([
    ['sandboxDir', resolve('sandbox')],
    ['maxIterations', '5'],
  ]),
  env: process.env,
  configFile: undefined,
  homeDir: homedir(),
  workingDir,
  readFile: () => undefined,
});
const box = await checkBox({ dir: settings.sandboxDir, isNamed: true, homeDir: homedir(), keepOut: [] });
if (!box.ok) throw new Error(box.problem);
const agent = createAgent({
  goal,
  settings,
  boxDir: box.dir,
  isAutonomyEnabled: true,
  isPersonThere: false,
  services: createServices({ settings, goal, boxDir: box.dir, workingDir }),
  onLine: (line) => console.log(JSON.stringify(line)),
});
process.exitCode = (await agent.run()).exitCode;
