const WIDEST = 88;

/** The first line of a value, shortened, and how much was left out. */
function short(value: string): string {
  const [line = ''] = value.split('\n');
  const shown = line.length > WIDEST ? `${line.slice(0, WIDEST)}…` : line;
  const more = value.length - line.length;
  return more > 0 ? `${shown} (and ${more} more characters)` : shown;
}

/** Outputs as a table for a terminal: one a line, long ones shortened. */
export function outputTable(outputs: Readonly<Record<string, string>>): string {
  const names = Object.keys(outputs);
  if (names.length === 0) return '(none)';
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)}  ${short(outputs[name] ?? '')}`).join('\n');
}
