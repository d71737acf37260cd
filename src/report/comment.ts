import type { AgentStep, Conversation } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import { stepLine } from './agent-steps.ts';
import { asDuration } from './amounts.ts';
import { answerIn, type Render, rendererFor, renderWithin } from './answer.ts';
import { conversationLink, firstLine, runLink } from './first-line.ts';
import { type PageContext, pageOf } from './page.ts';

/**
 * GitHub's limit of a comment, but for the hidden line that it ends in; counted here in UTF-16, which is never less than
 * GitHub counts.
 */
const LONGEST_COMMENT = 65_536 - 200;
/** An answer can name any number of them, and leave no room for itself. */
const MOST_PULL_REQUESTS = 20;
const LONGEST_MESSAGE_BYTES = 4 * 1024;

/** How things stand with a conversation that has not ended. */
export type CommentStage =
  /** A conversation is about to be asked for. */
  | { readonly kind: 'starting' }
  /** There is a conversation. */
  | { readonly kind: 'started' }
  /** The agent is done, and the checks of its pull requests are not. */
  | { readonly kind: 'checking' }
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
    case 'checking':
      return '⏳ Waiting for checks';
    case 'at-work':
      return `⏳ Working for ${asDuration(stage.sinceMs)}`;
    case 'paused':
      return `⏸️ Paused after ${asDuration(stage.sinceMs)}`;
  }
}

/**
 * How a step ended, within GitHub's limit. The agent's answer keeps its form, and nothing of it does anything; all else from
 * outside does nothing either.
 */
export async function lastCommentOf(
  outcome: Outcome,
  context: PageContext,
  { runUrl }: CommentFrame,
): Promise<string> {
  const pullRequests = context.pullRequests.slice(0, MOST_PULL_REQUESTS);
  const urls = pullRequests.map(({ url }) => url);
  const within = { ...context, pullRequests };
  const whole = { runUrl, folded: { mostMessageBytes: LONGEST_MESSAGE_BYTES } };
  // What is folded must not take the room of the answer.
  const isShort = pageOf(outcome, within, '', whole).length < LONGEST_COMMENT / 2;
  const place = isShort ? whole : { runUrl };
  const render = await rendererFor(
    outcome,
    context.serverUrl,
    (address) => urls.includes(address.href) || !refersTo(address),
  );
  const room = LONGEST_COMMENT - pageOf(outcome, within, '', place).length;
  return pageOf(outcome, within, answerWithin(room, outcome, render), place);
}

/**
 * Whether GitHub tells the page of an address, an issue or a commit, of a comment that links it. Only the conversation's own
 * pull requests are told.
 */
function refersTo({ pathname }: URL): boolean {
  return /\/(?:issues|pull|discussions|commit)\//.test(pathname);
}

/** As much of the answer as has room, and where the rest is. */
function answerWithin(room: number, outcome: Outcome, render: Render): string {
  const link = conversationLink(outcome.conversation);
  const rest =
    link === undefined ? 'in the conversation' : link.replace('[Conversation]', '[in the conversation]');
  const more = `\n\nThe answer is longer than a comment may be: it continues ${rest}.`;
  const { shown, isWhole } = renderWithin(
    // It stands behind a blank line.
    { room: room - more.length - 2, sizeOf: (text) => text.length },
    answerIn(outcome) ?? '',
    render,
  );
  return isWhole ? shown : shown + more;
}
