import type { Workplace } from '../conversation/assignment.ts';
import type { Reader } from '../inputs/reader.ts';

/** The options of a step that waits for the checks of pull requests. */
export interface ChecksOptions {
  /** The repository of the pull requests, as `owner/repo`. */
  readonly repository: string;
  /** How often red checks may be sent back to the agent, counted over the whole conversation. */
  readonly mostRounds: number;
}

const MAX_ROUNDS = 5;

/** Reads the options for checks; `undefined` if the step does not wait for checks. */
export function checksIn(read: Reader, workplace: Workplace | undefined): ChecksOptions | undefined {
  const waits = read.boolean('wait-for-checks');
  const mostRounds = read.parsed(
    'max-fix-rounds',
    `it must be a whole number from 0 to ${MAX_ROUNDS}`,
    (value) => (/^\d$/.test(value) && Number(value) <= MAX_ROUNDS ? Number(value) : undefined),
    0,
  );
  if (!waits) {
    if (mostRounds > 0)
      read.wrong(
        'max-fix-rounds needs wait-for-checks: true: it is how often failed checks are sent back to the agent',
      );
    return undefined;
  }
  read.needsPoll('wait-for-checks', 'the step waits for the checks after it has waited for the agent');
  if (workplace?.gitProvider !== 'github')
    read.wrong(
      'wait-for-checks needs a repository on GitHub: name it in repository, with git-provider: github, or leave wait-for-checks out',
    );
  return { repository: workplace?.repository ?? '', mostRounds };
}
