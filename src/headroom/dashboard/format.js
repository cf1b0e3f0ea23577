// How numbers and times are written, once for the whole page.

const whole = new Intl.NumberFormat('en-US');
const minus = (text) => text.replace('-', '−');

/** Dollars: cents from ten cents on, more places below; a dash where no price is known. */
export function dollars(value) {
  if (value == null) return '–';
  const size = Math.abs(value);
  if (size > 0 && size < 0.0001) return value < 0 ? '−<$0.0001' : '<$0.0001';
  return fixed(value, size === 0 || size >= 0.1 ? 2 : size >= 0.01 ? 3 : 4);
}

/** Dollars of one request, all with as many places, so that they stand under one another. */
export const cents = (value) => (value == null ? '–' : fixed(value, 4));

/** Dollars along an axis, with as many places as tell its marks apart. */
export function axisDollars(marks) {
  const step = marks.length > 1 ? marks[1] - marks[0] : 0;
  const places = step && step % 1 ? Math.max(2, Math.ceil(-Math.log10(step))) : 0;
  return marks.map((mark) => fixed(mark, places));
}

function fixed(value, places) {
  const text = Math.abs(value).toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
  return `${value < 0 ? '−' : ''}$${text}`;
}

/** A count in full. */
export const count = (value) => (value == null ? '–' : minus(whole.format(value)));

/** A count in short: 9,999, 12.3k, 4.56M. */
export function short(value) {
  if (value == null) return '–';
  const size = Math.abs(value);
  for (const [unit, of] of [['B', 1e9], ['M', 1e6], ['k', 1e3]]) {
    if (size >= (of === 1e3 ? 1e4 : of)) return minus(`${places(value / of)}${unit}`);
  }
  return count(value);
}

const places = (value) => value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

/** A share in percent: 0 %, 0.4 %, 27 %. */
export function percent(value) {
  if (value == null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const text = size === 0 ? '0' : size < 0.1 ? '<0.1' : size < 10 ? size.toFixed(1) : size.toFixed(0);
  return `${value < 0 ? '−' : ''}${text} %`;
}

export const share = (part, of) => (of ? (100 * part) / of : 0);

/** Milliseconds: 0.42 ms, 18 ms, 1.2 s. */
export function took(value) {
  if (value == null) return '–';
  if (value >= 10_000) return `${(value / 1000).toFixed(0)} s`;
  if (value >= 1_000) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 10) return `${value.toFixed(0)} ms`;
  return `${value.toFixed(value && value < 1 ? 2 : 1)} ms`;
}

/** Seconds in words: 40 s, 12 min, 5 h, 3 days. */
export function span(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** A moment in the reader's own time: 14:03:22, with the date where it is another day. */
export function clock(text) {
  const moment = new Date(text);
  const time = moment.toLocaleTimeString('en-GB');
  if (moment.toDateString() === new Date().toDateString()) return time;
  return `${moment.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}

const UTC = { timeZone: 'UTC' };

/** When a period begins, as its axis says it; all periods are in UTC. */
export function period(seconds, series) {
  const moment = new Date(seconds * 1000);
  // Midnight says which day begins.
  if (series === 'hourly' && moment.getUTCHours()) {
    return moment.toLocaleTimeString('en-GB', { ...UTC, hour: '2-digit', minute: '2-digit' });
  }
  if (series === 'monthly') return moment.toLocaleDateString('en-GB', { ...UTC, month: 'short', year: 'numeric' });
  return moment.toLocaleDateString('en-GB', { ...UTC, day: 'numeric', month: 'short' });
}

/** The same in full. */
export function periodInFull(seconds, series) {
  const day = new Date(seconds * 1000).toLocaleDateString('en-GB',
    { ...UTC, day: 'numeric', month: 'short', year: 'numeric' });
  if (series === 'hourly') {
    const time = new Date(seconds * 1000).toLocaleTimeString('en-GB', { ...UTC, hour: '2-digit', minute: '2-digit' });
    return `${day}, ${time} UTC`;
  }
  if (series === 'weekly') return `week of ${day}`;
  return series === 'monthly' ? period(seconds, series) : day;
}

/** A word of the protocol as people write it: `client_left` → client left. */
export const words = (name) => name.replaceAll('_', ' ');
