import { type ChartFormat, exportChart } from '../inspector/export-chart.ts';

export interface ChartOptions {
  readonly format: ChartFormat;
  /** Usually standard output. */
  readonly out: { write(text: string, done: (error?: Error | null) => void): unknown };
}

/** Writes the statechart and answers the exit code, 0. Rejects when `out` cannot be written. */
export async function chart({ format, out }: ChartOptions): Promise<number> {
  const text = await exportChart(format);
  await new Promise<void>((resolve, reject) => {
    out.write(text, (error) => (error ? reject(error) : resolve()));
  });
  return 0;
}
