// Elements out of values.  Text only ever becomes text: nothing here reads markup.

/** An element: `make('td', {class: 'number'}, '12')`; children are elements, text, or lists. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value != null) element.setAttribute(key, String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child != null));
  return element;
}

export const byId = (name) => document.getElementById(name);

const nameOf = (element) => element.getAttribute('href') ?? element.textContent;

/** Put these children in place of all that is there; whoever stands on one by keys goes on there. */
export function fill(element, ...children) {
  const held = element.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  element.replaceChildren(...children.flat(Infinity).filter((child) => child != null));
  if (held === null) return;
  const again = [...element.querySelectorAll('a, button')].find((one) => nameOf(one) === held);
  again?.focus({ preventScroll: true });
}

/** A pair of a definition list; *note* says more in small. */
export function fact(term, value, note = '', attributes = {}) {
  return make('div', attributes, make('dt', {}, term),
    make('dd', {}, value, note ? make('small', {}, note) : null));
}

/**
 * A table.  Columns are `{name, of, text?: true, spare?: true}`: *of* gives what a row says there,
 * spare ones are left out where there is no room.
 * *opens* makes each row lead somewhere.
 */
export function table(caption, columns, rows, opens = null) {
  const kind = (column) => `${column.text ? 'text' : 'number'}${column.spare ? ' spare' : ''}`;
  return make('table', {},
    make('caption', {}, caption),
    make('thead', {}, make('tr', {},
      columns.map((one) => make('th', { scope: 'col', class: kind(one) }, one.name)))),
    make('tbody', {}, rows.map((row) => {
      const cells = columns.map((one, place) => make(place ? 'td' : 'th',
        { class: kind(one), scope: place ? null : 'row' }, one.of(row)));
      if (!opens) return make('tr', {}, cells);
      return make('tr', { class: 'opens', onclick: () => opens(row) }, cells);
    })));
}

/** Buttons of which one is chosen. */
export function choice(element, options, chosen, choose) {
  fill(element, options.map(([value, label]) => make('button', {
    type: 'button', 'aria-pressed': String(value === chosen), 'data-value': value,
    onclick: (event) => {
      for (const one of element.children) one.setAttribute('aria-pressed', one === event.target);
      choose(value);
    },
  }, label)));
}
