const WIDEST = 88;
/** Characters that a terminal interprets or does not draw: control and format characters, separators, fillers and others. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Converts a text to one line that is safe for a terminal: invisible characters become escapes. */
export function visibleLine(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Shortens a value to its first line, with a note of what was left out. */
function short(value: string): string {
  const [line = ''] = value.split(/\r?\n/);
  const characters = Array.from(visibleLine(line));
  const shown = characters.length > WIDEST ? `${characters.slice(0, WIDEST).join('')}…` : characters.join('');
  const more = value.length - line.length;
  return more > 0 ? `${shown} (and ${more} more characters)` : shown;
}

/** Formats outputs as a table for a terminal, one per line, with long values shortened. */
export function outputTable(outputs: Readonly<Record<string, string>>): string {
  const rows = Object.entries(outputs).map(([name, value]) => [visibleLine(name), short(value)] as const);
  if (rows.length === 0) return '(none)';
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** Returns the Node.js code of an error; empty if it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Formats the error of a command as one line. */
export function errorLineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = visibleLine(text.trim().replace(/\s*\n\s*/g, ' '));
  // The three error codes of util.parseArgs begin like this. Source: Node.js, doc/api/errors.md.
  if (!codeOf(error).startsWith('ERR_PARSE_ARGS_')) return line;
  return `${line.replace(/\.$/, '')}; --help lists the options`;
}
