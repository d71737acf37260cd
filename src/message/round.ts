import { tail } from '../text/safe.ts';
import { fenced, markFor, withoutHidden } from './untrusted.ts';

/** A check that is red, as the agent is told of it. */
export interface FailedCheck {
  readonly name: string;
  readonly conclusion: string;
  readonly url?: string;
  /** The end of its log; absent if it has none, or it could not be read. */
  readonly log?: string;
}

/** An agent reads no more of all logs together. */
const MOST_LOG_BYTES = 16 * 1024;
const MOST_CHECKS = 50;
/** The runner's own time before each line. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z /gm;

/**
 * Tells the agent which checks are red, and how their logs end. What checks are called and what they print is whatever
 * somebody wrote: it is fenced as data.
 *
 * @param firstLine by which the message is known later.
 * @param pullRequest its page.
 */
export function roundMessage(firstLine: string, pullRequest: string, failed: readonly FailedCheck[]): string {
  const more = failed.length - MOST_CHECKS;
  const data = [
    ...failed
      .slice(0, MOST_CHECKS)
      .map(({ name, conclusion, url = '' }) => withoutHidden(`- ${name}: ${conclusion} ${url}`)),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...logsIn(failed),
  ].join('\n');
  return [
    firstLine,
    '',
    `Checks of that commit, the newest of ${pullRequest}, are red. Find out why, and if the work of this conversation is the`,
    'reason, fix that and push to the branch of the pull request. Do not weaken, skip or remove a check to make it green. If',
    'there is nothing for you to fix, push nothing and say why.',
    '',
    fenced('the checks that are red, and the ends of their logs', data, markFor([data])),
  ].join('\n');
}

/** Each has an equal share of the room; what a short one leaves, the others have. */
function logsIn(failed: readonly FailedCheck[]): readonly string[] {
  const logs = failed
    .flatMap(({ name, log }) =>
      log === undefined ? [] : [{ name, log: withoutHidden(log.replace(TIME, '')) }],
    )
    .toSorted((a, b) => Buffer.byteLength(a.log) - Buffer.byteLength(b.log));
  let room = MOST_LOG_BYTES;
  return logs.flatMap(({ name, log }, index) => {
    const end = tail(log, Math.floor(room / (logs.length - index)));
    room -= Buffer.byteLength(end);
    return ['', withoutHidden(`The end of the log of ${name}:`), end];
  });
}
