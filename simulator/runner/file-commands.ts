/** The names and values that an action writes into GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV. */
export type Pairs = Readonly<Record<string, string>>;

interface Entry {
  readonly name: string;
  readonly value: string;
  /** The number of lines of the entry. */
  readonly lines: number;
}

function heredoc(name: string, delimiter: string, rest: readonly string[]): Entry {
  if (name === '' || delimiter === '') throw new Error(`Invalid format '${name}<<${delimiter}'`);
  const end = rest.indexOf(delimiter);
  if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
  // The line with the name, the lines of the value, and the line with the delimiter.
  return { name, value: rest.slice(0, end).join('\n'), lines: end + 2 };
}

function entryAt(lines: readonly string[], at: number): Entry {
  const line = lines[at] ?? '';
  const equals = line.indexOf('=');
  const here = line.indexOf('<<');
  // `<<` or `=`: the first one decides the form.
  if (here >= 0 && (equals < 0 || here < equals)) {
    return heredoc(line.slice(0, here), line.slice(here + 2), lines.slice(at + 1));
  }
  if (equals <= 0) throw new Error(`Invalid format '${line}'`);
  return { name: line.slice(0, equals), value: line.slice(equals + 1), lines: 1 };
}

/**
 * Parses one of these files: lines with `name=value`, or `name<<DELIMITER`, the lines of the value, and a line with `DELIMITER`.
 *
 * @throws Error in the runner's words for any other line
 */
export function parsePairs(content: string): Pairs {
  const lines = content.replace(/\r?\n$/, '').split(/\r?\n/);
  const pairs: Record<string, string> = {};
  for (let at = 0; at < lines.length;) {
    if (lines[at] === '') {
      at += 1;
      continue;
    }
    const entry = entryAt(lines, at);
    pairs[entry.name] = entry.value;
    at += entry.lines;
  }
  return pairs;
}
