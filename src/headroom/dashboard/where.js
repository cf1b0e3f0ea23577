// Where it was saved: by model, by tool, by kind of content, by pass.

import { byId, choice, fill, make, table } from './dom.js';
import { count, dollars, percent, share, short } from './format.js';

const KINDS = [['by_model', 'Models'], ['by_tool', 'Tools'], ['by_kind', 'Kinds'], ['by_pass', 'Passes']];
const NAMES = { by_model: 'Model', by_tool: 'Tool', by_kind: 'Kind of content', by_pass: 'Pass' };
const FRESH = 'Blocks that were sent for the first time: each counts once, however often its conversation repeats it.';
const NOTES = {
  by_model: 'Tokens by our count, dollars by what the provider reported. Models without a known price stand together as “other”.',
  by_tool: FRESH,
  by_kind: `${FRESH} What no pass made shorter is “unchanged”.`,
  by_pass: `${FRESH} A pass is one way of making a text shorter; several on one block are joined by a plus sign.`,
};
const FEW = 8;

let chosen = 'by_tool';
let known = null;
let all = false;

/** A share as a small bar beside its number. */
function reduction(part, of) {
  const bar = make('i', { 'aria-hidden': 'true' });
  bar.style.width = `${Math.max(0, Math.min(share(part, of), 100))}%`;
  return make('span', { class: 'spark' }, make('span', {}, bar), make('b', {}, percent(share(part, of))));
}

const models = [
  { name: 'Requests', of: ([, one]) => count(one.requests) },
  { name: 'Tokens before', of: ([, one]) => short(one.tokens.before), spare: true },
  { name: 'After', of: ([, one]) => short(one.tokens.after), spare: true },
  { name: 'Less', of: ([, one]) => reduction(one.tokens.saved, one.tokens.before) },
  { name: 'Cost', of: ([, one]) => (one.priced_requests ? dollars(one.usd.actual) : '–'), spare: true },
  { name: 'Saved, net', of: ([, one]) => (one.priced_requests ? dollars(one.net.saved_usd) : '–') },
];
const blocks = [
  { name: 'Blocks', of: ([, one]) => count(one.blocks), spare: true },
  { name: 'Tokens before', of: ([, one]) => short(one.tokens_before), spare: true },
  { name: 'After', of: ([, one]) => short(one.tokens_after), spare: true },
  { name: 'Less', of: ([, one]) => reduction(one.tokens_saved, one.tokens_before) },
  { name: 'Tokens saved', of: ([, one]) => short(one.tokens_saved) },
];

function draw() {
  if (!known) return;
  const rows = Object.entries(known[chosen] ?? {});
  const shown = all ? rows : rows.slice(0, FEW);
  const named = chosen === 'by_tool' ? (name) => (name === 'none' ? 'Text (of no tool)' : name) : (name) => name;
  const name = { name: NAMES[chosen], of: ([one]) => named(one), text: true };
  byId('where-note').textContent = NOTES[chosen];
  if (!rows.length) {
    fill(byId('where-table'), make('p', { class: 'muted' }, 'Nothing of that kind was sent yet.'));
    return;
  }
  fill(byId('where-table'),
    table(NAMES[chosen], [name, ...(chosen === 'by_model' ? models : blocks)], shown),
    rows.length > FEW ? make('button', { type: 'button', class: 'quiet', onclick: () => { all = !all; draw(); } },
      all ? 'Show fewer' : `Show all ${count(rows.length)}`) : null);
}

export function start() {
  choice(byId('where'), KINDS, chosen, (value) => { chosen = value; all = false; draw(); });
}

export function show(breakdown) {
  known = breakdown;
  draw();
}
