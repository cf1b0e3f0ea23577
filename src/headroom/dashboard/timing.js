// How long things took: overhead of ours, and the first byte of the provider's answer.

import { histogram } from './charts.js';
import { byId, choice, fact, fill, table } from './dom.js';
import { count, short, took, words } from './format.js';

const KINDS = [['overhead_ms', 'Overhead'], ['first_byte_ms', 'First byte'], ['total_ms', 'Whole request']];
const QUANTILES = { p50: ['Half within', 'half'], p95: ['95 % within', '95 %'], p99: ['99 % within', '99 %'] };
const NOTES = {
  overhead_ms: 'What Headroom adds before a request leaves.',
  first_byte_ms: 'From arrival to the first byte of the reply, most of it the provider’s.',
  total_ms: 'From arrival to the last byte of the reply.',
};
const STAGES = {
  read: 'Reading the body', parse: 'Parsing', cache: 'Stored replies', blocks: 'Blocks', look_up: 'Looking up',
  plan: 'Planning', keep: 'Keeping forms', rewrite: 'Rewriting', guards: 'Limits and budgets',
};

let chosen = 'overhead_ms';
let known = null;

/** Counts of each bucket (they are told as running sums), without the empty ones at both ends. */
function buckets(spread) {
  let before = 0;
  const list = spread.buckets.map(([bound, below]) => {
    const own = below - before;
    before = below;
    return { bound, own };
  });
  const used = list.map(({ own }, place) => (own ? place : -1)).filter((place) => place >= 0);
  if (!used.length) return [];
  const first = Math.max(used[0] - 1, 0);
  return list.slice(first, Math.min(used.at(-1) + 2, list.length));
}

function marks(spread, list) {
  const found = new Map();
  for (const name of ['p50', 'p95', 'p99']) {
    const place = list.findIndex(({ bound }) => bound === null || spread[name] <= bound);
    if (place >= 0) found.set(place, [...(found.get(place) ?? []), QUANTILES[name][1]]);
  }
  return [...found].map(([place, names]) => [place, names.length > 1 ? `${names[0]} – ${names.at(-1)}` : names[0]]);
}

function draw() {
  if (!known) return;
  const spread = known[chosen];
  const list = buckets(spread);
  byId('time').hidden = !list.length;
  fill(byId('quantiles'), Object.entries(QUANTILES).map(([name, [said]]) => fact(said, spread.count ? took(spread[name]) : '–')));
  byId('time-note').textContent = spread.count
    ? `${NOTES[chosen]} ${count(spread.count)} requests, in all; rounded up to the end of a bar.`
    : `${NOTES[chosen]} Nothing was measured yet.`;
  byId('time').setAttribute('role', 'img');
  byId('time').setAttribute('aria-label', list.map(({ bound, own }) => `${own} up to ${took(bound)}`).join(', '));
  if (!list.length) return;
  histogram(byId('time'), list.map(({ bound }) => (bound === null ? 'more' : took(bound))),
    list.map(({ own }) => own), (ticks) => ticks.map(short), marks(spread, list));
}

export function start() {
  choice(byId('spread'), KINDS, chosen, (value) => { chosen = value; draw(); });
}

export function show(distributions) {
  known = distributions;
  draw();
  const stages = Object.entries(distributions.stages_ms).filter(([, one]) => one.count);
  fill(byId('stages'), table('Overhead by stage', [
    { name: 'Stage', of: ([name]) => STAGES[name] ?? words(name), text: true },
    { name: 'Requests', of: ([, one]) => count(one.count) },
    { name: 'Average', of: ([, one]) => took(one.average) },
    { name: '95 % within', of: ([, one]) => took(one.p95) },
    { name: 'Longest', of: ([, one]) => took(one.max) },
  ], stages.sort((one, other) => other[1].sum - one[1].sum)));
}
