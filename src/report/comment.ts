import type { Conversation } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import { codeSpan } from '../text/safe.ts';
import { asDuration } from './amounts.ts';
import { type Render, rendererFor, renderWithin } from './answer.ts';
import { linkToConversation, pageOf, type SummaryContext } from './summary.ts';

/**
 * GitHub's limit of a comment, but for the hidden line that it ends in; counted here in UTF-16, which is never less than
 * GitHub counts.
 */
const LONGEST_COMMENT = 65_536 - 200;
/** An answer can name any number of them, and leave no room for itself. */
const MOST_PULL_REQUESTS = 20;

/** How things stand with a conversation. */
export type CommentStage =
  | { readonly kind: 'started' }
  /** `sinceMs`: the time from the start of the step to the phase; `step`: the last line of progress, if there is one. */
  | { readonly kind: 'at-work'; readonly phase: string; readonly sinceMs: number; readonly step?: string };

/** What every state of a comment ends in. */
export interface CommentFrame {
  readonly conversation: Conversation;
  /** The page of the workflow's run. */
  readonly runUrl: string | undefined;
}

/**
 * A conversation's comment as Markdown, while the conversation goes on. What comes from outside stands in code: it mentions
 * nobody, loads no image and hides nothing.
 */
export function commentOf(stage: CommentStage, frame: CommentFrame): string {
  const footer = footerOf(frame);
  switch (stage.kind) {
    case 'started':
      return `### ⏳ OpenHands: started\n\n${linkToConversation(frame.conversation)}\n${footer}`;
    case 'at-work':
      return `### ⏳ OpenHands: at work\n\n${linkToConversation(frame.conversation)}\n\n${progressIn(stage)}\n${footer}`;
  }
}

/**
 * How a conversation ended, within GitHub's limit. The agent's answer keeps its form, and nothing of it does anything; all
 * else from outside stands in code.
 */
export async function lastCommentOf(
  outcome: Outcome,
  context: SummaryContext,
  frame: CommentFrame,
): Promise<string> {
  const { conversation } = frame;
  const footer = footerOf(frame);
  const within = { ...context, pullRequestUrls: context.pullRequestUrls.slice(0, MOST_PULL_REQUESTS) };
  const render = await rendererFor(
    outcome,
    context.serverUrl,
    (address) => within.pullRequestUrls.includes(address.href) || !refersTo(address),
  );
  const room = LONGEST_COMMENT - (pageOf(outcome, within, () => '') + footer).length;
  return pageOf(outcome, within, (answer) => answerWithin(room, answer, render, conversation)) + footer;
}

/**
 * Whether GitHub tells the page of an address, an issue or a commit, of a comment that links it. Only the conversation's own
 * pull requests are told.
 */
function refersTo({ pathname }: URL): boolean {
  return /\/(?:issues|pull|discussions|commit)\//.test(pathname);
}

function progressIn({ phase, sinceMs, step = '' }: CommentStage & { readonly kind: 'at-work' }): string {
  const last = codeSpan(step);
  const lines = [`- Status: ${codeSpan(phase)}, ${asDuration(sinceMs)} after the start`];
  return [...lines, ...(last === '' ? [] : [`- Last step: ${last}`])].join('\n');
}

/** As much of the answer as has room, and where the rest is. */
function answerWithin(
  room: number,
  answer: string,
  render: Render,
  { url, hasNoPage }: Conversation,
): string {
  const rest = hasNoPage ? 'in the conversation' : `[in the conversation](${url})`;
  const more = `\n\nThe answer is longer than a comment may be: it goes on ${rest}.`;
  const { shown, isWhole } = renderWithin(
    { room: room - more.length, sizeOf: (text) => text.length },
    answer,
    render,
  );
  return isWhole ? shown : shown + more;
}

function footerOf({ runUrl }: CommentFrame): string {
  return runUrl === undefined ? '' : `\n<sub>[The run of the workflow](${runUrl})</sub>\n`;
}
