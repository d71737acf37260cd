/** Records a log as an animated SVG. GitHub removes scripts from pictures, but not styles. */

const LINE_HEIGHT = 22;
const PADDING = 14;
const WIDTH = 800;
/** A monospaced letter of 13.5 pixels is at most 8.15 pixels wide. */
const MAX_LETTERS = Math.floor((WIDTH - 2 * PADDING) / 8.15);
/** How long the recording takes, in seconds. It plays once: a picture cannot be stopped, and must not move for more than 5 s. */
const LENGTH = 4.5;

/** Returns when each line appears, in seconds: as in the step, but faster. Lines without a time appear with the line before them. */
function timesOf(lines: readonly string[]): readonly number[] {
  let now = 0;
  const times = lines.map((line) => {
    const [, minutes, seconds] = /^\[(\d+):(\d\d)\]/.exec(line) ?? [];
    if (minutes !== undefined) now = Math.max(now, Number(minutes) * 60 + Number(seconds));
    return now;
  });
  return times.map((time) => (LENGTH * time) / Math.max(now, 1));
}

/**
 * Returns the log as SVG, which follows the reader's color scheme. The first lines are there at once. Each other one has an animation
 * that begins at its time and ends at once. Until then, `backwards` gives the line the opacity of the animation, 0.
 */
export function recordingOf(log: string): string {
  const lines = log.trimEnd().split('\n');
  const times = timesOf(lines);
  const height = 2 * PADDING + lines.length * LINE_HEIGHT;
  const shown = lines.map((line, index) => {
    const at = times[index] ?? 0;
    const y = PADDING + LINE_HEIGHT * (index + 0.75);
    const style = at === 0 ? '' : ` style="animation: appear 1ms ${at.toFixed(2)}s backwards"`;
    return `<text class="line ${kindOf(line)}" x="${PADDING}" y="${y}"${style}>${escapeXml(shorten(line))}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="The log of a step as it grows">
<style>
  .page { fill: #f6f8fa; stroke: #d1d9e0 }
  .line { font: 13.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
  .notice { fill: #0969da } .answer { fill: #59636e } .strong { font-weight: 600 }
  @keyframes appear { from { opacity: 0 } to { opacity: 0 } }
  @media (prefers-color-scheme: dark) {
    .page { fill: #151b23; stroke: #3d444d }
    .line { fill: #f0f6fc } .notice { fill: #4493f8 } .answer { fill: #9198a1 }
  }
  @media (prefers-reduced-motion: reduce) { .line { animation: none !important } }
</style>
<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
${shown.join('\n')}
</svg>
`;
}

/** Returns the style of a log line. */
function kindOf(line: string): 'notice' | 'strong' | 'answer' | 'plain' {
  if (line.startsWith('Notice: ')) return 'notice';
  if (line.startsWith('Status: ')) return 'strong';
  return line.startsWith('  |') ? 'answer' : 'plain';
}

/** Escapes a text for SVG. */
function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function shorten(line: string): string {
  return line.length <= MAX_LETTERS ? line : `${line.slice(0, MAX_LETTERS - 1)}…`;
}
