#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { emitKeypressEvents } from 'node:readline';
import { nearest, parseArguments } from './commands/arguments.ts';
import { isAsciiOnly, toAscii } from './commands/ascii.ts';
import type { Command, Io, Keyboard, SignalName, Sink } from './commands/command.ts';
import { helpOf, helpOfAll } from './commands/help.ts';
import { commands } from './commands/index.ts';
import { configDir, loadConfig } from './config.ts';
import { AgentError } from './errors.ts';
import { gyreVersion } from './version.ts';

const code = await main(process.argv.slice(2), createIo());
await Promise.all([flush(process.stdout), flush(process.stderr)]);
process.exit(code);

async function main(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  const command = commands.find((candidate) => candidate.name === name);
  if (command) return runCommand(await command.load(), rest, io);
  if (name === '--version') io.out.write(`${gyreVersion()}\n`);
  else if (name === '--help' || name === '-h' || name === 'help') io.out.write(helpOfAll(commands, gyreVersion()));
  else {
    if (name !== undefined) {
      const near = nearest(
        name,
        commands.map((candidate) => candidate.name),
      );
      io.err.write(`gyre has no command ${JSON.stringify(name)}.${near ? ` Did you mean "${near}"?` : ''}\n\n`);
    }
    io.err.write(helpOfAll(commands, gyreVersion()));
    return 2;
  }
  return 0;
}

async function runCommand(command: Command, argv: readonly string[], io: Io): Promise<number> {
  const { settings, flags, words, problems } = parseArguments(command, argv);
  if (flags.has('help')) {
    io.out.write(helpOf(command));
    return 0;
  }
  const configFile = flags.get('config');
  try {
    const sources = {
      flags: settings,
      env: io.env,
      configFile,
      homeDir: io.homeDir,
      workingDir: io.workingDir,
      readFile,
    };
    const config = loadConfig(sources, problems);
    const configDirs = [configDir(sources), ...(configFile === undefined ? [] : [dirname(configFile)])];
    return await command.run({ words, flags, isJson: flags.has('json'), config, configDirs, io });
  } catch (error) {
    return report(error, command, io);
  }
}

function report(error: unknown, command: Command, io: Io): number {
  if (!(error instanceof AgentError)) {
    io.err.write(`This is a bug in gyre: ${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
  const hint = error.hint ?? `Run "gyre ${command.name} --help".`;
  io.err.write(`${error.message}\n  ${hint}\n`);
  return ['usage', 'settings', 'sandbox-dir', 'unknown-run'].includes(error.code) ? 2 : 1;
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function createIo(): Io {
  const { env, stdin, stdout, stderr } = process;
  return {
    out: sinkOf(stdout, env),
    err: sinkOf(stderr, env),
    keyboard: stdin.isTTY ? keyboardOf(stdin) : null,
    env,
    homeDir: homedir(),
    workingDir: process.cwd(),
    useColor: !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    onSignal: listenToSignals,
    exit: (code) => process.exit(code),
  };
}

function sinkOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Sink {
  // A reader that has gone away, or a terminal that was closed, must not end an unattended run.
  stream.on('error', () => {});
  const isAscii = stream.isTTY === true && isAsciiOnly(env);
  return {
    write: (text) => void stream.write(isAscii ? toAscii(text) : text),
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns || 80;
    },
    onResize(listener) {
      stream.on('resize', listener);
      return () => stream.off('resize', listener);
    },
  };
}

function keyboardOf(stdin: NodeJS.ReadStream): Keyboard {
  let listeners = 0;
  stdin.on('error', () => {});
  return {
    listen(onKey) {
      const listener = (text: string | undefined, key: { name?: string; ctrl?: boolean }) => {
        // In raw mode the terminal sends these as characters; they mean what they always mean.
        if (key.ctrl && key.name === 'c') process.kill(process.pid, 'SIGINT');
        else if (key.ctrl && key.name === 'z') suspend(stdin);
        else onKey(text ?? key.name ?? '');
      };
      listeners += 1;
      if (listeners === 1) {
        emitKeypressEvents(stdin);
        stdin.setRawMode(true);
        stdin.resume();
      }
      stdin.on('keypress', listener);
      return () => {
        stdin.off('keypress', listener);
        listeners -= 1;
        if (listeners > 0) return;
        if (stdin.isTTY) stdin.setRawMode(false);
        stdin.pause();
      };
    },
  };
}

/** Gives the terminal back to the shell as it was, stops, and takes it again when the person comes back with `fg`. */
function suspend(stdin: NodeJS.ReadStream): void {
  stdin.setRawMode(false);
  process.once('SIGCONT', () => {
    if (stdin.listenerCount('keypress') > 0) stdin.setRawMode(true);
  });
  process.kill(process.pid, 'SIGTSTP');
}

function listenToSignals(handler: (signal: SignalName) => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const listeners = signals.map((signal) => [signal, () => handler(signal)] as const);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

/** Pipes are written in the background: exiting before they are drained would cut the last lines off. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) resolve();
    else stream.write('', () => resolve());
  });
}
