import type { Lag, Waited } from './lag.ts';

const WIDTH = 400;
const HEIGHT = 300;
/** The height of a line of text. */
const LETTER = 15;
const EDGE = { left: 48, right: 88, top: 40, bottom: 36 };

/** What is drawn: this action, and polls at a fixed pace by arithmetic, without the requests of the start. */
const CURVES: readonly { readonly name: string; readonly of: (lag: Lag) => Waited }[] = [
  { name: 'pushed', of: ({ pushed }) => pushed },
  { name: 'polled', of: ({ polled }) => polled },
  { name: 'every 5 s', of: ({ seconds }) => fixed(seconds, 5) },
  { name: 'every 30 s', of: ({ seconds }) => fixed(seconds, 30) },
];

/** A poll at a fixed pace: in the worst case the agent ends right after a look. */
function fixed(seconds: number, every: number): Waited {
  return { lag: every, requests: Math.ceil(seconds / every) + 1 };
}

/** Draws both figures of the waits by the length of the agent's work, with logarithmic axes, for light and dark screens. */
export function plotOf(lags: readonly Lag[]): string {
  const late = panel(
    lags,
    'Seconds until the step ends after its agent',
    [0.5, 1, 2, 5, 10, 20, 50],
    (each) => each.lag,
  );
  const requests = panel(lags, 'Requests', [2, 10, 50, 250, 1_500], (each) => each.requests);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH} ${HEIGHT}" role="img" aria-label="How late the end is seen, and how many requests that costs, by the length of the agent’s work">
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 } .axis { fill: #59636e } .title { font-weight: 600 }
  .line { stroke: #d1d9e0 } path { fill: none; stroke-width: 2.5 }
  .c0 { stroke: #1a7f37 } .c1 { stroke: #0969da } .c2 { stroke: #bc4c00 } .c3 { stroke: #8250df }
  text.c0, text.c1, text.c2, text.c3 { stroke: none } text.c0 { fill: #1a7f37 } text.c1 { fill: #0969da } text.c2 { fill: #bc4c00 } text.c3 { fill: #8250df }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .axis { fill: #9198a1 } .line { stroke: #3d444d }
    .c0 { stroke: #3fb950 } .c1 { stroke: #4493f8 } .c2 { stroke: #db6d28 } .c3 { stroke: #ab7df8 }
    text.c0 { fill: #3fb950 } text.c1 { fill: #4493f8 } text.c2 { fill: #db6d28 } text.c3 { fill: #ab7df8 }
  }
</style>
${late}
<g transform="translate(${WIDTH} 0)">
${requests}
</g>
</svg>
`;
}

function panel(
  lags: readonly Lag[],
  title: string,
  ticks: readonly number[],
  figureOf: (waited: Waited) => number,
): string {
  const x = scale(
    lags.map(({ seconds }) => seconds),
    EDGE.left,
    WIDTH - EDGE.right,
  );
  const y = scale(ticks, HEIGHT - EDGE.bottom, EDGE.top);
  const grid = ticks.map(
    (tick) =>
      `<line class="line" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${y(tick)}" y2="${y(tick)}"/>` +
      `<text class="axis" text-anchor="end" x="${EDGE.left - 6}" y="${y(tick) + 4}">${tick}</text>`,
  );
  const lengths = lags.map(
    ({ name, seconds }) =>
      `<text class="axis" text-anchor="middle" x="${x(seconds)}" y="${HEIGHT - 14}">${name}</text>`,
  );
  const curves = CURVES.map(({ name, of }, index) => {
    const ends = lags.map((lag) => [x(lag.seconds), y(figureOf(of(lag)))] as const);
    return {
      name,
      index,
      path: `M${ends.map((end) => end.join(' ')).join('L')}`,
      end: ends.at(-1)?.[1] ?? 0,
    };
  });
  // Names of curves that end close to each other are moved apart.
  let above = -LETTER;
  const named = curves
    .toSorted((one, other) => one.end - other.end)
    .map(({ name, index, path, end }) => {
      above = Math.max(end, above + LETTER);
      return (
        `<path class="c${index}" d="${path}"/>` +
        `<text class="c${index}" x="${WIDTH - EDGE.right + 6}" y="${above + 4}">${name}</text>`
      );
    });
  return [`<text class="title" x="8" y="20">${title}</text>`, ...grid, ...lengths, ...named].join('\n');
}

/** Returns a logarithmic scale from the range of some values to a range of pixels. */
function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const least = Math.log(Math.min(...values));
  const range = Math.log(Math.max(...values)) - least;
  return (value) => Math.round(from + ((Math.log(value) - least) / range) * (to - from));
}
