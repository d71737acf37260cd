import { parseJson } from '../text/data.ts';
import { fence, fenceAtEndOf, lastLineOf, tagFor } from './fence.ts';
import { withoutMark } from './run-mark.ts';

interface PullRequestName {
  readonly repository: string;
  readonly number: number;
}

/** A review to ask for. */
export interface AskedReview {
  readonly pull: PullRequestName;
  /** The commit to look at. */
  readonly head: { readonly commit: string };
  /** The findings of earlier reviews, one a line as JSON; empty if there are none. */
  readonly earlier?: string;
  /** What the agent sees of the pull request, by name: one without tools can look at nothing itself. Absent if it can. */
  readonly shown?: readonly (readonly [name: string, text: string])[] | undefined;
}

/** The longest text of a finding, and the longest summary. */
export const MAX_FINDING_CHARACTERS = 1_000;

// All of these are read from stored messages: an older wording must stay known (`stored-messages.test.ts`).
const LOOK = 'Look at the files as they are at that commit.';
const LOOK_AT_DIFF = `You see only the diff above, not the code around it, and can run nothing. In the diff, each file begins with a line of its own:
\`=== \`, its path, and in brackets what happened to it. Judge only what the diff shows, and do not guess what it leaves out.`;
const ABOUT_ANSWER = `Your answer is posted as a review: post no comment and no review yourself. For each
finding, path counts from the root of the repository, and line from 1 in the file at that commit; of several lines it is the last,
and start_line the first. In at most ${MAX_FINDING_CHARACTERS} characters, text says what is wrong, what happens then and how to fix it. If the
fix is small and certain, replacement is the whole new text of these lines, with their indentation; an empty one deletes them.`;
const REVIEW = `${LOOK} ${ABOUT_ANSWER}`;
const REVIEW_OF_DIFF = `${LOOK_AT_DIFF} ${ABOUT_ANSWER}`;

const EARLIER = `Earlier reviews raised the findings below, one a line. The line of an outdated one is where it was then. Raise none of them again,
whether it is resolved or not. In still_open, give the numbers of those that are not resolved and still stand: [] if none does.`;

/** The name of the fence around earlier findings. No placeholder has it. */
const FINDINGS = 'earlier findings';

/** Returns the part of a message that asks for a review. */
export function reviewRequest({ pull, head, earlier = '', shown }: AskedReview): string {
  const tag = tagFor(shown?.map(([, text]) => text) ?? []);
  return [
    ...(shown ?? []).map(([name, text]) => fence(name, text, tag)),
    `Review of pull request ${nameOf(pull)}, commit ${head.commit}\n${shown === undefined ? REVIEW : REVIEW_OF_DIFF}`,
    ...(earlier === '' ? [] : [`${EARLIER}\n${fence(FINDINGS, earlier, tagFor([earlier]))}`]),
  ].join('\n\n');
}

/** Includes the repository: on some servers, a key's conversation reviews pull requests of several repositories. */
const nameOf = ({ repository, number }: PullRequestName): string => `${repository}#${number}`;

const HEADING = /^Review of pull request (\S{1,200}), commit ([0-9a-f]{40,64})$/;

/**
 * Reads the review that `composeMessage` has put at the very end of a message: the heading, our sentences, perhaps the fence with
 * earlier findings, one line of JSON each, and perhaps a mark. Returns `undefined` if it is not there: elsewhere in the message, anybody may
 * have written the same. Reads from the end, so that the work does not grow faster than the message.
 */
function reviewAtEndOf(message: string): Readonly<Record<'name' | 'commit' | 'earlier', string>> | undefined {
  let text = withoutMark(message);
  const fenced = fenceAtEndOf(text, FINDINGS);
  const earlier = fenced?.content ?? '';
  if (fenced !== undefined) {
    const ours = `\n\n${EARLIER}\n`;
    const isJson = earlier.split('\n').every((line) => parseJson(line) !== undefined);
    if (!isJson || !fenced.before.endsWith(ours)) return undefined;
    text = fenced.before.slice(0, -ours.length);
  }
  const asked = [REVIEW, REVIEW_OF_DIFF].find((each) => text.endsWith(`\n${each}`));
  if (asked === undefined) return undefined;
  const [, name, commit] = HEADING.exec(lastLineOf(text.slice(0, -asked.length - 1))) ?? [];
  return name === undefined || commit === undefined ? undefined : { name, commit, earlier };
}

/**
 * Returns what the newest message with a review names; `undefined` if there is none, or it is for another pull request.
 *
 * @param messages the newest first.
 */
export function askedReviewIn(
  messages: readonly { readonly text?: string }[],
  pullRequest: PullRequestName,
): { readonly commit: string; readonly earlier: string } | undefined {
  const found = messages.map(({ text = '' }) => reviewAtEndOf(text)).find((each) => each !== undefined);
  if (found?.name !== nameOf(pullRequest)) return undefined;
  return { commit: found.commit, earlier: found.earlier };
}
