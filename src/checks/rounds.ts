import { fence, tagFor } from '../message/fence.ts';
import type { PersonMessage } from '../port/conversation.ts';
import { lastBytesOf } from '../text/safe.ts';
import { withoutHidden } from '../text/without-hidden.ts';
import type { Check, HeadWithChecks, Round } from './head.ts';

const FIRST_LINE = /^Checks, round (\d{1,3}) of \d{1,3}, commit ([0-9a-f]{40,64})$/;

/** Returns the first line of a round's message, from which later steps read the round. */
export function firstLineOf({ number, of, head }: Round): string {
  return `Checks, round ${number} of ${of}, commit ${head.commit}`;
}

/** Why the agent gets no round, as the end of a sentence. */
export interface NoRound {
  readonly kind: 'none';
  readonly because: string;
}

export function noRound(because: string): NoRound {
  return { kind: 'none', because };
}

/**
 * Returns the next round, or why there is none. Earlier rounds are read from the conversation, so a
 * step that runs again continues where it stopped. A commit is sent back only once.
 *
 * @param messages the stored messages of persons, in any order.
 * @param maxRounds how many rounds a conversation may have.
 */
export function nextRound(
  red: readonly HeadWithChecks[],
  messages: readonly PersonMessage[],
  maxRounds: number,
): Round | NoRound {
  const earlier = messages.flatMap((message) => {
    const [, number, commit] = FIRST_LINE.exec(firstLineIn(message)) ?? [];
    return commit === undefined ? [] : [{ number: Number(number), commit }];
  });
  const commits = new Set(earlier.map(({ commit }) => commit));
  const head = red.find(({ commit }) => !commits.has(commit));
  if (head === undefined) return noRound('the agent got the failed checks and pushed no new commit');
  // Two steps that send at the same time may use one number for two commits.
  const last = Math.max(commits.size, ...earlier.map(({ number }) => number));
  if (last >= maxRounds)
    return noRound(`still failing after ${maxRounds} ${maxRounds === 1 ? 'round' : 'rounds'}`);
  return { number: last + 1, of: maxRounds, head };
}

/**
 * Returns the first line of the last round, if another step with the same key has sent it, or an earlier attempt of this step; `undefined`
 * if this step has, or if there was no round.
 *
 * @param messages the stored messages of persons, newest first.
 */
export function roundOfOtherStep(
  messages: readonly PersonMessage[],
  own: readonly Round[],
): string | undefined {
  const last = messages.map(firstLineIn).find((line) => FIRST_LINE.test(line));
  return own.some((round) => firstLineOf(round) === last) ? undefined : last;
}

function firstLineIn({ text = '' }: PersonMessage): string {
  return text.trimStart().split(/\r?\n/, 1)[0]?.trimEnd() ?? '';
}

/** A red check with the end of its log; empty if there is none, or it could not be read. */
export type FailedCheck = Pick<Check, 'name' | 'conclusion' | 'url'> & { readonly log: string };

/** The limit for all logs in a message together. */
const MAX_LOG_BYTES = 16 * 1024;
const MAX_TOLD_CHECKS = 50;
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
  const lines = failed.map(({ name, conclusion, url = '' }) =>
    withoutHidden(`- ${name}: ${conclusion} ${url}`),
  );
  if (lines.length > MAX_TOLD_CHECKS)
    lines.splice(MAX_TOLD_CHECKS, Infinity, `and ${lines.length - MAX_TOLD_CHECKS} more`);
  const data = [...lines, ...logsIn(failed)].join('\n');
  return [
    firstLine,
    '',
    `Checks of that commit, the newest of ${pullRequest}, are red. Find out why, and if the work of this conversation is the`,
    'reason, fix that and push to the branch of the pull request. Do not weaken, skip or remove a check to make it green. If',
    'there is nothing for you to fix, push nothing and say why. Name the address of the pull request in your answer.',
    '',
    fence('the checks that are red, and the ends of their logs', data, tagFor([data])),
  ].join('\n');
}

/** Returns the ends of the logs. Each gets the same share of the bytes; what short logs do not need goes to longer ones. */
function logsIn(failed: readonly FailedCheck[]): readonly string[] {
  const logs = failed
    .filter(({ log }) => log !== '')
    .map(({ name, log }) => ({ name, log: withoutHidden(log.replace(TIME, '')) }))
    .toSorted((a, b) => Buffer.byteLength(a.log) - Buffer.byteLength(b.log));
  let leftBytes = MAX_LOG_BYTES;
  return logs.flatMap(({ name, log }, index) => {
    const end = lastBytesOf(log, Math.floor(leftBytes / (logs.length - index)));
    leftBytes -= Buffer.byteLength(end);
    return ['', withoutHidden(`The end of the log of ${name}:`), end];
  });
}
