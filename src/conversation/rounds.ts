import { type Head } from './checks.ts';
import type { PersonMessage } from './conversation.ts';

/** A time that red checks are sent back to the agent. */
export interface Round {
  /** The first is 1. */
  readonly number: number;
  readonly of: number;
  /** The commit whose checks are red, and where it is. */
  readonly head: Head;
}

/** The next round, or why there is none: the end of a sentence. */
export type NextRound =
  { readonly kind: 'round'; readonly round: Round } | { readonly kind: 'over'; readonly because: string };

const FIRST_LINE = /^Checks, round (\d{1,3}) of \d{1,3}, commit ([0-9a-f]{40,64})$/;

/** The first line of the message of a round: what is remembered of it stands there. */
export function firstLineOf({ number, of, head }: Round): string {
  return `Checks, round ${number} of ${of}, commit ${head.commit}`;
}

/**
 * The next round by what the conversation itself shows: it alone remembers, so that a step that is run again goes on where
 * it was. A commit is sent back once: if it is still the newest, the agent has made none since.
 *
 * @param messages of persons, in the stored events.
 * @param most how many rounds there may be in a conversation.
 */
export function nextRound(red: readonly Head[], messages: readonly PersonMessage[], most: number): NextRound {
  const earlier = messages.flatMap((message) => {
    const [, number, commit] = FIRST_LINE.exec(lineOf(message)) ?? [];
    return commit === undefined ? [] : [{ number: Number(number), commit }];
  });
  const head = red.find(({ commit }) => !earlier.some((round) => round.commit === commit));
  if (head === undefined)
    return { kind: 'over', because: 'the agent got the failed checks and pushed no new commit' };
  const commits = new Set(earlier.map(({ commit }) => commit));
  const last = Math.max(commits.size, ...earlier.map(({ number }) => number));
  if (last >= most) return { kind: 'over', because: `after ${most} ${most === 1 ? 'round' : 'rounds'}` };
  return { kind: 'round', round: { number: last + 1, of: most, head } };
}

/**
 * The first line of the last round, if it is none of this step: another one with the same key has sent it, or an earlier
 * attempt of this one.
 *
 * @param messages of persons, in the stored events, the newest first.
 */
export function othersRound(messages: readonly PersonMessage[], own: readonly Round[]): string | undefined {
  const last = messages.map(lineOf).find((line) => FIRST_LINE.test(line));
  return own.some((round) => firstLineOf(round) === last) ? undefined : last;
}

function lineOf({ text = '' }: PersonMessage): string {
  return text.trimStart().split(/\r?\n/, 1)[0]?.trimEnd() ?? '';
}
