// The page between this machine and Stately's inspector: it takes the run's events from here and hands them to the frame.
const frame = document.querySelector('iframe');
const status = document.querySelector('output');
const target = new URL(document.body.dataset['target'] ?? '');
const token = location.hash.slice(1);
let isConnected = false;
let isFed = false;

window.addEventListener('message', ({ source, origin, data }) => {
  if (source !== frame?.contentWindow || origin !== target.origin) return;
  // A frame that was loaded again has forgotten everything: it is told from the start.
  if (typeof data === 'object' && data !== null && data.type === '@statelyai.connected') connect();
});

setTimeout(() => {
  if (isConnected) return;
  say(
    `${target.host} has not answered. It may be unreachable from here, refuse to be shown in a frame, or have changed. ` +
      'Nothing has been sent to it. The local inspector shows the same run: open this address without "stately".',
  );
}, 5000);

if (frame) frame.src = target.href;

function connect(): void {
  isConnected = true;
  isFed = false;
  const socket = new WebSocket(`ws://${location.host}/stately-feed`, ['gyre', token]);
  socket.onmessage = ({ data }) => {
    isFed = true;
    frame?.contentWindow?.postMessage(JSON.parse(String(data)), target.origin);
    say(`The run is being sent to ${target.host}.`);
  };
  socket.onclose = () => {
    say(
      isFed
        ? 'The run has ended, or gyre was stopped. Nothing more is sent.'
        : 'This address is not valid any more: the run has ended, or gyre was started anew.',
    );
  };
}

function say(text: string): void {
  if (status) status.textContent = text;
}
