import { INPUT_NAMES, type InputName } from '../interface.ts';
import { bare, nearestTo } from '../text/near-word.ts';

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

/**
 * Returns the inputs that an unknown name may mean: letter case and separators do not count, and a letter may be wrong. Returns none if
 * the name is known, or unlike all inputs: it may be a variable of the job named `INPUT_…`, which the runner passes on, too. The runner
 * warns about all unknown ones itself.
 */
export function inputsMeantBy(given: string): readonly InputName[] {
  if (INPUT_NAMES.some((name) => name === given)) return [];
  const nearest = MEANINGS.get(nearestTo(given, MEANINGS.keys()) ?? '');
  if (nearest !== undefined) return nearest;
  // A limit that is ignored costs money.
  return /budget|^max.*(?:cost|usd)/.test(bare(given)) ? ['max-cost-usd'] : [];
}
