import { singleLine, visible } from './safe.ts';

/**
 * Matches words that GitHub turns into links, mentions, references to issues and commits, or formulas. Source:
 * https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
const ACTIVE = /:\/\/|www\.|@\w|#\d|\bGH-\d|\$|^\W{0,9}(?=\w*\d)[0-9a-f]{7,40}\W{0,9}$/i;

/** A part of a text: plain words, or a word that must be shown as code. */
export interface Piece {
  readonly type: 'text' | 'code_inline';
  readonly content: string;
}

/** Splits a text into inert pieces: words that GitHub would turn into links, mentions and the like become code. */
export function literal(text: string): readonly Piece[] {
  const words = visible(text).split(/(\s+)/);
  return words.flatMap((word): readonly Piece[] => {
    if (!ACTIVE.test(word)) return [{ type: 'text', content: word }];
    const [, before = '', middle = word, after = ''] =
      /^([("'[{]{0,9})(.*?)([)\]}"'.,;:!?]{0,9})$/s.exec(word) ?? [];
    return [
      { type: 'text', content: before },
      { type: 'code_inline', content: middle },
      { type: 'text', content: after },
    ];
  });
}

/** Converts untrusted text to one line of inert HTML. For use in a block of HTML, in which GitHub does not interpret Markdown. */
export function literalHtml(text: string): string {
  return literal(singleLine(text))
    .map(({ type, content }) => (type === 'text' ? escaped(content) : `<code>${escaped(content)}</code>`))
    .join('');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
