// Before and after over time: what it cost and would have cost, or tokens asked for and sent.

import { download } from './asking.js';
import { beforeAndAfter } from './charts.js';
import { byId, choice, fill, make, table } from './dom.js';
import { axisDollars, count, dollars, percent, period, periodInFull, share, short } from './format.js';

const SERIES = [['hourly', 'Hourly'], ['daily', 'Daily'], ['weekly', 'Weekly'], ['monthly', 'Monthly']];
const UNITS = [['usd', 'Dollars'], ['tokens', 'Tokens']];
const MOST = { hourly: 48, daily: 45, weekly: 26, monthly: 18 };
const FEWEST = { hourly: 24, daily: 14, weekly: 8, monthly: 6 };
const HOUR = 3600;

const chosen = { series: 'hourly', unit: 'usd' };
let known = null;

/** When the period after this one begins. */
function next(begin, series, by = 1) {
  const moment = new Date(begin * 1000);
  if (series === 'hourly') return begin + by * HOUR;
  if (series === 'monthly') return Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth() + by, 1) / 1000;
  return begin + by * 24 * HOUR * (series === 'weekly' ? 7 : 1);
}

function beginNow(series) {
  const now = new Date();
  const day = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()) / 1000;
  if (series === 'hourly') return Math.floor(now / 1000 / HOUR) * HOUR;
  if (series === 'monthly') return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1) / 1000;
  return series === 'weekly' ? day - ((now.getUTCDay() + 6) % 7) * 24 * HOUR : day;
}

/** Every period up to now, those without requests too: a gap is seen as a gap. */
function periods(told, series) {
  const found = new Map(told.map((one) => [Date.parse(one.timestamp) / 1000, one]));
  const now = Math.max(beginNow(series), ...found.keys());
  const first = Math.min(...found.keys(), next(now, series, 1 - FEWEST[series]));
  const list = [];
  for (let at = now; at >= first && list.length < MOST[series]; at = next(at, series, -1)) {
    list.unshift({ at, one: found.get(at) ?? null });
  }
  return list;
}

const amounts = {
  usd: (one) => [one?.net.counterfactual_usd ?? 0, one?.net.actual_usd ?? 0],
  tokens: (one) => [one?.tokens_before ?? 0, one?.tokens_after ?? 0],
};
const written = {
  usd: { axis: axisDollars, value: dollars, before: 'without Headroom', after: 'with', note: 'Dollars of requests whose usage the provider reported and whose price is known.' },
  tokens: { axis: (marks) => marks.map(short), value: short, before: 'without Headroom', after: 'with', note: 'Prompt tokens by our own count, of what the provider took.' },
};

function draw() {
  if (!known) return;
  const { series, unit } = chosen;
  const words = written[unit];
  const list = periods(known.series?.[series] ?? [], series);
  const pairs = list.map(({ one }) => amounts[unit](one));
  const all = pairs.reduce((sum, pair) => [sum[0] + pair[0], sum[1] + pair[1]], [0, 0]);
  const swatch = (kind) => make('i', { class: `dot ${kind}`, 'aria-hidden': 'true' });
  const read = (when, [before, after]) => fill(readout,
    make('span', {}, when),
    make('span', {}, swatch('uncached'), words.value(before), ' ', make('small', {}, words.before)),
    make('span', {}, swatch('read'), words.value(after), ' ', make('small', {}, words.after)),
    make('span', {}, words.value(before - after), ' ', make('small', {}, `saved (${percent(share(before - after, before))})`)));
  const say = (when, [before, after]) => `${when}: ${words.value(before)} ${words.before}, `
    + `${words.value(after)} ${words.after}, ${words.value(before - after)} saved (${percent(share(before - after, before))})`;
  const whole = `${periodInFull(list[0].at, series)} to now`;
  const element = byId('history');
  const readout = byId('history-now');
  read(whole, all);
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', say(whole, all));
  beforeAndAfter(element, list.map(({ at }) => period(at, series)),
    // Labels of hours stand at whole parts of a day.
    series === 'hourly' ? (list[0].at / HOUR) % 24 : 0,
    pairs.map((pair) => pair[0]), pairs.map((pair) => pair[1]), words.axis, (place) => {
      if (place === null || !list[place]) read(whole, all);
      else read(periodInFull(list[place].at, series), pairs[place]);
    });
  byId('history-note').textContent = `${words.note} All periods are in UTC.`;
  fill(byId('history-table'), table(`Before and after, ${series}`, [
    { name: 'Period', of: ({ at }) => periodInFull(at, series), text: true },
    { name: 'Requests', of: ({ one }) => count(one.requests) },
    { name: `${words.before[0].toUpperCase()}${words.before.slice(1)}`, of: ({ one }) => words.value(amounts[unit](one)[0]) },
    { name: `${words.after[0].toUpperCase()}${words.after.slice(1)}`, of: ({ one }) => words.value(amounts[unit](one)[1]) },
    { name: 'Saved', of: ({ one }) => { const [before, after] = amounts[unit](one); return words.value(before - after); } },
  ], list.filter(({ one }) => one).reverse()));
}

export function start(failed) {
  choice(byId('series'), SERIES, chosen.series, (value) => { chosen.series = value; draw(); });
  choice(byId('unit'), UNITS, chosen.unit, (value) => { chosen.unit = value; draw(); });
  for (const format of ['json', 'csv']) {
    byId(`export-${format}`).addEventListener('click', () => {
      const name = `headroom-stats-history-${chosen.series}.${format}`;
      download(`/stats-history?format=${format}&series=${chosen.series}`, name).catch(failed);
    });
  }
}

export function show(history) {
  known = history;
  draw();
}
