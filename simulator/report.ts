const WIDEST = 88;
/** What a terminal obeys or does not draw: control and format characters, lone surrogates, separators, fillers. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A text as one line that a terminal shows and does not obey: what cannot be seen is written as an escape. */
export function visibleLine(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The first line of a value, shortened, and how much was left out. */
function short(value: string): string {
  const [line = ''] = value.split(/\r?\n/);
  const characters = Array.from(visibleLine(line));
  const shown = characters.length > WIDEST ? `${characters.slice(0, WIDEST).join('')}…` : characters.join('');
  const more = value.length - line.length;
  return more > 0 ? `${shown} (and ${more} more characters)` : shown;
}

/** Outputs as a table for a terminal: one a line, long ones shortened. */
export function outputTable(outputs: Readonly<Record<string, string>>): string {
  const rows = Object.entries(outputs).map(([name, value]) => [visibleLine(name), short(value)] as const);
  if (rows.length === 0) return '(none)';
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** The code that Node.js gives to an error; empty if there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What went wrong with a command, as one line. */
export function complaint(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = visibleLine(text.trim().replace(/\s*\n\s*/g, ' '));
  // Source: Node.js, doc/api/errors.md: the three codes of util.parseArgs begin so.
  if (!codeOf(error).startsWith('ERR_PARSE_ARGS_')) return line;
  return `${line.replace(/\.$/, '')}; --help lists the options`;
}
