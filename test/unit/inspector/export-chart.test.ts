import { expect, test } from 'vitest';
import { type ChartFormat, exportChart } from '../../../src/inspector/export-chart.ts';

test.each([
  ['json', /^\{\n {2}"id": "agent",\n/],
  ['mermaid', /^stateDiagram-v2\n/],
  ['svg', /^<svg xmlns=/],
] satisfies [ChartFormat, RegExp][])(
  'the chart is exported as %s and ends with a newline',
  async (format, start) => {
    const text = await exportChart(format);
    expect(text).toMatch(start);
    expect(text.endsWith('\n')).toBe(true);
  },
  30_000,
);
