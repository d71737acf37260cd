import type { Conversation } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import { codeBlock, codeSpan, visible } from '../text/safe.ts';
import { asDuration } from './duration.ts';
import { linkToConversation, pageOf, type SummaryContext } from './summary.ts';

/** GitHub's limit of a comment; counted here in UTF-16, which is never less than GitHub counts. */
const LONGEST_COMMENT = 65_536;
/** An answer can name any number of them, and leave no room for itself. */
const MOST_PULL_REQUESTS = 50;

/** How things stand with a conversation. */
export type CommentStage =
  | { readonly kind: 'started' }
  /** `sinceMs`: the time from the start of the step to the phase; `step`: the last line of progress, where there is one. */
  | { readonly kind: 'at-work'; readonly phase: string; readonly sinceMs: number; readonly step?: string }
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly context: SummaryContext };

/** What every state of a comment ends in. */
export interface CommentFrame {
  readonly conversation: Conversation;
  /** The hidden line by which the comment is found again. */
  readonly marker: string;
  /** The page of the workflow's run. */
  readonly runUrl: string | undefined;
}

/**
 * A conversation's comment as Markdown, within GitHub's limit. What comes from outside stands in code: it mentions nobody,
 * loads no image and hides nothing.
 */
export function commentOf(stage: CommentStage, frame: CommentFrame): string {
  const footer = footerOf(frame);
  switch (stage.kind) {
    case 'started':
      return `### ⏳ OpenHands: started\n\n${linkToConversation(frame.conversation)}\n${footer}`;
    case 'at-work':
      return `### ⏳ OpenHands: at work\n\n${linkToConversation(frame.conversation)}\n\n${progressIn(stage)}\n${footer}`;
    case 'ended':
      return endedPage(stage.outcome, stage.context, frame, footer);
  }
}

function progressIn({ phase, sinceMs, step = '' }: CommentStage & { readonly kind: 'at-work' }): string {
  const last = codeSpan(step);
  const lines = [`- Status: ${codeSpan(phase)}, ${asDuration(sinceMs)} after the start`];
  return [...lines, ...(last === '' ? [] : [`- Last step: ${last}`])].join('\n');
}

function endedPage(
  outcome: Outcome,
  context: SummaryContext,
  { conversation }: CommentFrame,
  footer: string,
): string {
  const within = { ...context, pullRequestUrls: context.pullRequestUrls.slice(0, MOST_PULL_REQUESTS) };
  const room = LONGEST_COMMENT - pageOf(outcome, within, () => '').length - footer.length;
  return pageOf(outcome, within, (answer) => answerWithin(room, visible(answer), conversation)) + footer;
}

/** The longest beginning of the answer that has room, and where the rest is. */
function answerWithin(room: number, answer: string, { url }: Conversation): string {
  const whole = codeBlock(answer);
  if (whole.length <= room) return whole;
  const more = `\n\nThe answer is longer than a comment may be: it goes on [in the conversation](${url}).`;
  return codeBlock(longestBeginning(answer, (text) => codeBlock(text).length + more.length <= room)) + more;
}

/** A longer beginning takes more room, so that the longest that fits can be found by halving. */
function longestBeginning(text: string, fits: (beginning: string) => boolean): string {
  let fitting = 0;
  let tooLong = Math.min(text.length, LONGEST_COMMENT) + 1;
  while (tooLong - fitting > 1) {
    const middle = Math.floor((fitting + tooLong) / 2);
    if (fits(text.slice(0, middle))) fitting = middle;
    else tooLong = middle;
  }
  // Half a character, where the cut made one, is not shown: it is no visible character.
  return text.slice(0, fitting);
}

function footerOf({ marker, runUrl }: CommentFrame): string {
  return `${runUrl === undefined ? '' : `\n<sub>[The run of the workflow](${runUrl})</sub>\n`}\n${marker}\n`;
}
