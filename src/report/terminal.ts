import stringWidth from 'string-width';

import { kindsOf } from '../text/code-blocks.ts';
import { visible } from '../text/safe.ts';

/** A wider table is not aligned: its wrapped lines would be harder to read than the source. */
const WIDEST_TABLE = 140;
const BETWEEN_CELLS = '  ';
/** A table with more columns is too wide even if its cells are empty. */
const MAX_COLUMNS = WIDEST_TABLE / BETWEEN_CELLS.length;

/**
 * Formats Markdown for a terminal: aligns tables, and removes the marks of headings, strong emphasis, links and code blocks.
 * Works line by line without a parser, so that all other syntax stays as written.
 */
export function forTerminal(markdown: string): string {
  const lines = visible(markdown).split('\n');
  const kinds = kindsOf(lines);
  const shown: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const kind = kinds[index];
    if (kind === 'code') shown.push(`    ${line}`);
    else if (kind === 'opening') {
      const words = afterFirstWord(line.replace(/^ *[`~]+/, ''));
      if (words !== '') shown.push(words);
    } else if (kind === 'text') {
      const table = tableAt(lines, index) ?? [withoutMarks(line)];
      for (const each of table) shown.push(each);
      index += table.length - 1;
    }
  }
  return shown.join('\n');
}

/** Returns the words after a fence, without the first, which is the language. */
function afterFirstWord(info: string): string {
  const text = info.trim();
  const end = text.search(/\s/);
  return end === -1 ? '' : text.slice(end).trim();
}

/** Formats the table that begins at a line, without changing the number of lines; `undefined` if none begins there. */
function tableAt(lines: readonly string[], first: number): readonly string[] | undefined {
  const [head = '', below = ''] = lines.slice(first, first + 2);
  if (!head.includes('|') || !isBelowHead(below)) return undefined;
  const end = lines.findIndex((line, index) => index > first + 1 && !line.includes('|'));
  const written = lines.slice(first, end === -1 ? undefined : end);
  const rows = written.map(cellsIn);
  const widths = widthsOf(rows);
  if (widths === undefined) return written;
  return rows.map((row, index) =>
    index === 1 ? widths.map((each) => '─'.repeat(each)).join(BETWEEN_CELLS) : aligned(row, widths),
  );
}

/** Whether the line is a table's delimiter row. Source: GitHub Flavored Markdown 0.29, section 4.10. */
function isBelowHead(line: string): boolean {
  return line.includes('|') && cellsIn(line).every((cell) => /^:?-+:?$/.test(cell));
}

/** Returns the width of each column of the head; `undefined` if the table is too wide. */
function widthsOf(rows: readonly (readonly string[])[]): readonly number[] | undefined {
  const columns = rows[0]?.length ?? 0;
  if (columns > MAX_COLUMNS) return undefined;
  const widths = Array.from({ length: columns }, () => 0);
  for (const [index, row] of rows.entries()) {
    if (index === 1) continue;
    for (const [column, cell] of row.slice(0, columns).entries())
      widths[column] = Math.max(widths[column] ?? 0, stringWidth(cell));
  }
  const width = widths.reduce((sum, each) => sum + each + BETWEEN_CELLS.length, 0);
  return width > WIDEST_TABLE ? undefined : widths;
}

/** Pads the cells of a row to the widths of the columns, and keeps cells beyond the head's columns. */
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
    .map((cell) => withoutMarks(cell.replaceAll('\\|', '|').trim()));
}

/** Code, which stays as it is; strong emphasis, which may contain code; or a link or an image. */
const MARKED =
  /`+[^`]*`+|(?<![\w*])\*\*(?=[^\s*])((?:`[^`]*`|[^*`])+)(?<=\S)\*\*(?![\w*])|!?\[([^[\]]+)\]\(([^()\s]+)\)/g;

function withoutMarks(line: string): string {
  return (headingIn(line) ?? line).replace(
    MARKED,
    (code: string, strong?: string, words?: string, address?: string) => {
      if (strong !== undefined) return strong;
      if (words === undefined || address === undefined) return code;
      return words === address ? address : `${words} (${address})`;
    },
  );
}

/** Returns the text of a heading. Source: CommonMark 0.31, section 4.2 (closing `#` marks must follow a blank). */
function headingIn(line: string): string | undefined {
  const [marks] = /^ {0,3}#{1,6}(?=[ \t])/.exec(line) ?? [];
  if (marks === undefined) return undefined;
  const text = line.slice(marks.length).trim();
  let end = text.length;
  while (text[end - 1] === '#') end -= 1;
  return end === 0 || /\s/.test(text.charAt(end - 1)) ? text.slice(0, end).trimEnd() : text;
}
