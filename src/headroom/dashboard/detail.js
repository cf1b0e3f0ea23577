// One request opened: its blocks, what each became and why; and its texts, for who may read them.

import { told, token } from './asking.js';
import { byId, fact, fill, make } from './dom.js';
import { clock, count, dollars, percent, share, short, took, words } from './format.js';
import { ending, find, shorter } from './recent.js';
import { sides } from './sides.js';

let opened = '';

/** Open what the address names, or close. */
export async function follow() {
  const id = new URLSearchParams(location.hash.slice(1)).get('request') ?? '';
  opened = id;
  const dialog = byId('detail');
  if (!id) {
    if (dialog.open) dialog.close();
    return;
  }
  if (!dialog.open) {
    fill(dialog, head('Request'), make('p', { class: 'muted' }, 'Reading …'));
    dialog.showModal();
  }
  await load(id);
}

async function load(id, message = '') {
  const dialog = byId('detail');
  let found;
  try {
    found = await told(`/dashboard/requests/${encodeURIComponent(id)}`);
  } catch (error) {
    found = { request: null, blocks: [], untold_blocks: 0, may_read: false, problem: error.message };
  }
  if (opened !== id) return;
  const one = found.request ?? find(id);
  fill(dialog,
    head(one?.model || 'Request', id),
    found.problem ? make('p', { class: 'trouble' }, found.problem) : null,
    one ? facts(one) : found.problem ? null
      : make('p', { class: 'muted' }, 'It is not among the last requests any more: only its blocks are known.'),
    one ? notes(one) : null,
    lock(id, found, message),
    blocks(id, found));
  if (!dialog.contains(document.activeElement)) dialog.querySelector('button').focus();
}

function head(title, id = '') {
  return make('header', { class: 'bar' },
    make('div', {}, make('h2', { id: 'detail-title' }, title), id ? make('p', { class: 'muted id' }, id) : null),
    make('button', { type: 'button', class: 'quiet', onclick: () => byId('detail').close(), 'aria-label': 'Close' }, 'Close'));
}

function facts(one) {
  const known = one.usage !== 'none';
  const written = one.cache_write_5m_tokens + one.cache_write_1h_tokens + one.cache_write_other_tokens;
  const saved = one.saved_usd;
  return make('dl', { class: 'facts' },
    fact('Ended', clock(one.timestamp), `${ending(one)}${one.status ? `, HTTP ${one.status}` : ''}`),
    fact('Prompt tokens', one.tokens_saved ? shorter(one) : short(one.input_tokens_original),
      one.tokens_saved ? `${percent(one.savings_percent)} less, by our count` : 'by our count'),
    fact('Cost', dollars(one.cost_usd), one.direct_cost_usd == null ? 'no price is known' : `${dollars(one.direct_cost_usd)} without Headroom`),
    fact('Saved', dollars(saved), one.retrievals ? `${dollars(one.retrieval_cost_usd)} for retrievals deducted` : '', { class: saved < 0 ? 'bad' : '' }),
    fact('Billed prompt tokens', known ? short(one.input_tokens) : '–',
      !known ? 'no usage is known' : `${short(one.cache_read_tokens)} from its cache, ${short(written)} written${one.usage === 'estimated' ? '; by our count, as none was reported' : ''}`),
    fact('Answer tokens', known ? short(one.output_tokens) : '–',
      one.retrievals ? `in ${count(one.legs)} legs: ${count(one.retrievals)} times it asked for what was left out` : ''),
    cached(one, written),
    fact('Added by Headroom', took(one.optimization_latency_ms), `first byte after ${took(one.first_byte_ms)}, the last after ${took(one.total_latency_ms)}`));
}

/** Whether what had been cached at the provider was found there again. */
function cached(one, written) {
  const name = 'Provider’s cache';
  const missed = `${short(one.missed_cache_tokens)} tokens had to be read anew`;
  if (one.bust === 'ours') return fact(name, 'broken', `${missed}: Headroom changed what was cached`, { class: 'bad' });
  if (one.bust) return fact(name, 'not found again', `${missed}: the client changed them, or they had lapsed`);
  if (one.cache_read_tokens) return fact(name, 'found again', `${percent(share(one.cache_read_tokens, one.input_tokens))} of the prompt read from it`);
  return written ? fact(name, 'begun', 'written for what comes next') : fact(name, 'not used', '');
}

const REWRITES = { free: 'nothing of them was cached any more', paying: 'it is expected to pay', window: 'it would not have fitted' };
const isMarked = (one) => one.transforms_applied.some((name) => name.startsWith('cache_marks'));

function notes(one) {
  const said = [...one.notes];
  if (one.compression_failed) said.unshift(`Compression was given up: ${one.compression_failed}`);
  if (isMarked(one)) said.push('Its client had not asked the provider to cache: Headroom set cache marks, and part of what was saved comes from that.');
  if (one.rewrite) said.push(`Older turns were made shorter as well (${REWRITES[one.rewrite] ?? one.rewrite}): ${count(one.rewritten_tokens)} tokens left.`);
  return said.length ? make('ul', { class: 'notes' }, said.map((note) => make('li', {}, note))) : null;
}

