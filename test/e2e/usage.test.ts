import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHAT_ML } from '../unit/model/chat-templates.ts';
import { ggufWith } from '../unit/model/gguf-file.ts';
import { makeWorkplace, RUN, STOP, startInTerminal } from './workplace.ts';

test('every problem of a command line is listed at once, and nothing is started', async () => {
  const { gyre, state } = await makeWorkplace();
  const flags = ['--max-iterations', '0', '--temprature', '1', '--max-tokens=x'];
  const result = await gyre(['run', 'x', '--json', ...flags], { GYRE_TYPO: '1', SHELL_TIMEOUT: 'soon' });
  expect([result.code, result.stdout]).toEqual([2, '']);
  for (const part of [
    '--max-iterations',
    '--temprature',
    '--temperature?',
    '--max-tokens',
    'GYRE_TYPO',
    'SHELL_TIMEOUT',
  ]) {
    expect(result.stderr).toContain(part);
  }
  expect((await gyre(['runs', '--json'], { GYRE_STATE_DIR: state })).stdout).toBe('[]\n');
});

test('what settings and paths alone decide is exit code 2 without a line on standard output', async () => {
  const { gyre, dir, box } = await makeWorkplace();
  await symlink(box, join(dir, 'link'));
  await writeFile(join(dir, 'file'), '');
  await mkdir(join(box, 'checks'));
  const cases = [
    ['--sandbox-dir', join(dir, 'none')],
    ['--sandbox-dir', join(dir, 'file')],
    ['--sandbox-dir', join(dir, 'link')],
    ['--sandbox-dir', `${join(dir, 'link')}/`],
    ['--sandbox-dir', '/'],
    ['--sandbox-dir', dir],
    ['--sandbox-dir', box, '--state-dir', join(box, 'state')],
    ['--sandbox-dir', box, '--models-dir', join(box, 'models')],
    ['--model', 'script:none.txt'],
    ['--goal-file', 'none.md'],
    ['--goal-file', join(dir, 'file')],
    ['--approve'],
    ['--sandbox', 'none'],
    ['--check', 'true', '--check-dir', join(dir, 'none')],
    ['--check', 'true', '--check-dir', join(box, 'checks')],
    ['--config', 'none.json'],
    ['too', 'many'],
  ];
  const results = await Promise.all(cases.map((flags) => gyre(['run', '--json', ...flags])));
  expect(results.map(({ code, stdout }, index) => [cases[index], code, stdout])).toEqual(
    cases.map((flags) => [flags, 2, '']),
  );
  expect(results.map(({ stderr }) => stderr.length > 20)).toEqual(cases.map(() => true));
});

test('help and version answer on standard output, an unknown command on standard error', async () => {
  const { gyre } = await makeWorkplace();
  const [help, version, unknown, nothing, runHelp] = await Promise.all([
    gyre(['--help']),
    gyre(['--version']),
    gyre(['rnu']),
    gyre([]),
    gyre(['run', '--help']),
  ]);
  expect([help.code, version.code, unknown.code, nothing.code, runHelp.code]).toEqual([0, 0, 2, 2, 0]);
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(unknown.stderr).toContain('Did you mean "run"?');
  expect(runHelp.stdout).toContain('Examples:');
});

test('every command has help with an example', async () => {
  const { gyre } = await makeWorkplace();
  const names = ['run', 'runs', 'exec', 'doctor', 'models', 'chart'];
  const helps = await Promise.all(names.map((name) => gyre([name, '--help'])));
  expect(helps.map(({ code, stdout }) => [code, stdout.includes('Examples:\n  gyre ')])).toEqual(
    names.map(() => [0, true]),
  );
});

test('doctor says which adapter would be used, and why one cannot be', async () => {
  const { gyre, dir } = await makeWorkplace();
  const llama = { 'general.architecture': 'llama' };
  const lora = { 'general.type': 'adapter', 'adapter.type': 'lora' };
  await writeFile(join(dir, 'm.gguf'), ggufWith({ ...llama, 'tokenizer.chat_template': CHAT_ML[0]?.template ?? '' }));
  await writeFile(join(dir, 'own.gguf'), ggufWith({ ...llama, ...lora }));
  await writeFile(join(dir, 'other.gguf'), ggufWith({ ...lora, 'general.architecture': 'qwen2' }));
  const modelWith = async (adapter: string) => {
    const { stdout } = await gyre(['doctor', '--json', '--model', './m.gguf'], { GYRE_ADAPTER: adapter });
    const { findings }: { findings: readonly { name: string; state: string; found: string }[] } = JSON.parse(stdout);
    return findings.find(({ name }) => name === 'model');
  };
  expect(await modelWith('own.gguf')).toMatchObject({
    state: 'good',
    found: expect.stringContaining(`${dir}/m.gguf, with the adapter own.gguf (`),
  });
  expect((await modelWith('none'))?.found).not.toContain('adapter');
  expect(await modelWith('other.gguf')).toMatchObject({
    state: 'bad',
    found: expect.stringContaining('its general.architecture is "qwen2", and m.gguf has "llama".'),
  });
});

