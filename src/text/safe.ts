/**
 * Text from a server, an agent or an event is untrusted. These functions make it safe for the place where people see it.
 * They do not know secrets: redact texts first.
 */

const MAX_LINE_LENGTH = 4_000;

/**
 * Format characters (such as bidirectional and zero-width marks), lone surrogates, line and paragraph separators, and other
 * characters that are not drawn, such as fillers and variation selectors: part of a class in a pattern with the flag u.
 */
export const INVISIBLE_FORMATS = String.raw`\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}`;
/** Those, and control characters. */
const INVISIBLE = new RegExp(String.raw`[\p{Cc}${INVISIBLE_FORMATS}]`, 'gu');
const INVISIBLE_BUT_LAYOUT = new RegExp(`(?![\\n\\t])${INVISIBLE.source}`, 'gu');
const LINE_BREAK = /\r\n?|[\n\u0085\u2028\u2029]/g;
/** Complete CSI and OSC terminal sequences. If only their control characters were removed, letters and digits would remain. */
// eslint-disable-next-line no-control-regex -- these are the control characters that it looks for
export const TERMINAL_SEQUENCE = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B\r\n]*(?:\u0007|\u001B\\))/g;

/** Removes invisible characters and terminal sequences. Every kind of line break becomes a line feed. */
export function stripInvisible(text: string): string {
  return text.replace(TERMINAL_SEQUENCE, '').replace(LINE_BREAK, '\n').replace(INVISIBLE_BUT_LAYOUT, '');
}

/** Converts a text to one line of at most `limit` visible characters, with white space collapsed. */
export function singleLine(text: string, limit = MAX_LINE_LENGTH): string {
  return shorten(stripInvisible(text).replace(/\s+/g, ' ').replace(INVISIBLE, '').trim(), limit);
}

/** What can make a line look like another one, or like two. Not the end of a Windows line. */
const UNSEEN_IN_LINE = new RegExp(String.raw`(?!\t|\r$)[\p{Cc}${INVISIBLE_FORMATS}]`, 'gu');

/** Makes the invisible characters of a line visible: they can hide what a change does. */
export function showInvisible(line: string): string {
  return line.replace(UNSEEN_IN_LINE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}

/** Shortens a text to at most `limit` code points, with an ellipsis if something was cut off. */
export function shorten(text: string, limit: number): string {
  // A code point has at most two code units, so this part shows whether the text is too long.
  const characters = Array.from(text.slice(0, 2 * limit + 1));
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}

/** Returns the longest start of a text with at most `limit` bytes in UTF-8, cut between code points. */
export function firstBytesOf(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  // With `stream`, the decoder leaves out a code point that is cut.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return bytes.length <= limit ? text : decoder.decode(bytes.subarray(0, limit), { stream: true });
}

/** Returns the longest end of a text with at most `limit` bytes in UTF-8, cut between code points. */
export function lastBytesOf(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  const end = bytes.subarray(bytes.length - limit).toString();
  // What is left of a code point that is cut becomes replacement characters.
  return end.replace(/^\uFFFD{1,3}/, '');
}

/**
 * Converts a text to a code span of Markdown, in which nothing is a link, an image, a mention or HTML.
 * Source: CommonMark 0.31, section 6.1 (a span ends at a run of exactly as many backticks as it began with).
 */
export function codeSpan(text: string): string {
  const content = shortenBackticks(singleLine(text));
  if (content === '') return '';
  const fence = fenceFor(content, 1);
  // Blanks separate a backtick at either end from the fence. They are not shown.
  const padding = /^`|`$/.test(content) ? ' ' : '';
  return fence + padding + content + padding + fence;
}

/**
 * Converts a text to a code block of Markdown.
 * Source: CommonMark 0.31, section 4.5 (the closing fence is at least as long as the opening one).
 */
export function codeBlock(text: string, language: 'text' | 'diff' = 'text'): string {
  const content = shortenBackticks(stripInvisible(text));
  const fence = fenceFor(content, 3);
  return `${fence}${language}\n${content}\n${fence}`;
}

/** Renders Markdown from outside, or shows it as code if that takes more than `limit` characters: only tables of empty cells grow so much. */
export function renderShort(text: string, render: (markdown: string) => string, limit: number): string {
  const rendered = render(text);
  return rendered.length > limit ? codeBlock(text) : rendered;
}

/**
 * The most backticks in a row that a code span or block can contain, because its fence must be longer. GitHub's parser knows no span with
 * a fence of more than 80. Of the fence of a block, it counts no more than 255, so that 255 in the block would end it.
 * Source: MAXBACKTICKS in github/cmark-gfm, src/inlines.c, and fence_length in src/blocks.c.
 */
const MAX_BACKTICKS = 79;

/** Shortens each run of backticks to those that a fence can enclose. */
export function shortenBackticks(text: string): string {
  return text.replace(/`+/g, (run) => run.slice(0, MAX_BACKTICKS));
}

/** Returns at least `least` backticks, and more than the text has in a row. */
export function fenceFor(text: string, least: number): string {
  let length = least;
  for (const [run] of text.matchAll(/`+/g)) length = Math.max(length, run.length + 1);
  return '`'.repeat(length);
}

