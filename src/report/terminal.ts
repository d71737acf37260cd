import stringWidth from 'string-width';

import { visible } from '../text/safe.ts';

/** A table that is wider is shown as it was written: aligned it would be harder to read once its lines are wrapped. */
const WIDEST_TABLE = 140;
const BETWEEN_CELLS = '  ';
/** A line that opens or closes a block of code. */
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$/;
/** The line below the head of a table. Source: GitHub Flavored Markdown 0.29, section 4.10. */
const BELOW_HEAD = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/**
 * Markdown as a terminal shows it best: tables aligned, without the marks of headings, emphasis, links and blocks of code.
 * It is read line by line and not parsed, so that whatever it does not know stays as it was written.
 */
export function forTerminal(markdown: string): string {
  const lines = visible(markdown).split('\n');
  const shown: string[] = [];
  let fence: string | undefined;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const [, marks] = FENCE.exec(line) ?? [];
    if (fence !== undefined) {
      if (marks?.startsWith(fence) === true) fence = undefined;
      else shown.push(`    ${line}`);
    } else if (marks !== undefined) {
      fence = marks;
    } else {
      const table = tableAt(lines, index);
      shown.push(...(table ?? [withoutMarks(line)]));
      if (table !== undefined) index += table.length - 1;
    }
  }
  return shown.join('\n');
}

/** The lines of the table that begins there, as many as were written. */
function tableAt(lines: readonly string[], first: number): readonly string[] | undefined {
  const [head = '', below = ''] = lines.slice(first, first + 2);
  if (!head.includes('|') || !below.includes('|') || !BELOW_HEAD.test(below)) return undefined;
  const end = lines.findIndex((line, index) => index > first + 1 && !line.includes('|'));
  const written = lines.slice(first, end === -1 ? undefined : end);
  const rows = written.map((line) => cellsIn(line).map(withoutMarks));
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row, index) => (index === 1 ? 0 : stringWidth(row[column] ?? '')))),
  );
  const width = widths.reduce((sum, each) => sum + each + BETWEEN_CELLS.length, 0);
  if (width > WIDEST_TABLE) return written;
  return rows.map((row, index) =>
    index === 1 ? widths.map((each) => '─'.repeat(each)).join(BETWEEN_CELLS) : aligned(row, widths),
  );
}

/** Cells beyond the columns of the head stay, too. */
function aligned(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell))))
    .join(BETWEEN_CELLS)
    .trimEnd();
}

function cellsIn(line: string): readonly string[] {
  return line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|').trim());
}

/** Code, which stays as it is, or emphasis around words, in which code may be, or a link. */
const MARKED =
  /`+[^`]*`+|(?<![\w*])\*\*(?=[^\s*])((?:`[^`]*`|[^*`])+)(?<=\S)\*\*(?![\w*])|\[([^[\]]+)\]\(([^()\s]+)\)/g;

function withoutMarks(line: string): string {
  const [, heading = line] = HEADING.exec(line) ?? [];
  return heading.replace(MARKED, (code: string, strong?: string, words?: string, address?: string) => {
    if (strong !== undefined) return strong;
    if (words === undefined || address === undefined) return code;
    return words === address ? address : `${words} (${address})`;
  });
}