test('exec answers the exit code of the command, and of what kept it from running', async () => {
  const { gyre } = await makeWorkplace();
  const exec = (...args: string[]) => gyre(['exec', ...args]);
  const results = await Promise.all([
    exec('--', 'echo out; echo err >&2; exit 5'),
    exec('--', 'curl', 'http://localhost'),
    exec('--shell-timeout', '500', '--', 'sleep 30'),
    exec('--', 'yes'),
    exec('--sandbox', 'seatbelt', '--', 'true'),
    exec('--sandbox-dir', '/', '--', 'true'),
    exec(),
    exec('--no-policy', '--', 'cat /etc/shadow'),
  ]);
  expect(results.map(({ code }) => code)).toEqual([5, 126, 124, 125, 125, 2, 2, 1]);
  expect([results[0]?.stdout, results[0]?.stderr.endsWith('err\n')]).toEqual(['out\n', true]);
  expect(results[1]?.stderr).toContain('denied-program');
});

test('exec --json prints one object that tells a refusal from an exit code', async () => {
  const { gyre } = await makeWorkplace();
  const json = async (...args: string[]) => JSON.parse((await gyre(['exec', '--json', ...args])).stdout);
  expect(await json('--', 'exit 126')).toMatchObject({
    verdict: 'allow',
    exitCode: 126,
    code: null,
    sandbox: 'bubblewrap',
  });
  expect(await json('--', 'wget x')).toMatchObject({ verdict: 'deny', rule: 'denied-program', exitCode: null });
  expect(await json('--no-policy', '--', 'true')).toMatchObject({ verdict: null, exitCode: 0, code: null });
  expect(await json('--shell-timeout', '300', '--', 'sleep 9')).toMatchObject({ code: 'timeout', signal: 'SIGKILL' });
});

test('an unknown and an ambiguous run are exit code 2', async () => {
  const { gyre, run } = await makeWorkplace();
  await run([STOP]);
  const [unknown, empty, last] = await Promise.all([
    gyre(['runs', 'nothing']),
    gyre(['runs', 'last'], { GYRE_STATE_DIR: '/nowhere' }),
    gyre(['runs', 'last', '--json']),
  ]);
  expect([unknown.code, empty.code, last.code]).toEqual([2, 2, 0]);
  expect(JSON.parse(last.stdout)).toMatchObject({ status: 'completed', saved: [{ iteration: 1 }] });
});

test('without a terminal a run is told in plain lines, without escapes', async () => {
  const { gyre, script } = await makeWorkplace();
  const { stdout } = await gyre(['run', 'x', '--model', await script(RUN('echo hi'), STOP), '--loop-interval-ms', '0']);
  expect(stdout).toContain('model: script (no model is thinking)');
  expect(stdout).toContain('$ echo hi');
  expect(stdout).toContain('completed: the agent says it is done');
  expect(stdout).not.toContain('\u001b');
});

test('in a terminal there is a status line and colour, unless NO_COLOR says no', async () => {
  const workplace = await makeWorkplace();
  const model = await workplace.script(RUN('sleep 0.4'), STOP);
  const args = ['run', 'x', '--model', model, '--loop-interval-ms', '0'];
  const coloured = await startInTerminal(workplace, args).finished;
  expect(coloured.stdout).toMatch(/executing · iteration 1/);
  expect(coloured.stdout).toContain('\u001b[32m');
  const plain = await startInTerminal(workplace, args, { NO_COLOR: '1' }).finished;
  expect(plain.stdout).not.toContain('\u001b[32m');
});

