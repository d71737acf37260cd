import { singleLine, visible } from '../text/safe.ts';

/**
 * What GitHub makes links, mentions, references to issues and commits, or formulas of. Source:
 * https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
const DOES_SOMETHING = /:\/\/|www\.|@\w|#\d|\bGH-\d|\$|^\W{0,9}(?=\w*\d)[0-9a-f]{7,40}\W{0,9}$/i;

/** A part of a text: words, or what has to stand in code. */
export interface Piece {
  readonly type: 'text' | 'code_inline';
  readonly content: string;
}

/** A text in pieces of which none does anything: those that would are code. */
export function literal(text: string): readonly Piece[] {
  const words = visible(text).split(/(\s+)/);
  return words.flatMap((word): readonly Piece[] => {
    if (!DOES_SOMETHING.test(word)) return [{ type: 'text', content: word }];
    const [, before = '', middle = word, after = ''] =
      /^([("'[{]{0,9})(.*?)([)\]}"'.,;:!?]{0,9})$/s.exec(word) ?? [];
    return [
      { type: 'text', content: before },
      { type: 'code_inline', content: middle },
      { type: 'text', content: after },
    ];
  });
}

/** Somebody else's text on one line of HTML, of which nothing does anything. For a block of HTML: Markdown is not read there. */
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
