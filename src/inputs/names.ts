import { INPUT_NAMES, type InputName } from '../interface.ts';

/** Names that other actions for agents, or the OpenHands API, use for inputs of this action. */
const ALIASES: ReadonlyMap<string, InputName> = new Map([
  ...(['prompt', 'direct-prompt', 'instructions', 'initial-message', 'conversation-message'] as const).map(
    (name) => [name, 'message'] as const,
  ),
  ['prompt-file', 'message-file'],
  ['llm-model', 'model'],
  ['gemini-model', 'model'],
  ['selected-branch', 'branch'],
  ['base-branch', 'branch'],
  ['repo', 'repository'],
  ['selected-repository', 'repository'],
  ['openhands-api-key', 'api-key'],
  ['session-api-key', 'api-key'],
  ['openhands-base-url', 'base-url'],
  ['timeout', 'timeout-seconds'],
  ['timeout-minutes', 'timeout-seconds'],
  ['poll-interval', 'poll-interval-seconds'],
  ['trajectory-path', 'trajectory-file'],
]);

/** An unknown input name, and the input of this action that is probably meant. */
export interface Misnamed {
  readonly wrong: string;
  readonly right: InputName;
}

/**
 * Finds unknown input names that are another tool's name or a misspelling of one of this action's inputs. The runner warns
 * about unknown inputs, but passes them on. All other names are ignored: they may be variables of the job named `INPUT_…`.
 */
export function misnamedAmong(given: Iterable<string>): readonly Misnamed[] {
  return [...given].flatMap((wrong) => {
    if (isKnown(wrong)) return [];
    const name = wrong.replaceAll(/[_ ]/g, '-');
    const right = ALIASES.get(name) ?? closestTo(name);
    return right === undefined ? [] : [{ wrong, right }];
  });
}

/** Returns the right name for an error. `prompt` is ambiguous: in other actions it is a text or a file. */
export function rightWords({ wrong, right }: Misnamed): string {
  return wrong === 'prompt' ? 'message (for a text) or message-file (for a file)' : right;
}

function isKnown(name: string): boolean {
  return INPUT_NAMES.some((known) => known === name);
}

/** Returns the single closest input name within one or two typing errors, fewer for short names; `undefined` if there is none. */
function closestTo(name: string): InputName | undefined {
  const most = name.length < 5 ? 0 : name.length < 9 ? 1 : 2;
  const near = INPUT_NAMES.map((known) => [known, editDistance(name, known)] as const)
    .filter(([, edits]) => edits <= most)
    .toSorted(([, one], [, other]) => one - other);
  const [first, second] = near;
  return first !== undefined && first[1] !== second?.[1] ? first[0] : undefined;
}

/**
 * Returns the number of typing errors between two words: a letter too many, too few or wrong, or two letters swapped.
 * Source: the optimal string alignment distance, after F. Damerau, doi:10.1145/363958.363994.
 */
function editDistance(one: string, other: string): number {
  let [beforeLast, last]: [number[], number[]] = [
    [],
    Array.from({ length: other.length + 1 }, (_, at) => at),
  ];
  for (let row = 1; row <= one.length; row += 1) {
    const now = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      now[column] = Math.min(
        cost(last, column - 1) + (isSame ? 0 : 1),
        cost(last, column) + 1,
        cost(now, column - 1) + 1,
        isSwapped ? cost(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, now];
  }
  return cost(last, other.length);
}

function cost(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
