import { INPUT_NAMES, type InputName } from '../interface.ts';

/** Names that users of other tools may write, and what they may mean. */
const ALIASES = new Map<string, readonly InputName[]>([
  ['prompt', ['message', 'message-file']],
  ['llm-model', ['model']],
  ['repo', ['repository']],
  ['timeout', ['timeout-seconds']],
  ['timeout-minutes', ['timeout-seconds']],
  ['schema', ['output-schema']],
  ['cost-limit', ['max-cost-usd']],
  ['cost-usd', ['max-cost-usd']],
  ['require-done', ['require-result']],
  ['pictures', ['images']],
  ['token', ['github-token', 'api-key']],
]);

/** Each known word without separators, with the inputs that it means. */
const MEANINGS = new Map<string, readonly InputName[]>([
  ...INPUT_NAMES.map((name) => [bare(name), [name]] as const),
  ...[...ALIASES].map(([name, inputs]) => [bare(name), inputs] as const),
]);

/** From this length on, two letters of a word may be wrong. */
const LONG_WORD = 8;

/**
 * Returns the inputs that an unknown name may mean: letter case and separators do not count, and a letter may be wrong. Returns none if
 * the name is known, or unlike all inputs: it may be a variable of the job named `INPUT_…`, which the runner passes on, too. The runner
 * warns about all unknown ones itself.
 */
export function inputsMeantBy(given: string): readonly InputName[] {
  if (INPUT_NAMES.some((name) => name === given)) return [];
  const word = bare(given);
  const same = MEANINGS.get(word);
  if (same !== undefined) return same;
  const near = [...MEANINGS].map(([known, inputs]) => ({ known, inputs, edits: editsBetween(word, known) }));
  const [nearest] = near
    .filter(({ known, edits }) => edits <= (Math.min(word.length, known.length) < LONG_WORD ? 1 : 2))
    .toSorted((one, other) => one.edits - other.edits);
  if (nearest !== undefined) return nearest.inputs;
  // A limit that is ignored costs money.
  return /budget|^max.*(?:cost|usd)/.test(word) ? ['max-cost-usd'] : [];
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
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
