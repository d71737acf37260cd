/**
 * Text from a server, an agent or an event is untrusted. These functions make it fit for the place where people
 * see it. None of them knows secrets: texts come here redacted.
 */

/** Whatever way a text took, what is shown of it on a line has at most so many characters. */
const LONGEST_LINE = 4_000;

/**
 * Control and format characters (bidirectional marks, zero-width ones), lone surrogates, line and paragraph separators,
 * and what else is not drawn, such as fillers and variation selectors.
 */
export const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** The same, but for the two control characters that give a text its shape: line feed and tab. */
const INVISIBLE_BUT_LAYOUT = new RegExp(`(?![\\n\\t])${INVISIBLE.source}`, 'gu');
export const LINE_BREAK = /\r\n?|[\n\u0085\u2028\u2029]/g;
/** Whole CSI and OSC sequences of terminals: taken out, or their letters and digits would stay behind. */
// eslint-disable-next-line no-control-regex -- these are the control characters that it looks for
export const TERMINAL_SEQUENCE = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B\r\n]*(?:\u0007|\u001B\\))/g;

/** The text in lines of visible characters; every kind of line break becomes a line feed. */
export function visible(text: string): string {
  return text.replace(TERMINAL_SEQUENCE, '').replace(LINE_BREAK, '\n').replace(INVISIBLE_BUT_LAYOUT, '');
}

/** The text as a single line of at most `limit` visible characters, white space folded. */
export function singleLine(text: string, limit = LONGEST_LINE): string {
  return shorten(visible(text).replace(/\s+/g, ' ').replace(INVISIBLE, '').trim(), limit);
}

/**
 * One line that the runner prints and does not obey. The runner trims white space of every kind before it looks for
 * `::` at the start of a line, and looks for `##[` anywhere in it.
 * Source: `ActionCommand.TryParseV2` and `TryParse` in actions/runner, src/Runner.Common/ActionCommand.cs.
 */
export function logLine(text: string): string {
  const line = visible(text)
    .replace(/[\n\t]/g, ' ')
    .trimEnd();
  const obedient = line.replaceAll('##[', '## [');
  return /^\s*::/.test(obedient) ? `| ${obedient}` : obedient;
}

/** A text of any length as log lines, each behind a bar, so that nobody takes it for the action's own words. */
export function quotedLines(text: string): readonly string[] {
  return visible(text)
    .split('\n')
    .map((line) => logLine(`  | ${line}`));
}

/** At most `limit` characters, cut between code points, with an ellipsis if something was cut. */
export function shorten(text: string, limit: number): string {
  // A code point takes one or two units: so many units are sure to show whether there are too many code points.
  const characters = Array.from(text.slice(0, 2 * limit + 1));
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}

/** The longest beginning of the text that takes at most `limit` bytes in UTF-8, cut between code points. */
export function truncated(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let end = limit;
  // 10xxxxxx is a continuation byte: step back to the start of the code point.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString();
}

/** The same of its end. */
export function ending(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let start = bytes.length - limit;
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start).toString();
}

/**
 * Inline Markdown that shows the text literally. In a code span nothing is a link, an image, a mention or HTML.
 * Source: CommonMark 0.31, section 6.1 (a span ends at a run of exactly as many backticks as it began with).
 */
export function codeSpan(text: string): string {
  const content = singleLine(text);
  if (content === '') return '';
  const fence = fenceFor(content, 1);
  // A backtick at either end would become part of the fence; the blanks are not shown.
  const padding = /^`|`$/.test(content) ? ' ' : '';
  return fence + padding + content + padding + fence;
}

/** Inline Markdown of our own words, in which somebody else's may stand: as it is if nothing in it does anything. */
export function plainWords(text: string): string {
  return /^[\p{L} ,'-]*$/u.test(text) ? text : codeSpan(text);
}

/**
 * A Markdown block that shows the text literally, its lines kept.
 * Source: CommonMark 0.31, section 4.5 (a fence is closed by one at least as long).
 */
export function codeBlock(text: string): string {
  const content = visible(text);
  const fence = fenceFor(content, 3);
  return `${fence}text\n${content}\n${fence}`;
}

/** At least `least` backticks, and more than stand together in the text. */
function fenceFor(text: string, least: number): string {
  let length = least;
  for (const [run] of text.matchAll(/`+/g)) length = Math.max(length, run.length + 1);
  return '`'.repeat(length);
}
