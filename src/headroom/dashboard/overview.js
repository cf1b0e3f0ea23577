// What was saved, whether it did harm, and how things stand.

import { byId, fact, fill, make } from './dom.js';
import { count, dollars, percent, share, short, span } from './format.js';

const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** A bar as long as its share of the longest. */
function meter(label, value, most, kind) {
  const bar = make('i', { class: kind, 'aria-hidden': 'true' });
  bar.style.width = `${most > 0 ? Math.max((100 * value) / most, value > 0 ? 0.5 : 0) : 0}%`;
  return make('div', { class: 'meter' },
    make('dt', {}, label), make('dd', {}, make('span', { class: 'track' }, bar), make('b', {}, dollars(value))));
}

/** What share of the gains losses may be before they stand out. */
const ALARMING = 0.01;

/** Today, or all of it. */
function sum(element, title, aside, totals, more = '') {
  const { net, tokens } = totals;
  const priced = net.priced_requests > 0;
  const lost = net.saved_usd < 0;
  const said = !totals.requests ? 'nothing was asked yet'
    : !priced ? 'fewer than were asked to be sent; no price is known'
      : lost ? `more than without Headroom, ${percent(-net.saved_percent)} of the bill`
        : `saved, ${percent(net.saved_percent)} of the bill`;
  const most = Math.max(net.actual_usd, net.counterfactual_usd);
  // What caching saved that its client had not asked for is another thing than a shorter prompt.
  const marks = priced && net.cache_marked_requests ? net.saved_by_cache_marks_usd : 0;
  const apart = [
    net.unpriced_requests && `${plural(net.unpriced_requests, 'request')} without a known price`,
    net.estimated_requests && `${plural(net.estimated_requests, 'request')} whose usage no provider reported`,
  ].filter(Boolean);
  fill(element,
    make('h2', {}, title, ' ', make('small', {}, aside)),
    make('p', { class: 'big' }, priced || !tokens.saved ? dollars(Math.abs(net.saved_usd)) : `${short(tokens.saved)} tokens`),
    make('p', { class: 'said' }, said),
    marks ? make('p', { class: 'said' }, make('b', {}, dollars(net.saved_usd - marks)), ' by sending less, ',
      make('b', {}, dollars(marks)), ' by asking the provider to cache') : null,
    priced ? make('dl', { class: 'meters' },
      meter('with Headroom', net.actual_usd, most, 'actual'),
      marks ? meter('caching alone', net.counterfactual_usd - marks, most, 'without') : null,
      meter('without', net.counterfactual_usd, most, 'without')) : null,
    make('p', { class: 'muted' },
      make('b', {}, short(tokens.saved)), ` of ${short(tokens.before)} prompt tokens not sent (${percent(share(tokens.saved, tokens.before))}), `,
      plural(totals.requests, 'request'), marks ? `; in ${count(net.cache_marked_requests)} of them Headroom set the cache marks that their client had not set` : '', more, apart.length ? `; counted apart: ${apart.join(', ')}` : ''));
}

/** What somebody else had counted before, which is no part of these figures. */
function older({ persistent_savings: { lifetime: told }, lifetime }) {
  const tokens = told.tokens_saved - lifetime.tokens.saved;
  const usd = told.compression_savings_usd - lifetime.usd.gained;
  if (tokens <= 0) return '';
  return `; besides, an older history tells of ${short(tokens)} tokens and ${dollars(usd)}`;
}

export function headline(stats) {
  sum(byId('today'), 'Today', 'UTC', stats.today);
  sum(byId('lifetime'), 'All time', 'all losses deducted', stats.lifetime, older(stats));
}

export function harm(stats) {
  const { busts, usd, ...all } = stats.lifetime;
  const bad = (number) => ({ class: number ? 'bad' : '' });
  const deducted = usd.lost ? `of ${plural(all.priced_requests, 'priced request')}: ${dollars(usd.lost)} in all, deducted above` : `of ${plural(all.priced_requests, 'priced request')}`;
  fill(byId('harm'),
    fact('Cache busts of ours', count(busts.ours),
      busts.ours ? `${short(busts.ours_tokens)} tokens had to be read again` : 'no cached prompt was changed', bad(busts.ours)),
    fact('Compression failures', count(all.compression_failed),
      all.compression_failed ? 'these requests were sent as they came' : 'no request had to be given up', bad(all.compression_failed)),
    // A first request may cost some hundredths of a cent more: it is told, and is no alarm.
    fact('Dearer than without', count(all.dearer_requests), deducted, bad(usd.lost > ALARMING * usd.gained)),
    fact('Cost of retrievals', dollars(usd.retrievals),
      all.retrievals ? `asked ${all.retrievals === 1 ? 'once' : `${count(all.retrievals)} times`} for what was left out, deducted above` : 'nothing left out was asked for'));
}

