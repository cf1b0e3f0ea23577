// Two texts side by side, line by line: what is the same in both stands at the same height.

const MOST_LINES = 1_500;

/** Rows of `[left, right]`; null where the other side has no such line. */
export function aligned(before, after) {
  const left = before.split('\n');
  const right = after.split('\n');
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < left.length - head && tail < right.length - head
    && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  const rows = left.slice(0, head).map((line) => [line, line]);
  rows.push(...middle(left.slice(head, left.length - tail), right.slice(head, right.length - tail)));
  if (tail) rows.push(...left.slice(-tail).map((line) => [line, line]));
  return rows;
}

function middle(left, right) {
  // The table of the longest common subsequence grows with both: beyond this, simply side by side.
  if (left.length > MOST_LINES || right.length > MOST_LINES) return beside(left, right);
  const width = right.length + 1;
  const common = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = left[i] === right[j]
        ? common[(i + 1) * width + j + 1] + 1
        : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  const rows = [];
  let [i, j, onLeft, onRight] = [0, 0, [], []];
  const flush = () => { rows.push(...beside(onLeft, onRight)); [onLeft, onRight] = [[], []]; };
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      flush();
      rows.push([left[i], right[j]]);
      i += 1;
      j += 1;
    } else if (j >= right.length
      || (i < left.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      onLeft.push(left[i]);
      i += 1;
    } else {
      onRight.push(right[j]);
      j += 1;
    }
  }
  flush();
  return rows;
}

const beside = (left, right) => Array.from({ length: Math.max(left.length, right.length) },
  (_, place) => [left[place] ?? null, right[place] ?? null]);
