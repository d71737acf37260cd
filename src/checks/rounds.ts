import type { PersonMessage } from '../conversation/conversation.ts';
import type { Head, Round } from './head.ts';

const FIRST_LINE = /^Checks, round (\d{1,3}) of \d{1,3}, commit ([0-9a-f]{40,64})$/;

/** Returns the first line of a round's message, from which later steps read the round. */
export function firstLineOf({ number, of, head }: Round): string {
  return `Checks, round ${number} of ${of}, commit ${head.commit}`;
}

/**
 * Returns the next round by the messages in the conversation, or why there is none, as the end of a sentence. Earlier rounds are stored only there, so that a step that runs
 * again continues where it stopped. A commit is sent back once: if it is still the newest, the agent has made no other since.
 *
 * @param messages the stored messages of persons.
 * @param most how many rounds a conversation may have.
 */
export function nextRound(
  red: readonly Head[],
  messages: readonly PersonMessage[],
  most: number,
): Round | string {
  const earlier = messages.flatMap((message) => {
    const [, number, commit] = FIRST_LINE.exec(lineOf(message)) ?? [];
    return commit === undefined ? [] : [{ number: Number(number), commit }];
  });
  const commits = new Set(earlier.map(({ commit }) => commit));
  const head = red.find(({ commit }) => !commits.has(commit));
  if (head === undefined) return 'the agent got the failed checks and pushed no new commit';
  const last = Math.max(commits.size, ...earlier.map(({ number }) => number));
  if (last >= most) return `after ${most} ${most === 1 ? 'round' : 'rounds'}`;
  return { number: last + 1, of: most, head };
}

/**
 * Returns the first line of the last round, if this step has not sent it: another step with the same key has, or an earlier
 * attempt of this step.
 *
 * @param messages the stored messages of persons, newest first.
 */
export function othersRound(messages: readonly PersonMessage[], own: readonly Round[]): string | undefined {
  const last = messages.map(lineOf).find((line) => FIRST_LINE.test(line));
  return own.some((round) => firstLineOf(round) === last) ? undefined : last;
}

function lineOf({ text = '' }: PersonMessage): string {
  return text.trimStart().split(/\r?\n/, 1)[0]?.trimEnd() ?? '';
}