/** The way in for who may read texts; nothing where all may be read already. */
function lock(id, found, message) {
  if (!found.blocks.length) return null;
  if (found.may_read) {
    return found.is_operator && token.get() ? make('p', { class: 'lock muted' }, 'Texts are open: choose a block to read it. ',
      make('button', { type: 'button', class: 'quiet', onclick: () => { token.drop(); load(id); } }, 'Lock')) : null;
  }
  const field = make('input', { type: 'password', id: 'token', autocomplete: 'off', spellcheck: 'false', required: true });
  return make('form', {
    class: 'lock',
    onsubmit: (event) => {
      event.preventDefault();
      unlock(id, field.value.trim());
    },
  },
  make('p', {}, 'Texts are shown to the one whose request it was, and to the operator.'),
  make('p', {}, make('label', { for: 'token' }, 'Operator’s token'), field, make('button', { type: 'submit' }, 'Unlock')),
  make('p', { class: 'muted', role: 'status' }, message || 'HEADROOM_ADMIN_KEY, or the file admin_key in the workspace. It stays in this tab.'));
}

async function unlock(id, value) {
  token.set(value);
  const found = await told(`/dashboard/requests/${encodeURIComponent(id)}`).catch(() => null);
  if (!found?.may_read) token.drop();
  await load(id, found?.may_read ? '' : 'This token does not open it.');
}

const isChanged = (one) => one.by.length > 0;

function blocks(id, found) {
  if (!found.blocks.length) {
    return found.problem ? null : make('p', { class: 'muted' }, 'Nothing new was sent that could become shorter, or its blocks are not kept any more.');
  }
  const changed = found.blocks.filter(isChanged);
  const same = found.blocks.filter((one) => !isChanged(one));
  const body = make('tbody', {}, changed.map((one) => row(id, one, found)));
  const rest = make('button', {
    type: 'button', class: 'quiet', onclick: () => { body.append(...same.map((one) => row(id, one, found)).flat()); rest.remove(); },
  }, `Show ${count(same.length)} that stayed as they were`);
  body.replaceChildren(...changed.map((one) => row(id, one, found)).flat());
  if (!changed.length) body.append(...same.map((one) => row(id, one, found)).flat());
  return make('section', {},
    make('h3', {}, `${count(changed.length)} of ${count(found.blocks.length)} new blocks became shorter`),
    make('div', { class: 'wide' }, make('table', { class: 'blocks' },
      make('caption', {}, 'Blocks'),
      make('thead', {}, make('tr', {}, [['Block', 'text'], ['What', 'text'], ['Tokens', 'number'], ['Less', 'number spare'], ['By which passes, or why not', 'text']]
        .map(([name, kind]) => make('th', { scope: 'col', class: kind }, name)))),
      body)),
    changed.length && same.length ? rest : null,
    found.untold_blocks ? make('p', { class: 'muted' }, `${count(found.untold_blocks)} more blocks were looked at and are not listed.`) : null);
}

function row(id, one, found) {
  const what = one.tool ? `${one.tool}` : words(one.kind);
  const side = `${one.tool ? words(one.kind) : one.role}${one.turn ? `, turn ${one.turn}` : ''}${one.was_sent ? ', sent before' : ''}`;
  const how = one.by.length ? one.by.join(' + ') : one.reason || 'no shorter form';
  const readable = found.may_read && isChanged(one);
  const button = readable ? make('button', { type: 'button', class: 'link', 'aria-expanded': 'false' }, `#${one.index}`) : `#${one.index}`;
  const main = make('tr', { class: readable ? 'opens' : '' },
    make('th', { scope: 'row', class: 'text' }, button),
    make('td', { class: 'text' }, what, make('small', {}, side)),
    make('td', { class: 'number' }, isChanged(one) ? `${short(one.tokens_before)} → ${short(one.tokens_after)}` : short(one.tokens_before)),
    make('td', { class: 'number spare' }, isChanged(one) ? percent(share(one.tokens_before - one.tokens_after, one.tokens_before)) : '–'),
    make('td', { class: `text${isChanged(one) ? '' : ' muted'}` }, how));
  if (!readable) return [main];
  const cell = make('td', { colspan: 5 });
  const more = make('tr', { class: 'texts', hidden: true }, cell);
  main.addEventListener('click', () => {
    more.hidden = !more.hidden;
    button.setAttribute('aria-expanded', String(!more.hidden));
    if (!more.hidden && !cell.childNodes.length) texts(id, one.index, cell);
  });
  return [main, more];
}

async function texts(id, index, cell) {
  fill(cell, make('p', { class: 'muted' }, 'Reading …'));
  try {
    const { before, after } = await told(`/dashboard/requests/${encodeURIComponent(id)}/${index}`);
    fill(cell, sides(before, after));
  } catch (error) {
    fill(cell, make('p', { class: 'trouble' }, error.message));
  }
}

export function start() {
  addEventListener('hashchange', follow);
  byId('detail').addEventListener('close', () => {
    if (location.hash) history.replaceState(null, '', location.pathname + location.search);
    opened = '';
  });
  // A click beside the panel closes it.
  byId('detail').addEventListener('click', (event) => { if (event.target === event.currentTarget) event.currentTarget.close(); });
}
