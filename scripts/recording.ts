/** Records a log as an animated SVG. GitHub removes scripts from pictures, but not styles. */

const LINE_HEIGHT = 20;
const PADDING = 16;
const WIDTH = 800;
/** A monospaced letter of 12.5 pixels is 7.5 pixels wide. */
const MAX_LETTERS = Math.floor((WIDTH - 2 * PADDING) / 7.5);
/** The speed of the recording relative to the step. */
const SPEED = 3;
/** How long the whole log is shown before the recording starts over, in seconds. */
const HOLD = 8;
/** The shortest time between two lines, in seconds. */
const BEAT = 0.12;

/** Returns when each line appears, in seconds: at its time stamp, or right after the previous line. */
export function timesOf(lines: readonly string[]): readonly number[] {
  let now = 0;
  return lines.map((line) => {
    const [, minutes, seconds] = /^\[(\d+):(\d\d)\]/.exec(line) ?? [];
    const stamped = minutes === undefined ? 0 : Number(minutes) * 60 + Number(seconds);
    now = Math.max(now + BEAT, stamped / SPEED);
    return now;
  });
}

/** Returns the log as SVG, which follows the reader's color scheme. */
export function recordingOf(log: string): string {
  const lines = log.trimEnd().split('\n');
  const times = timesOf(lines);
  const length = (times.at(-1) ?? 0) + HOLD;
  const height = 2 * PADDING + lines.length * LINE_HEIGHT;
  const shown = lines.map((line, index) => {
    const at = ((100 * (times[index] ?? 0)) / length).toFixed(2);
    const y = PADDING + LINE_HEIGHT * (index + 0.75);
    const style = `@keyframes l${index} { 0%, ${at}% { opacity: 0 } ${at}%, 100% { opacity: 1 } } .l${index} { animation-name: l${index} }`;
    return `<style>${style}</style><text class="line l${index} ${kindOf(line)}" x="${PADDING}" y="${y}">${escaped(shortened(line))}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="The log of a step as it grows">
<style>
  .page { fill: #f6f8fa; stroke: #d1d9e0 }
  .line { font: 12.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre; animation: ${length.toFixed(2)}s steps(1) infinite }
  .notice { fill: #0969da } .answer { fill: #59636e } .strong { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #151b23; stroke: #3d444d }
    .line { fill: #f0f6fc } .notice { fill: #4493f8 } .answer { fill: #9198a1 }
  }
  @media (prefers-reduced-motion: reduce) { .line { animation: none } }
</style>
<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
${shown.join('\n')}
</svg>
`;
}

/** Returns the style of a log line. */
function kindOf(line: string): 'notice' | 'warning' | 'error' | 'strong' | 'answer' | 'plain' {
  const [, kind] = /^(Notice|Warning|Error): /.exec(line) ?? [];
  if (kind === 'Notice') return 'notice';
  if (kind !== undefined) return kind === 'Warning' ? 'warning' : 'error';
  if (line.startsWith('Status: ') || line.startsWith('▼ ')) return 'strong';
  return line.startsWith('  |') ? 'answer' : 'plain';
}

/** Escapes a text for SVG. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function shortened(line: string): string {
  return line.length <= MAX_LETTERS ? line : `${line.slice(0, MAX_LETTERS - 1)}…`;
}
