import { expect, test } from 'vitest';
import { specOf } from '../../src/fleet/run-spec.ts';
import { inputFor, makePlace, openHost, servicesFor } from './scripted-run.ts';

const input = { iteration: 1, command: 'good 1', workingDirectory: '' };

async function openHosts() {
  const place = await makePlace();
  const { services, commands } = servicesFor([]);
  const its = inputFor(place.settings);
  const { settings } = specOf(its.goal, place.settings);
  const run = { home: 'home', runId: its.runId, settings, input: its, memory: null };
  const open = () => openHost(place, services);
  return { open, run, commands };
}

const outcomeOf = ({ output }: { output?: unknown }) => output as { readonly outcome: { readonly code: string } };

test('a command begins where its intent was kept, once', async () => {
  const { open, run, commands } = await openHosts();
  const host = open();
  const crew = host.crewFor(run);
  const intent = await crew.intend(input);
  expect(outcomeOf(await crew.carryOut(input, 1, intent)).outcome).toMatchObject({ kind: 'ok' });
  expect(commands).toEqual(['good 1']);
  await host.close();
});

test('a command that this process has begun is not begun again after its place was closed', async () => {
  const { open, run, commands } = await openHosts();
  const host = open();
  const crew = host.crewFor(run);
  const intent = await crew.intend(input);
  await crew.carryOut(input, 1, intent);
  await host.close();
  expect(outcomeOf(await crew.carryOut(input, 1, intent)).outcome).toMatchObject({ code: 'interrupted' });
  expect(commands).toEqual(['good 1']);
  await host.close();
});

test('a process that was held up past the moment of its intent does not begin', async () => {
  const { open, run, commands } = await openHosts();
  const host = open();
  const crew = host.crewFor(run);
  const intent = await crew.intend(input);
  const late = { ...intent, startByMs: Date.now() - 1 };
  expect(outcomeOf(await crew.carryOut(input, 1, late)).outcome).toMatchObject({ code: 'interrupted' });
  expect(commands).toEqual([]);
  await host.close();
});

test('another process, also of the same name, does not begin', async () => {
  const { open, run, commands } = await openHosts();
  const [host, other] = [open(), open()];
  const intent = await host.crewFor(run).intend(input);
  expect(outcomeOf(await other.crewFor(run).carryOut(input, 1, intent)).outcome).toMatchObject({ code: 'interrupted' });
  expect(commands).toEqual([]);
  await Promise.all([host.close(), other.close()]);
});
