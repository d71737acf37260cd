import { INPUT_NAMES, type InputName } from '../interface.ts';

/** What other actions for agents, and this one's API, call something that has another name here. */
const ELSEWHERE: ReadonlyMap<string, InputName> = new Map([
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

/** A name that was given in place of one of ours. */
export interface Misnamed {
  readonly wrong: string;
  readonly right: InputName;
}

/**
 * The given names that stand for one of ours, by what others call it or by a slip. The runner warns of every unknown name, and
 * passes it on; what is neither may be a variable of the job that only looks like an input.
 */
export function misnamedAmong(given: Iterable<string>): readonly Misnamed[] {
  return [...given].flatMap((wrong) => {
    if (isOurs(wrong)) return [];
    const name = wrong.replaceAll(/[_ ]/g, '-');
    const right = ELSEWHERE.get(name) ?? nearestTo(name);
    return right === undefined ? [] : [{ wrong, right }];
  });
}

/** The right name in words: what others call `prompt` is a text or a file. */
export function rightWords({ wrong, right }: Misnamed): string {
  return wrong === 'prompt' ? 'message (for a text) or message-file (for a file)' : right;
}

function isOurs(name: string): boolean {
  return INPUT_NAMES.some((ours) => ours === name);
}

/** The one of our names that is a slip or two away: a short word is soon another one. */
function nearestTo(name: string): InputName | undefined {
  const most = name.length < 5 ? 0 : name.length < 9 ? 1 : 2;
  const near = INPUT_NAMES.map((ours) => [ours, slipsBetween(name, ours)] as const)
    .filter(([, slips]) => slips <= most)
    .toSorted(([, one], [, other]) => one - other);
  const [first, second] = near;
  return first !== undefined && first[1] !== second?.[1] ? first[0] : undefined;
}

/**
 * How many slips lead from one word to another: a letter too many, too few or wrong, or two in the wrong order. Source: the
 * optimal string alignment distance, after F. Damerau, doi:10.1145/363958.363994.
 */
function slipsBetween(one: string, other: string): number {
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
