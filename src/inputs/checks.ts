import type { Workplace } from '../port/assignment.ts';
import type { InputReader } from './reader.ts';

export interface ChecksOptions {
  /** The repository of the pull requests, as `owner/repo`. */
  readonly repository: string;
  /** How often red checks may be sent back to the agent, counted over the whole conversation. */
  readonly maxRounds: number;
}

/** The highest max-fix-rounds. */
const MAX_ROUNDS = 5;

/** Reads the options for checks; `undefined` if the step does not wait for checks. */
export function checksIn(read: InputReader, workplace: Workplace | undefined): ChecksOptions | undefined {
  const waits = read.boolean('wait-for-checks');
  const maxRounds = read.parsed(
    'max-fix-rounds',
    `it must be a whole number from 0 to ${MAX_ROUNDS}`,
    (value) => (/^\d$/.test(value) && Number(value) <= MAX_ROUNDS ? Number(value) : undefined),
    0,
  );
  if (!waits) {
    if (maxRounds > 0)
      read.wrong(
        'max-fix-rounds needs wait-for-checks: true: it limits how often failed checks are sent back to the agent',
      );
    return undefined;
  }
  read.requirePoll('wait-for-checks', 'the step waits for the checks after it has waited for the agent');
  const repository = read.requireGitHub(workplace, 'wait-for-checks', 'leave wait-for-checks out');
  return { repository, maxRounds };
}
