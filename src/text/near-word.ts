/** From this length on, two letters of a word may be wrong. */
const LONG_WORD = 8;

/** Returns the known word that a misspelled one is nearest to, without letter case and separators; `undefined` if it is like none. */
export function nearestTo(given: string, known: Iterable<string>): string | undefined {
  const word = bare(given);
  const near = Array.from(known, (each) => ({ each, edits: editsBetween(word, bare(each)) }));
  const [nearest] = near
    .filter(({ each, edits }) => edits <= mostEdits(word, bare(each)))
    .toSorted((one, other) => one.edits - other.edits);
  return nearest?.each;
}

/** Returns a word as it is compared: letter case and separators do not count. */
export function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
}

function mostEdits(word: string, known: string): number {
  // Two letters that changed places are two edits.
  const isSwapped = lettersOf(word) === lettersOf(known);
  return isSwapped || Math.min(word.length, known.length) >= LONG_WORD ? 2 : 1;
}

function lettersOf(word: string): string {
  return Array.from(word).sort().join('');
}

/** Returns how many letters must be replaced, added or removed (the Levenshtein distance). */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [at, letter] of Array.from(one).entries()) {
    const next = [at + 1];
    for (const [index, each] of Array.from(other).entries()) {
      const [replaced = 0, removed = 0] = row.slice(index, index + 2);
      next.push(Math.min(replaced + (letter === each ? 0 : 1), removed + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
