import { ON_PAUSED, type OnPaused } from '../port/conversation.ts';
import { checkPath, type Roots } from '../text/file.ts';
import type { InputReader } from './reader.ts';

/** GitHub ends a job on its runners after six hours. */
const MAX_TIMEOUT_SECONDS = 21_600;
const MAX_INTERVAL_SECONDS = 600;
const MAX_USD = 10_000;

/** How long the step waits for the agent, what that may cost, and what is saved at the end. */
export interface Waiting {
  readonly poll: boolean;
  readonly onPaused: OnPaused;
  readonly timeoutMs: number;
  readonly maxPollMs: number;
  /** The most that the conversation may cost, in US dollars; absent for no limit. */
  readonly maxCostUsd?: number;
  readonly trajectoryFile?: string;
  readonly patchFile?: string;
}

export function waitIn(read: InputReader, roots: Roots): Waiting {
  // A wrong value counts as true, so that inputs that need `poll: true` are not reported, too.
  const poll = read.boolean('poll', false, true);
  const maxCostUsd = budgetIn(read);
  const trajectoryFile = fileIn(read, roots, 'trajectory-file');
  const patchFile = fileIn(read, roots, 'patch-file');
  if (patchFile !== undefined && patchFile !== '' && patchFile === trajectoryFile)
    read.wrong('patch-file and trajectory-file name the same file: give each its own');
  read.refuseForV0('patch-file');
  return {
    poll,
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    ...(trajectoryFile !== undefined && { trajectoryFile }),
    ...(patchFile !== undefined && { patchFile }),
    onPaused: read.choice('on-paused', ON_PAUSED),
    timeoutMs: read.seconds('timeout-seconds', 1_800, MAX_TIMEOUT_SECONDS),
    maxPollMs: read.seconds('poll-interval-seconds', 30, MAX_INTERVAL_SECONDS),
  };
}

function budgetIn(read: InputReader): number | undefined {
  const maxUsd = read.parsed(
    'max-cost-usd',
    `it must be a number of US dollars above 0 and at most ${MAX_USD}, such as 2.50`,
    (value) => {
      const usd = /^\d{1,6}(?:\.\d{1,6})?$/.test(value) ? Number(value) : 0;
      return usd > 0 && usd <= MAX_USD ? usd : undefined;
    },
    undefined,
  );
  if (maxUsd === undefined) return undefined;
  read.requirePoll('max-cost-usd', 'only a step that waits sees what the agent costs');
  read.refuseForV0('max-cost-usd');
  return maxUsd;
}

/** Returns the path of a file to write; `undefined` if it is not given, empty if it is wrong. */
function fileIn(read: InputReader, roots: Roots, name: 'trajectory-file' | 'patch-file'): string | undefined {
  const { value, shown } = read.given(name);
  if (value === '') return undefined;
  const content = name.replace('-file', '');
  read.requirePoll(name, `there is no ${content} before the agent is done`);
  const checked = checkPath(value, roots);
  return 'reason' in checked ? read.wrong(`${name} ${shown} ${checked.reason}`, '') : checked.path;
}
