// What happens at the proxy, as it happens: server-sent events, and asking again where they break.

const ASK_AGAIN_MS = 5_000;
const SILENT_MS = 25_000;
const COME_AGAIN_MS = 4_000;

/**
 * Follow *url*.  `heard.request(one)` is told of each finished request, `heard.changed()` that
 * sums have changed, `heard.state(word)` whether the page is `live` or `reconnecting`.
 */
export function follow(url, heard) {
  let source = null;
  let silence = 0;
  let again = 0;
  let asking = 0;

  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(restart, SILENT_MS);
  };
  const stop = () => {
    source?.close();
    source = null;
    clearTimeout(silence);
    clearTimeout(again);
  };
  const restart = () => {
    stop();
    lost();
    again = setTimeout(start, COME_AGAIN_MS);
  };
  const lost = () => {
    heard.state('reconnecting');
    // Until the stream is back the sums are asked for.
    if (!asking) asking = setInterval(heard.changed, ASK_AGAIN_MS);
  };
  const found = () => {
    alive();
    heard.state('live');
    clearInterval(asking);
    asking = 0;
  };

  function start() {
    source = new EventSource(url);
    alive();
    source.addEventListener('open', found);
    source.addEventListener('hello', () => { found(); heard.changed(); });
    source.addEventListener('missed', () => { found(); heard.changed(); });
    source.addEventListener('beat', alive);
    source.addEventListener('totals', () => { alive(); heard.changed(); });
    source.addEventListener('request', (event) => { alive(); heard.request(JSON.parse(event.data)); });
    source.addEventListener('error', () => {
      // A stream that was refused is not tried again by itself.
      if (source?.readyState === EventSource.CLOSED) restart();
      else lost();
    });
  }

  // A page that nobody looks at holds no connection: browsers have six for each host.
  document.addEventListener('visibilitychange', () => {
    stop();
    if (!document.hidden) start();
  });
  addEventListener('pagehide', stop);
  start();
}
