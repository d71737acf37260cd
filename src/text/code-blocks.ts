/** The kind of a line of Markdown: a fence that opens or closes a code block, a line of code, or other text. */
type LineKind = 'text' | 'opening' | 'code' | 'closing';

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/s;

/**
 * Returns the kind of each line. The closing fence has at least as many marks as the opening one, and nothing else.
 * Source: CommonMark 0.31, section 4.5.
 */
export function kindsOf(lines: readonly string[]): readonly LineKind[] {
  let open: string | undefined;
  return lines.map((line) => {
    const [, marks, rest = ''] = FENCE.exec(line) ?? [];
    if (open === undefined) {
      open = marks;
      return marks === undefined ? 'text' : 'opening';
    }
    if (marks?.startsWith(open) !== true || rest.trim() !== '') return 'code';
    open = undefined;
    return 'closing';
  });
}
