// Charts, drawn by uPlot in the colours of the page.

/* global uPlot */

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const drawn = new Map();

/** Draw *make(width, height)* into the element, again whenever its width or the theme changes. */
function keep(element, make) {
  const known = drawn.get(element);
  if (known) {
    known.make = make;
    known.draw();
    return;
  }
  const one = { make, plot: null, width: 0 };
  one.draw = () => {
    if (!element.clientWidth) return;
    one.plot?.destroy();
    one.width = element.clientWidth;
    one.plot = one.make(element.clientWidth, element.clientHeight);
  };
  drawn.set(element, one);
  new ResizeObserver(() => { if (element.clientWidth !== one.width) one.draw(); }).observe(element);
  addEventListener('themechange', one.draw);
  one.draw();
}

function axes(labels, first, unit, gap) {
  const common = {
    stroke: color('muted'),
    font: '12px system-ui, sans-serif',
    ticks: { show: false },
  };
  return [
    {
      ...common,
      grid: { show: false },
      space: gap,
      gap: 6,
      size: 30,
      incrs: [1, 2, 3, 4, 6, 8, 12, 24, 48],
      values: (_, splits) => splits.map((place) => labels[place - first] ?? ''),
    },
    {
      ...common,
      grid: { stroke: color('line'), width: 1 },
      size: 62,
      gap: 8,
      values: (_, splits) => unit(splits),
    },
  ];
}

const options = (width, height, labels, first, unit, gap) => ({
  width,
  height,
  padding: [12, 4, 0, 0],
  legend: { show: false },
  cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
  scales: {
    x: { time: false, range: () => [first - 0.5, first + Math.max(labels.length, 1) - 0.5] },
    y: { range: (_, least, most) => [Math.min(least ?? 0, 0), (most || 1) * 1.08] },
  },
  axes: axes(labels, first, unit, gap),
});

/** What is nothing is not drawn, not even as an edge. */
const seen = (values) => values.map((value) => value || null);

const bars = (share, most = 48) => uPlot.paths.bars({ size: [share, most], radius: 0.08 });

/**
 * Without Headroom in pale, with it in front: what is left of the pale is what was saved.
 * *first* is the number of the first bar: labels stand at its multiples.
 * *pointed(place)* is told at which bar the pointer is; null when it leaves.
 */
export function beforeAndAfter(element, labels, first, without, actual, unit, pointed) {
  keep(element, (width, height) => new uPlot({
    ...options(width, height, labels, first, unit, 58),
    series: [
      {},
      { fill: color('pale'), stroke: color('edge'), width: 1, paths: bars(0.72), points: { show: false } },
      { fill: color('accent'), stroke: color('accent'), width: 1, paths: bars(0.72), points: { show: false } },
    ],
    hooks: { setCursor: [(plot) => pointed(plot.cursor.idx ?? null)] },
  }, [labels.map((_, place) => first + place), seen(without), seen(actual)], element));
}

/** How values are spread; *marks* are `[place, label]`, written over the bars. */
export function histogram(element, labels, counts, unit, marks) {
  keep(element, (width, height) => new uPlot({
    ...options(width, height, labels, 0, unit, 60),
    padding: [26, 4, 0, 0],
    cursor: { show: false },
    series: [{}, { fill: color('accent'), width: 0, paths: bars(0.86, 64), points: { show: false } }],
    hooks: { draw: [(plot) => mark(plot, marks)] },
  }, [labels.map((_, place) => place), counts], element));
}

/** Closer than so many pixels, two labels would touch. */
const NEAR = 34;

function mark(plot, marks) {
  const { ctx, bbox } = plot;
  const dots = devicePixelRatio;
  ctx.save();
  ctx.font = `${12 * dots}px system-ui, sans-serif`;
  ctx.fillStyle = color('text');
  ctx.strokeStyle = color('muted');
  ctx.lineWidth = dots;
  ctx.setLineDash([3 * dots, 3 * dots]);
  const at = marks.map(([place]) => Math.round(plot.valToPos(place, 'x', true)));
  const near = (one, other) => Math.abs(at[one] - at[other]) < NEAR * dots;
  for (const [number, [, label]] of marks.entries()) {
    const x = at[number];
    // Labels that would run into one another lean apart.
    const [left, right] = [near(number, number - 1), near(number, number + 1)];
    ctx.textAlign = left === right ? 'center' : left ? 'left' : 'right';
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(label, x, bbox.top - 8 * dots);
  }
  ctx.restore();
}
