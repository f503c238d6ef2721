// The smallest program on the library: one goal, the box in ./sandbox, the real services.
import { homedir } from 'node:os';
import { checkBox, createAgent, createServices, loadConfig } from 'gyre';

const goal = 'Count the words in WELCOME.txt and write the number into words.txt.';
const [homeDir, workingDir] = [homedir(), process.cwd()];
const { settings } = loadConfig({
  flags: new Map([['maxIterations', '5']]),
  env: process.env,
  configFile: undefined,
  homeDir,
  workingDir,
  readFile: () => undefined,
});
const box = await checkBox({ dir: settings.sandboxDir, isNamed: true, homeDir, keepOut: [] });
if (!box.ok) throw new Error(box.problem);
const agent = createAgent({
  goal,
  settings,
  boxDir: box.dir,
  services: createServices({ settings, goal, boxDir: box.dir, workingDir }),
  onLine: (line) => console.log(JSON.stringify(line)),
});
process.exitCode = (await agent.run()).exitCode;