/** Makes the first letter of a text a capital. */
export function capitalize(text: string): string {
  return text.replace(/^./, (first) => first.toUpperCase());
}

/** Formats a reason as part of a sentence: on one line, without a full stop at the end. */
export function asClause(reason: string): string {
  return singleLine(reason).replace(/[.?!\s]{1,9}$/, '');
}

const MAX_REASON_LENGTH = 500;

/** A session key with its name: in a URL, a header or JSON, escaped or not. Group 1 is everything before the value. */
const NAMED_SESSION_KEY =
  /(session[-_]api[-_]key(?:%[0-9a-f]{2}|["'\\\s]){0,12}(?:[:=]|%3a|%3d)(?:%[0-9a-f]{2}|["'\\\s]){0,12})[\w.~+/=%-]{8,}/gi;

/** The bytes of a picture or file in a data URL. Group 1 is everything before them. */
const DATA_URL = /(data:[\w.+/-]{0,100};base64,)[\w+/=%-]+/gi;

/**
 * Converts a reason in a server's words to one short line. Masks every session key with its name, such as one in the URL of a failed
 * request, even if the key is unknown. Leaves out the bytes of data URLs: servers repeat the pictures that they refuse.
 */
export function reasonLine(text: string): string {
  const line = singleLine(text.replace(DATA_URL, '$1…'));
  return shorten(line.replace(NAMED_SESSION_KEY, '$1***'), MAX_REASON_LENGTH);
}

/**
 * Words that GitHub turns into links, mentions, references or formulas. Source:
 * https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
const ACTIVE_WORD = /:\/\/|www\.|@\w|#\d|\bGH-\d|\$|(?<![a-z0-9])(?=[a-f]*\d)[0-9a-f]{7,40}(?![a-z0-9])/i;

/** A part of a text: plain words, or a word to show as code. */
export interface Piece {
  readonly type: 'text' | 'code_inline';
  readonly content: string;
}

/** Splits a text into inert pieces: words that GitHub would turn into links, mentions and so on become code. */
export function inertPiecesOf(text: string): readonly Piece[] {
  const shown = stripInvisible(text);
  const words = ACTIVE_WORD.test(shown) ? shown.split(/(\s+)/) : [shown];
  return words.flatMap((word): readonly Piece[] => {
    if (!ACTIVE_WORD.test(word)) return [{ type: 'text', content: word }];
    const [, before = '', middle = word, after = ''] =
      /^([("'[{]{0,9})(.*?)([)\]}"'.,;:!?]{0,9})$/s.exec(word) ?? [];
    return [
      { type: 'text', content: before },
      { type: 'code_inline', content: middle },
      { type: 'text', content: after },
    ];
  });
}

/** Converts a text to one line of inert HTML, for a block of HTML: there, GitHub does not interpret Markdown. */
export function inertHtmlOf(text: string): string {
  return inertPiecesOf(singleLine(text))
    .map(({ type, content }) =>
      type === 'text' ? escapeHtml(content) : `<code>${escapeHtml(content)}</code>`,
    )
    .join('');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
