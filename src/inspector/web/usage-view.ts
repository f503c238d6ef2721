import { createCoverageCount } from '../coverage.ts';
import type { Coverage, Frame, Hello } from '../messages.ts';
import { make, setAttribute, setText, textButton, withAttributes } from './dom.ts';

/** How much of the chart was ever used: by this run, or by every run there is. */
export interface UsageView {
  readonly button: HTMLElement;
  /** Says what is drawn. */
  readonly note: HTMLElement;
  /** Off, this run, all runs, and off again. */
  toggle(): void;
}

type Mode = 'off' | 'this' | 'all';

/**
 * @param askAll asks the server; null where there is none
 * @param show takes what is to be drawn, and null for nothing
 */
export function createUsageView(options: {
  readonly run: () => { readonly hello: Hello | null; readonly frames: readonly Frame[] };
  readonly askAll: (() => Promise<Coverage | null>) | null;
  readonly show: (coverage: Coverage | null) => void;
}): UsageView {
  const { run, askAll, show } = options;
  const button = textButton('Usage', toggle, 'usage-button');
  const note = withAttributes(make('span', 'usage-note'), { role: 'status' });
  let mode: Mode = 'off';

  function toggle() {
    mode = nextOf(mode);
    void draw(mode);
  }

  function nextOf(now: Mode): Mode {
    if (now === 'off') return 'this';
    return now === 'this' && askAll !== null ? 'all' : 'off';
  }

  async function draw(wanted: Mode) {
    setAttribute(button, 'aria-pressed', String(wanted !== 'off'));
    const { hello, frames } = run();
    if (wanted === 'off' || hello === null) return tell(null, '');
    if (wanted === 'this') {
      const counted = createCoverageCount(hello.chart);
      counted.add(frames);
      return tell(counted.total(), 'this run');
    }
    const coverage = (await askAll?.()) ?? null;
    // Somebody may have gone on while the server counted.
    if (mode === 'all') tell(coverage, coverage === null ? 'not known' : `${coverage.runs} runs`);
  }

  function tell(coverage: Coverage | null, what: string) {
    show(coverage);
    if (coverage === null) return setText(note, what);
    const ways = Object.values(coverage.edges);
    setText(note, `${what}: ${ways.filter((times) => times > 0).length} of ${ways.length} transitions were taken`);
  }

  setAttribute(button, 'aria-pressed', 'false');
  setAttribute(button, 'title', 'How often each state and transition was used: this run, all runs, off (U)');
  return { button, note, toggle };
}
