// One request opened: its blocks, what each became and why; and its texts, for who may read them.

import { told, token } from './asking.js';
import { aligned } from './diff.js';
import { byId, fact, fill, make } from './dom.js';
import { clock, count, dollars, percent, share, short, took, words } from './format.js';
import { ending, find } from './recent.js';

const MOST_ROWS = 3_000;

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
    one?.notes?.length || one?.compression_failed ? notes(one) : null,
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
  const written = one.cache_write_5m_tokens + one.cache_write_1h_tokens + one.cache_write_other_tokens;
  const saved = one.saved_usd;
  return make('dl', { class: 'facts' },
    fact('Ended', clock(one.timestamp), `${ending(one)}${one.status ? `, ${one.status}` : ''}`),
    fact('Tokens', `${short(one.input_tokens_original)} → ${short(one.input_tokens_optimized)}`,
      `${percent(one.savings_percent)} less, by our count`),
    fact('Cost', dollars(one.cost_usd), one.direct_cost_usd == null ? 'no price is known' : `${dollars(one.direct_cost_usd)} without Headroom`),
    fact('Saved', dollars(saved), one.retrievals ? `${dollars(one.retrieval_cost_usd)} for retrievals deducted` : '', { class: saved < 0 ? 'bad' : '' }),
    fact('Prompt', one.usage === 'none' ? '–' : short(one.input_tokens),
      one.usage === 'none' ? 'no usage is known' : `${short(one.cache_read_tokens)} read from cache, ${short(written)} written${one.usage === 'estimated' ? ', estimated' : ''}`),
    fact('Answer', one.usage === 'none' ? '–' : short(one.output_tokens), one.legs > 1 ? `${one.legs} legs, ${one.retrievals} retrievals` : ''),
    fact('Overhead', took(one.optimization_latency_ms), `first byte ${took(one.first_byte_ms)}, whole ${took(one.total_latency_ms)}`),
    fact('Cache', one.bust ? `bust, ${one.bust}` : 'whole', one.bust ? `${short(one.missed_cache_tokens)} tokens not read again` : '', { class: one.bust === 'ours' ? 'bad' : '' }));
}

function notes(one) {
  const said = [...one.notes];
  if (one.compression_failed) said.unshift(`Compression was given up: ${one.compression_failed}`);
  if (one.rewrite) said.push(`What had been sent was rewritten (${one.rewrite}): ${count(one.rewritten_tokens)} tokens left.`);
  return make('ul', { class: 'notes' }, said.map((note) => make('li', {}, note)));
}

/** The way in for who may read texts; nothing where all may be read already. */
function lock(id, found, message) {
  if (!found.blocks.length) return null;
  if (found.may_read) {
    return found.is_operator && token.get() ? make('p', { class: 'lock muted' }, 'Texts are open. ',
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
      make('thead', {}, make('tr', {}, [['Block', 'text'], ['What', 'text'], ['Tokens', 'number'], ['Less', 'number spare'], ['How, or why not', 'text']]
        .map(([name, kind]) => make('th', { scope: 'col', class: kind }, name)))),
      body)),
    changed.length && same.length ? rest : null,
    found.untold_blocks ? make('p', { class: 'muted' }, `${count(found.untold_blocks)} more blocks were looked at and are not listed.`) : null);
}

function row(id, one, found) {
  const what = one.tool ? `${one.tool}` : words(one.kind);
  const side = `${one.role}${one.tool ? `, ${words(one.kind)}` : ''}${one.turn ? `, turn ${one.turn}` : ''}${one.was_sent ? ', sent before' : ''}`;
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

const cut = (one) => (one.text !== null && one.text.length < one.characters
  ? `The first ${count(one.text.length)} of ${count(one.characters)} characters.` : '');

/** Before and after, line by line beside each other where both are there. */
function sides(before, after) {
  const side = (title, one) => make('th', { scope: 'col' }, title,
    make('small', {}, [one.note, cut(one)].filter(Boolean).join(' ')));
  const headings = make('thead', {}, make('tr', {}, side('Before', before), side('After', after)));
  const rows = aligned(before.text ?? '', after.text ?? '').slice(0, MOST_ROWS);
  const both = before.text !== null && after.text !== null;
  const line = (text, other) => make('td', {
    class: text === null ? 'none' : text === other || !both ? '' : 'differs',
  }, make('pre', {}, text ?? ''));
  return make('table', { class: 'sides' }, headings, make('tbody', {}, rows.map(([left, right]) => make('tr', {},
    line(before.text === null ? null : left, right), line(after.text === null ? null : right, left)))));
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
