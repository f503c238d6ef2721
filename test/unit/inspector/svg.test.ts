import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ChartGraph, toGraph } from '../../../src/inspector/graph.ts';
import { layOut } from '../../../src/inspector/layout.ts';
import { toSvg } from '../../../src/inspector/svg.ts';
import { agentMachine } from '../../../src/machine/agent.machine.ts';

const graph = toGraph(agentMachine);
let svg: string;

beforeAll(async () => {
  svg = toSvg(graph, await layOut(graph));
}, 30_000);

describe('the picture of the agent', () => {
  test('is well-formed', () => {
    expect(XMLValidator.validate(svg)).toBe(true);
  });

  test('has a group for every state, with its id and its description', () => {
    const states = all(parsed(svg), 'g').filter((group) => String(group['@class']).startsWith('state'));
    expect(states.map((group) => [group['@id'], group['title']])).toEqual(
      graph.nodes.slice(1).map(({ id, description }) => [id, description]),
    );
  });

  test('has one text for every transition, and names it on its line', () => {
    const texts = all(parsed(svg), 'text').flatMap((text) => text['@data-edge'] ?? []);
    const lines = all(parsed(svg), 'path').flatMap((path) => String(path['@data-edges'] ?? '').split(' '));
    expect(texts.sort()).toEqual(graph.edges.map(({ id }) => id).sort());
    expect(lines.filter((id) => id !== '' && !texts.includes(id))).toEqual([]);
  });

  test('needs nothing from elsewhere and runs nothing', () => {
    expect(svg.match(/https?:[^"]+/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(svg).not.toMatch(/<script|<image|<foreignObject|@import|href|\son\w+=/);
  });

  test('is dark where the reader wants it dark', () => {
    expect(svg).toContain('@media(prefers-color-scheme:dark)');
  });
});

test('what a chart says of itself stays text', async () => {
  const sharp = `"><script>alert('&')</script>`;
  const empty = { tags: [], initial: null, history: null, invokes: [], entry: [], exit: [] };
  const hostile: ChartGraph = {
    id: 'm',
    nodes: [
      { ...empty, id: 'm', name: 'm', path: [], parent: null, type: 'compound', description: sharp },
      { ...empty, id: `m.${sharp}`, name: sharp, path: [sharp], parent: 'm', type: 'atomic', description: sharp },
    ],
    edges: [],
  };
  const drawn = toSvg(hostile, await layOut(hostile));
  expect(XMLValidator.validate(drawn)).toBe(true);
  expect(drawn).not.toContain('<script');
});

type Parsed = Record<string, unknown>;

function parsed(xml: string): Parsed {
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', htmlEntities: true });
  return parser.parse(xml);
}

/** Every element of the name, however deep. */
function all(element: unknown, name: string): Parsed[] {
  if (Array.isArray(element)) return element.flatMap((one) => all(one, name));
  if (!isParsed(element)) return [];
  return Object.entries(element).flatMap(([key, inside]) => [
    ...(key === name ? [inside].flat().filter(isParsed) : []),
    ...all(inside, name),
  ]);
}

function isParsed(value: unknown): value is Parsed {
  return typeof value === 'object' && value !== null;
}
