// The last requests, the latest first; each opens.

import { byId, fill, make, table } from './dom.js';
import { cents, clock, count, percent, short, took, words } from './format.js';

const MOST = 50;
const FEW = 15;
const ENDS = {
  bypassed: 'bypassed', cached: 'stored reply', relayed: 'relayed', upstream_failed: 'provider failed',
  client_left: 'client left', cut: 'reply cut', stopped: 'stopped',
};

const known = new Map();
let all = false;

/** How it ended, in a word or two. */
export function ending(one) {
  if (one.verdict === 'refused') return words(one.refusal || 'refused');
  if (one.verdict !== 'planned') return ENDS[one.verdict] ?? words(one.verdict);
  if (one.status >= 400) return `error ${one.status}`;
  return one.tokens_saved ? 'made shorter' : 'sent as it came';
}

const isWrong = (one) => Boolean(one.error || one.compression_failed);

/** What was asked to be sent, and what was sent. */
export const shorter = (one) => `${short(one.input_tokens_original)} → ${short(one.input_tokens_optimized)}`;

function less(one) {
  if (!one.input_tokens_original) return '–';
  return one.tokens_saved ? shorter(one) : short(one.input_tokens_original);
}

const columns = [
  { name: 'Time', of: (one) => make('a', { href: `#request=${encodeURIComponent(one.request_id)}` }, clock(one.timestamp)), text: true },
  { name: 'Model', of: (one) => one.model || one.route || one.provider, text: true },
  { name: 'Result', of: (one) => make('span', { class: isWrong(one) ? 'bad' : '' }, ending(one)), text: true, spare: true },
  { name: 'Prompt tokens', of: less, spare: true },
  { name: 'Less', of: (one) => (one.input_tokens_original ? percent(one.savings_percent) : '–') },
  { name: 'Cache read', of: (one) => (one.usage === 'none' ? '–' : short(one.cache_read_tokens)), spare: true },
  { name: 'Cost', of: (one) => cents(one.cost_usd), spare: true },
  { name: 'Saved', of: (one) => cents(one.saved_usd) },
  { name: 'Overhead', of: (one) => (one.optimization_latency_ms ? took(one.optimization_latency_ms) : '–'), spare: true },
];

/** These have ended; what is known already is not shown twice.  Whether anything was new. */
export function add(requests) {
  let grew = false;
  for (const one of requests) {
    grew = grew || !known.has(one.request_id);
    known.set(one.request_id, one);
  }
  return grew;
}

export const find = (id) => known.get(id) ?? null;

export function show() {
  const latest = [...known.values()].sort((one, other) => (one.timestamp < other.timestamp ? 1 : -1)).slice(0, MOST);
  known.clear();
  for (const one of latest) known.set(one.request_id, one);
  if (!latest.length) {
    fill(byId('recent'), make('p', { class: 'muted' }, 'None is remembered.'));
    return;
  }
  const shown = all ? latest : latest.slice(0, FEW);
  fill(byId('recent'), table(`The last ${count(shown.length)} requests`, columns, shown,
    (one) => { location.hash = `request=${encodeURIComponent(one.request_id)}`; }),
  latest.length > FEW ? make('button', { type: 'button', class: 'quiet', onclick: () => { all = !all; show(); } },
    all ? 'Show fewer' : `Show all ${count(latest.length)}`) : null);
}
