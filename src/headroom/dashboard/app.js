// The dashboard: asks /stats and /stats-history, listens to what happens, and shows it.

import { takeToken, told } from './asking.js';
import * as detail from './detail.js';
import { byId } from './dom.js';
import * as history from './history.js';
import { follow } from './live.js';
import * as overview from './overview.js';
import * as recent from './recent.js';
import * as timing from './timing.js';
import * as where from './where.js';

const SUMS_MS = 2_000;
// A year of days and a month of hours: up to a megabyte.
const HISTORY_MS = 15_000;
const HEALTH_MS = 30_000;

let health = null;
let filled = false;

function failed(error) {
  const trouble = byId('trouble');
  trouble.hidden = false;
  trouble.textContent = `The proxy does not tell: ${error.message}`;
}

/** What runs no more than once at a time and once in *every* milliseconds, however often it is asked for. */
function calmly(every, work) {
  let last = -Infinity;
  let waiting = 0;
  let running = false;
  const run = async () => {
    waiting = 0;
    if (running) return again();
    running = true;
    last = performance.now();
    try { await work(); } catch (error) { failed(error); }
    running = false;
    return undefined;
  };
  const again = () => {
    if (!waiting) waiting = setTimeout(run, Math.max(0, last + every - performance.now()));
  };
  return again;
}

const sums = calmly(SUMS_MS, async () => {
  const stats = await told('/stats');
  overview.state(stats, health);
  const none = !stats.lifetime.requests && !stats.persistent_savings.lifetime.requests;
  empty(none);
  if (none) return;
  overview.headline(stats);
  overview.harm(stats);
  overview.cache(stats);
  overview.cards(stats);
  where.show(stats.lifetime_breakdown);
  timing.show(stats.lifetime_distributions);
  recent.add(stats.recent_requests);
  recent.show();
});

const series = calmly(HISTORY_MS, async () => {
  history.show(await told('/stats-history?history_mode=none'));
});

const condition = calmly(HEALTH_MS, async () => {
  health = await told('/health');
  sums();
});

function empty(none) {
  byId('empty').hidden = !none;
  byId('filled').hidden = none;
  if (none || filled) return;
  filled = true;
  series();
}

const shown = calmly(200, async () => recent.show());

takeToken();
byId('how').textContent = `export ANTHROPIC_BASE_URL=${location.origin}`;
byId('how-openai').textContent = `export OPENAI_BASE_URL=${location.origin}/v1`;
history.start(failed);
timing.start();
where.start();
detail.start();
condition();
setInterval(condition, HEALTH_MS);
follow('/dashboard/events', {
  request: (one) => { if (recent.add([one])) shown(); },
  changed: () => { sums(); if (filled) series(); },
  state: (word) => {
    const link = byId('link');
    link.dataset.state = word;
    if (link.lastElementChild.textContent !== word) link.lastElementChild.textContent = word;
  },
});
detail.follow();
