/** What a line of Markdown is to blocks of code that stand between fences. */
type LineKind = 'text' | 'opening' | 'code' | 'closing';

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/s;

/**
 * What each line is. A fence is closed by as many of its marks, or more, without a word beside them.
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
