import { fenced, markFor, withoutHidden } from '../message/untrusted.ts';
import { tail } from '../text/safe.ts';

/** A red check, as the message to the agent describes it. */
export interface FailedCheck {
  readonly name: string;
  readonly conclusion: string;
  readonly url?: string;
  /** The end of its log; absent if there is no log, or it could not be read. */
  readonly log?: string;
}

/** The limit for all logs in a message together. */
const MAX_LOG_BYTES = 16 * 1024;
const MAX_CHECKS = 50;
/** The time that the runner writes before each line. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z /gm;

/**
 * Returns the message that sends red checks back to the agent, with the ends of their logs. Names and logs of checks are
 * untrusted, so they are fenced as data.
 *
 * @param firstLine identifies the message later.
 * @param pullRequest the address of the pull request.
 */
export function roundMessage(firstLine: string, pullRequest: string, failed: readonly FailedCheck[]): string {
  const more = failed.length - MAX_CHECKS;
  const data = [
    ...failed
      .slice(0, MAX_CHECKS)
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

/** Returns the ends of the logs. They share the room equally; room that short logs leave goes to longer ones. */
function logsIn(failed: readonly FailedCheck[]): readonly string[] {
  const logs = failed
    .flatMap(({ name, log }) =>
      log === undefined ? [] : [{ name, log: withoutHidden(log.replace(TIME, '')) }],
    )
    .toSorted((a, b) => Buffer.byteLength(a.log) - Buffer.byteLength(b.log));
  let room = MAX_LOG_BYTES;
  return logs.flatMap(({ name, log }, index) => {
    const end = tail(log, Math.floor(room / (logs.length - index)));
    room -= Buffer.byteLength(end);
    return ['', withoutHidden(`The end of the log of ${name}:`), end];
  });
}
