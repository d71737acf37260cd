import type { AgentStep, Conversation } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import { stepLine } from './agent-steps.ts';
import { asDuration } from './amounts.ts';
import { type Render, rendererFor, renderWithin } from './answer.ts';
import { conversationLink, firstLine, runLink } from './first-line.ts';
import { pageOf, type SummaryContext } from './summary.ts';

/**
 * GitHub's limit of a comment, but for the hidden line that it ends in; counted here in UTF-16, which is never less than
 * GitHub counts.
 */
const LONGEST_COMMENT = 65_536 - 200;
/** An answer can name any number of them, and leave no room for itself. */
const MOST_PULL_REQUESTS = 20;

/** How things stand with a conversation that has not ended. */
export type CommentStage =
  /** A conversation is about to be asked for. */
  | { readonly kind: 'starting' }
  /** There is a conversation. */
  | { readonly kind: 'started' }
  /** `sinceMs`: since the start of the workflow's step; `steps`: the agent's newest ones. */
  | {
      readonly kind: 'at-work' | 'paused';
      readonly sinceMs: number;
      readonly steps: readonly AgentStep[];
    };

/** What every state of a comment names. */
export interface CommentFrame {
  /** Absent as long as there is none. */
  readonly conversation?: Conversation | undefined;
  /** The page of the workflow's run. */
  readonly runUrl?: string | undefined;
}

/**
 * A conversation's comment as Markdown, while the conversation goes on. What comes from outside stands in code: it mentions
 * nobody, loads no image and hides nothing.
 */
export function commentOf(stage: CommentStage, { conversation, runUrl }: CommentFrame): string {
  const steps = 'steps' in stage ? stage.steps.map((step) => `- ${stepLine(step)}`) : [];
  const line = firstLine(stateOf(stage), conversationLink(conversation), runLink(runUrl));
  return `${[line, ...(steps.length === 0 ? [] : ['', ...steps])].join('\n')}\n`;
}

function stateOf(stage: CommentStage): string {
  switch (stage.kind) {
    case 'starting':
      return '⏳ Starting';
    case 'started':
      return '⏳ Started';
    case 'at-work':
      return `⏳ At work for ${asDuration(stage.sinceMs)}`;
    case 'paused':
      return `⏸️ Paused after ${asDuration(stage.sinceMs)}`;
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
  const footer = footerOf(frame);
  const within = { ...context, pullRequestUrls: context.pullRequestUrls.slice(0, MOST_PULL_REQUESTS) };
  const render = await rendererFor(
    outcome,
    context.serverUrl,
    (address) => within.pullRequestUrls.includes(address.href) || !refersTo(address),
  );
  const room = LONGEST_COMMENT - (pageOf(outcome, within, () => '') + footer).length;
  return (
    pageOf(outcome, within, (answer) => answerWithin(room, answer, render, outcome.conversation)) + footer
  );
}

/**
 * Whether GitHub tells the page of an address, an issue or a commit, of a comment that links it. Only the conversation's own
 * pull requests are told.
 */
function refersTo({ pathname }: URL): boolean {
  return /\/(?:issues|pull|discussions|commit)\//.test(pathname);
}

/** As much of the answer as has room, and where the rest is. */
function answerWithin(
  room: number,
  answer: string,
  render: Render,
  conversation: Conversation | undefined,
): string {
  const rest =
    conversation === undefined || conversation.hasNoPage
      ? 'in the conversation'
      : `[in the conversation](${conversation.url})`;
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
