// A text before and after, line by line beside each other; long runs of like fate are folded.

import { aligned } from './diff.js';
import { make } from './dom.js';
import { count } from './format.js';

const MOST_ROWS = 3_000;
const LONG = 12;
/** Of a folded run, how many rows stay at its beginning and at its end. */
const KEPT = { 'left out': [3, 0], 'the same': [4, 4] };

const cut = (one) => (one.text !== null && one.text.length < one.characters
  ? `The first ${count(one.text.length)} of ${count(one.characters)} characters.` : '');

export function sides(before, after) {
  const side = (title, one) => make('th', { scope: 'col' }, title,
    make('small', {}, [one.note, cut(one)].filter(Boolean).join(' ')));
  const headings = make('thead', {}, make('tr', {}, side('Before', before), side('After', after)));
  const both = before.text !== null && after.text !== null;
  const rows = aligned(before.text ?? '', after.text ?? '').slice(0, MOST_ROWS);
  const line = (text, other) => make('td', {
    class: text === null ? 'none' : text === other || !both ? '' : 'differs',
  }, make('pre', {}, text ?? ''));
  const shown = (some) => make('tbody', {}, some.map(([left, right]) => make('tr', {},
    line(before.text === null ? null : left, right), line(after.text === null ? null : right, left))));
  return make('table', { class: 'sides' }, headings,
    both ? folded(rows).map(({ fate, some }) => (fate ? fold(fate, some, shown) : shown(some))) : shown(rows));
}

const fateOf = ([left, right]) => (right === null ? 'left out' : left === right ? 'the same' : '');

/** The rows in parts; those with a *fate* are to be folded. */
function folded(rows) {
  const parts = [];
  let begin = 0;
  for (let end = 1; end <= rows.length; end += 1) {
    const fate = fateOf(rows[begin]);
    if (end < rows.length && fateOf(rows[end]) === fate) continue;
    const run = rows.slice(begin, end);
    const [first, last] = KEPT[fate] ?? [];
    const foldable = fate && run.length - first - last >= LONG;
    parts.push(...(foldable
      ? [{ some: run.slice(0, first) }, { fate, some: run.slice(first, run.length - last) }, { some: run.slice(run.length - last) }]
      : [{ some: run }]));
    begin = end;
  }
  return parts.filter(({ some }) => some.length);
}

function fold(fate, some, shown) {
  const body = shown(some);
  body.hidden = true;
  const said = fate === 'left out' ? `${count(some.length)} more lines that were left out` : `${count(some.length)} lines that are the same`;
  const bar = make('tbody', { class: 'fold' }, make('tr', {}, make('td', { colspan: 2 },
    make('button', { type: 'button', class: 'link', onclick: () => { body.hidden = false; bar.remove(); } }, said))));
  return [bar, body];
}
