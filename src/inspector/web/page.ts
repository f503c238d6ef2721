import type { Hello, Story } from '../messages.ts';
import { createChartView } from './chart-view.ts';
import { connect } from './connection.ts';
import { createContextView } from './context-view.ts';
import { createControls } from './controls.ts';
import { createHelp } from './dialogs.ts';
import { iconButton, make, setText, withAttributes } from './dom.ts';
import { createEventsView } from './events-view.ts';
import { createHeader } from './header.ts';
import { createIterationView } from './iteration-view.ts';
import { bindKeys, keyHelp } from './keys.ts';
import { createPlayer } from './player.ts';
import { createStore, takeStory } from './store.ts';
import { createThemeButton } from './theme.ts';
import { createTimeline } from './timeline.ts';
import { createUsageView } from './usage-view.ts';
import { createWords, type Words } from './words.ts';

/**
 * Fills the page, and keeps it filled. However often something changes, the page is written to once a frame at most.
 * @param story a run that is shown without a server; null asks the server that the page came from
 */
export function startPage(story: Story | null): void {
  let isPassAsked = false;
  const ask = () => {
    if (isPassAsked) return;
    isPassAsked = true;
    requestAnimationFrame(pass);
  };
  const store = createStore(ask);
  const toast = withAttributes(make('div', 'toast'), { role: 'status' });
  const connection =
    story === null
      ? connect({
          address: `ws://${location.host}/feed`,
          token: location.hash.slice(1),
          onMessage: store.take,
          onLink: store.setLink,
        })
      : null;
  const controls = connection && createControls(connection, tell);
  const help = createHelp('Keys', keyHelp(controls !== null));
  const timeline = createTimeline(store);
  const header = createHeader(
    ...(controls === null ? [] : [controls.element]),
    createThemeButton(() => timeline.repaint()),
    iconButton('keys', 'Keys (?)', help.open),
  );
  const usage = createUsageView({
    run: () => ({ hello: store.view.hello, frames: store.view.history.all() }),
    askAll: connection?.count ?? null,
    show: (coverage) => chart.showUsage(coverage),
  });
  const chart = createChartView(usage);
  const iteration = createIterationView();
  const context = createContextView();
  const events = createEventsView(store, ask);
  const player = createPlayer(store);
  let told: Hello | null = null;
  let words: Words = createWords({ svg: '', states: [], edges: [] });

  function pass() {
    isPassAsked = false;
    const { view } = store;
    if (view.hello !== null && view.hello !== told) {
      // After a reconnect the chart is the same, and nothing is drawn anew.
      if (view.hello.chart.svg !== told?.chart.svg) chart.load(view.hello.chart);
      words = createWords(view.hello.chart);
      told = view.hello;
    }
    header.show(view);
    controls?.show(view);
    chart.show(view, words);
    iteration.show(view, words);
    context.show(view);
    events.show(view, words);
    timeline.show(view, words);
    player.show();
  }

  function tell({ ok, message }: { ok: boolean; message: string }) {
    setText(toast, message);
    toast.className = `toast is-shown ${ok ? 'good' : 'bad'}`;
    clearTimeout(hiding);
    hiding = setTimeout(() => toast.classList.remove('is-shown'), TOAST_MS);
  }
  let hiding: ReturnType<typeof setTimeout> | undefined;

  bindKeys({
    ' ': () => {
      const { isLive, isFollowing, isPlaying } = store.view;
      if (controls !== null && isLive && isFollowing) controls.togglePause();
      else store.setPlaying(!isPlaying);
    },
    ArrowLeft: () => store.step(-1),
    ArrowRight: () => store.step(1),
    ArrowUp: () => store.stepIteration(-1),
    ArrowDown: () => store.stepIteration(1),
    'shift+ArrowLeft': () => store.stepIteration(-1),
    'shift+ArrowRight': () => store.stepIteration(1),
    Home: () => store.moveTo(0),
    End: store.follow,
    l: store.follow,
    L: store.follow,
    '/': events.focusSearch,
    '?': help.open,
    '+': () => chart.zoomIn(),
    '=': () => chart.zoomIn(),
    '-': () => chart.zoomOut(),
    '0': () => chart.showWhole(),
    u: usage.toggle,
    U: usage.toggle,
    f: () => chart.follow(),
    F: () => chart.follow(),
  });

  document.querySelector('noscript')?.remove();
  document.body.prepend(
    header.element,
    make('main', 'main', chart.element, make('div', 'side', iteration.element, context.element, events.element)),
    timeline.element,
    toast,
    help.element,
    ...(controls?.dialogs ?? []).map(({ element }) => element),
  );
  if (story !== null) takeStory(store, story);
  ask();
}

const TOAST_MS = 5000;