/** Read, written by lifetime, and the rest of all prompts, as one bar. */
export function cache(stats) {
  const { tokens, busts } = stats.lifetime;
  const parts = [
    ['read', 'Read from cache', tokens.cache_read],
    ['write-5m', 'Written for 5 min', tokens.cache_write_5m],
    ['write-1h', 'Written for 1 hour', tokens.cache_write_1h],
    ['write-other', 'Written, lifetime unsaid', tokens.cache_write_other],
    ['uncached', 'Not cached', tokens.uncached],
  ];
  const bar = make('div', { class: 'stack', 'aria-hidden': 'true' }, parts.map(([kind, , value]) => {
    const part = make('i', { class: kind });
    part.style.width = `${share(value, tokens.input)}%`;
    return part;
  }));
  fill(byId('cache'),
    make('dl', { class: 'facts three' },
      fact('Hit rate', percent(share(tokens.cache_read, tokens.input)), 'of prompt tokens'),
      fact('Busts of ours', count(busts.ours), busts.ours ? `${short(busts.ours_tokens)} tokens` : 'by Headroom', { class: busts.ours ? 'bad' : '' }),
      fact('Busts of others', count(busts.others), busts.others ? `${short(busts.others_tokens)} tokens` : 'by clients or providers')),
    tokens.input ? bar : make('p', { class: 'muted' }, 'No provider has reported any usage yet.'),
    make('dl', { class: 'lines' }, parts.filter(([kind, , value]) => value || kind === 'read' || kind === 'uncached')
      .map(([kind, label, value]) => make('div', {},
        make('dt', {}, make('i', { class: `dot ${kind}`, 'aria-hidden': 'true' }), label),
        make('dd', { title: count(value) }, short(value), make('small', {}, percent(share(value, tokens.input))))))),
    make('p', { class: 'muted' }, 'Tokens as providers reported them, in all. What is read from the cache costs about a tenth, so the bill shrinks by less than prompts do. A bust: what had been cached was not found again.'));
}

const line = (term, value, note) => fact(term, value, note);
const PER = { hourly: 'this hour', daily: 'today', monthly: 'this month' };
const OF = { all: 'All callers', tenant: 'Caller', key: 'Key' };

export function cards(stats) {
  const all = stats.lifetime;
  fill(byId('retrievals'),
    line('Asked for again', count(all.retrievals), all.retrieving_requests ? `in ${plural(all.retrieving_requests, 'request')}` : ''),
    line('Cost', dollars(all.usd.retrievals), ''),
    line('Older turns made shorter', plural(all.rewrites.requests, 'time'), all.rewrites.tokens ? `${short(all.rewrites.tokens)} tokens, where it pays` : ''));
  fill(byId('budgets'), budgets(stats), limits(stats));
  fill(byId('replies'), replies(stats));
}

function budgets({ budgets: known, lifetime }) {
  if (known === null) return line('Budgets', 'unknown', 'the store does not answer');
  if (!known?.length) return line('Budget', 'none', 'set one with --budget');
  const refused = lifetime.over_budget ? [line('Refused', count(lifetime.over_budget), 'over budget')] : [];
  return known.map((one) => {
    const ends = (new Date(one.ends) - Date.now()) / 1000;
    return line(`${OF[one.scope] ?? one.scope}${one.who ? ` ${one.who}` : ''}, ${PER[one.period] ?? one.period}`,
      `${dollars(one.left_usd)} left`, `of ${dollars(one.limit_usd)}, anew in ${span(Math.max(ends, 0))}`);
  }).concat(refused);
}

function limits({ limits: known, lifetime }) {
  if (!known?.enabled) return line('Limits', 'off', '');
  const told = (limit) => (limit ? count(limit) : 'no limit');
  return [
    line('Requests per minute', told(known.requests_per_minute), 'each caller'),
    line('Tokens per minute', told(known.tokens_per_minute), 'each caller'),
    line('Refused', count(lifetime.rate_limited), 'over a limit'),
  ];
}

function replies({ cache: known, lifetime }) {
  if (!known) return line('Stored replies', 'off', '');
  return [
    line('Kept now', count(known.entries), known.max_entries ? `of ${count(known.max_entries)} at most` : ''),
    line('Answered from store', plural(lifetime.cached, 'request'), 'cost nothing'),
    line('Kept for', span(known.ttl_seconds), ''),
  ];
}

/** Mode, version, store: the small print. */
export function state(stats, health) {
  const { store } = stats;
  const troubled = store.status !== 'healthy' || store.unwritten > 0 || store.lost > 0;
  const entries = [
    ['Mode', stats.summary.mode],
    ['Version', health?.version],
    ['Workers', health?.config?.workers],
    ['Up', health ? span(health.uptime_seconds) : null],
    ['Store', store.durable === false ? 'in memory' : store.status],
    ['Not yet written', count(store.unwritten)],
    ['Never written', store.lost ? count(store.lost) : null],
  ];
  fill(byId('state'), entries.filter(([, value]) => value != null && value !== '')
    .map(([term, value]) => fact(term, String(value))));
  byId('state').classList.toggle('bad', troubled);
  const trouble = byId('trouble');
  const said = !store.current ? 'The store does not answer: these are the last figures that were read.'
    : store.problem ? `The store has a problem: ${store.problem}` : '';
  trouble.hidden = !said;
  if (trouble.textContent !== said) trouble.textContent = said;
}