test('in a narrow terminal the status line stays one line, and a long output is cut', async () => {
  const workplace = await makeWorkplace();
  const model = await workplace.script(RUN('head -c 5000 /dev/zero | tr "\\0" x; sleep 0.5'), STOP);
  const narrow = (line: string) => `stty cols 24; exec ${line}`;
  const args = ['run', 'x', '--model', model, '--loop-interval-ms', '0'];
  const { code, stdout } = await startInTerminal(workplace, args, { NO_COLOR: '1' }, narrow).finished;
  expect(code).toBe(0);
  const drawn = stdout.match(/(?<=\u001b\[2K)[^\r\n\u001b]+/g) ?? [];
  expect(drawn.filter((text) => text.includes('·')).length).toBeGreaterThan(0);
  for (const text of drawn.filter((line) => line.includes('executing'))) expect(text.length).toBeLessThan(24);
  expect(Math.max(...stdout.split(/\r?\n/).map((line) => line.length))).toBeLessThan(1200);
});

test('--plain says everything in words, on a terminal too', async () => {
  const workplace = await makeWorkplace();
  const model = await workplace.script(RUN('false'), RUN('curl x'), 'hm', RUN('sleep 0.3'), STOP);
  const args = ['run', 'x', '--plain', '--model', model, '--loop-interval-ms', '0', '--max-iterations', '9'];
  const { stdout } = await startInTerminal(workplace, args).finished;
  expect(stdout).toContain('Iteration 4 of 9');
  expect(stdout).toMatch(/Done: exit 0, \d+ ms/);
  expect(stdout).toMatch(/Not well: exit 1/);
  expect(stdout).toContain('Failed: denied');
  expect(stdout.replace(/\r\n/g, '\n')).not.toMatch(/[^\x20-\x7e\n–]/);
});

test('a terminal whose locale is not UTF-8 gets ASCII', async () => {
  const workplace = await makeWorkplace();
  const args = ['run', 'Zähle', '--model', await workplace.script(RUN('echo ä€'), STOP), '--loop-interval-ms', '0'];
  const { stdout } = await startInTerminal(workplace, args, { LC_ALL: 'C', NO_COLOR: '1' }).finished;
  expect(stdout).toContain('goal: Zahle');
  expect(stdout).toMatch(/ {2}\+ exit 0/);
  expect(stdout).not.toMatch(/[^\x00-\x7f]/);
});

test('suspended by Ctrl+Z and continued by fg, it listens to its keys again', async () => {
  const workplace = await makeWorkplace();
  const model = await workplace.script(RUN('sleep 2'), STOP);
  // A shell with job control goes on with its next command when the job before is stopped.
  const inShell = (line: string) => `bash -mc '${line.replaceAll("'", "'\\''")}; echo was-stopped; fg'`;
  const args = ['run', 'x', '--model', model, '--loop-interval-ms', '0'];
  const running = startInTerminal(workplace, args, {}, inShell);
  await running.sees('sleep 2');
  running.type('\u001a');
  await running.sees('was-stopped');
  await new Promise((resolve) => setTimeout(resolve, 300));
  running.type('p');
  await running.sees('Paused.');
  running.type('p');
  const { code, stdout } = await running.finished;
  expect([code, stdout.includes('completed')]).toEqual([0, true]);
});

test('p pauses and goes on', async () => {
  const workplace = await makeWorkplace();
  const model = await workplace.script(RUN('sleep 0.5'), STOP);
  const running = startInTerminal(workplace, ['run', 'x', '--model', model, '--loop-interval-ms', '0']);
  await running.sees('sleep 0.5');
  running.type('p');
  await running.sees('Paused.');
  running.type('p');
  const { code, stdout } = await running.finished;
  expect([code, stdout.includes('completed')]).toEqual([0, true]);
});

test('--approve asks for each command: y runs it, n is a failure that does not count', async () => {
  const workplace = await makeWorkplace();
  const model = await workplace.script(RUN('touch no'), RUN('touch yes'), STOP);
  const flags = ['--approve', '--max-consecutive-failures', '1', '--loop-interval-ms', '0'];
  const running = startInTerminal(workplace, ['run', 'x', '--model', model, ...flags]);
  await running.sees('touch no');
  await running.sees('y / n');
  running.type('n');
  await running.sees('touch yes');
  running.type('y');
  const { code, stdout } = await running.finished;
  expect([code, stdout.includes('added yes')]).toEqual([0, true]);
});

test('Ctrl+C in a terminal stops the run as an interrupt does', async () => {
  const workplace = await makeWorkplace();
  const running = startInTerminal(workplace, ['run', 'x', '--model', await workplace.script(RUN('sleep 613'))]);
  await running.sees('sleep 613');
  running.type('\u0003');
  expect((await running.finished).code).toBe(130);
});
