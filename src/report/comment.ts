import type { LastText } from '../comment/comment.ts';
import type { AgentStep, Conversation } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { StepRecord } from '../record/record.ts';
import type { StepEvent } from '../record/step-event.ts';
import { reviewBlock } from '../review/words.ts';
import { answerIn, type Render, rendererFor, renderWithin } from './answer.ts';
import { type PageContext, pageOf, type Place } from './page.ts';
import { conversationLink, firstLine, NOT_SENT, runLink, stepLine } from './words.ts';

/**
 * GitHub's limit for a comment, less the hidden marker line at its end. Counted here in UTF-16 code units, which are never
 * fewer than the characters that GitHub counts.
 */
const MAX_COMMENT = 65_536 - 200;
/** How many pull requests a comment lists. An answer can name any number of them, and it needs room, too. */
const MAX_PULL_REQUESTS = 20;
const MAX_MESSAGE_BYTES = 4 * 1024;
/** How many of the agent's newest steps the comment shows while it works. */
const MAX_STEPS = 5;

/** The state of a conversation that has not ended, as its comment shows it. */
export type CommentState =
  /** `starting`: no conversation exists yet. `checking`: the agent is done, but the checks of its pull requests are not. */
  | { readonly kind: 'starting' | 'started' | 'checking' }
  /** `steps`: the agent's newest steps, without times: these would be wrong until the next edit. */
  | { readonly kind: 'at-work' | 'paused'; readonly steps: readonly AgentStep[] };

/** Returns the comment of a step after an event; `undefined` if there is nothing new to show. */
export function commentAfter(
  event: StepEvent,
  record: StepRecord,
  before: StepRecord,
  runUrl: string | undefined,
): string | undefined {
  const state = stateAfter(event, record, before);
  return state && commentOf(state, record.conversation, runUrl);
}

function stateAfter(
  event: StepEvent,
  { inputs, conversation, role, agent, steps }: StepRecord,
  before: StepRecord,
): CommentState | undefined {
  if (event.kind === 'chosen') return { kind: 'starting' };
  // A step that does not wait edits the comment only once, at its end.
  if (conversation === undefined || inputs?.poll !== true) return undefined;
  if (event.kind === 'checking') return { kind: 'checking' };
  if ('isNew' in event ? event.isNew : event.kind === 'steps') {
    // An agent that was found may have ended, which the comment shows already.
    if (agent !== 'paused' && agent !== 'at-work') return undefined;
    return { kind: agent, steps: steps.newest.slice(-MAX_STEPS) };
  }
  return before.conversation === undefined && role !== 'attached' ? { kind: 'started' } : undefined;
}

/**
 * Returns the comment of a conversation that has not ended, as Markdown. Text from outside is put in code spans, so that it
 * mentions nobody, loads no image and hides nothing.
 */
export function commentOf(
  state: CommentState,
  conversation: Conversation | undefined,
  runUrl: string | undefined,
): string {
  const steps = 'steps' in state ? state.steps.map((step) => `- ${stepLine(step)}`) : [];
  const line = firstLine(STATES[state.kind], conversationLink(conversation), runLink(runUrl));
  return `${[line, ...(steps.length === 0 ? [] : ['', ...steps])].join('\n')}\n`;
}

const STATES: Readonly<Record<CommentState['kind'], string>> = {
  starting: '⏳ Starting',
  started: '⏳ Started',
  checking: '⏳ Waiting for checks',
  'at-work': '⏳ Working',
  paused: '⏸️ Paused',
};

/**
 * Returns the comment for the end of a step, within GitHub's limit. The agent's answer keeps its formatting. The answer and
 * all other text from outside are inert: no mentions, references or images.
 */
export async function lastCommentOf(
  outcome: Outcome,
  context: PageContext,
  runUrl: string | undefined,
): Promise<LastText> {
  const pullRequests = context.pullRequests.slice(0, MAX_PULL_REQUESTS);
  const urls = pullRequests.map(({ url }) => url);
  const within = { ...context, pullRequests };
  const whole: Place = { runUrl, maxMessageBytes: MAX_MESSAGE_BYTES };
  // The collapsed sections must not take the room of the answer.
  const isShort = pageOf(outcome, within, '', whole).length < MAX_COMMENT / 2;
  const place = isShort ? whole : { runUrl };
  const render = await rendererFor(
    outcome,
    context.gitHubUrl,
    (address) => urls.includes(address.href) || !createsReference(address),
  );
  const room = MAX_COMMENT - pageOf(outcome, within, '', place).length;
  const answer = context.review ? reviewBlock(context.review) : answerWithin(room, outcome, render);
  const text = pageOf(outcome, within, answer, place);
  if (!context.isUnsent) return { text };
  const note = `\n\n${[NOT_SENT, runLink(runUrl)].filter(Boolean).join(' · ')}`;
  // The run that asked the agent has written more: what was asked, and how long the agent worked.
  const canAppend = (earlier: string): boolean =>
    [`Status: ${outcome.status}`, answer].every((part) => earlier.includes(part)) &&
    earlier.length + note.length <= MAX_COMMENT;
  return { text, appendTo: (earlier) => (canAppend(earlier) ? earlier + note : undefined) };
}

/**
 * Whether a link to the address makes GitHub add a reference to the page behind it, as for an issue or a commit. Only the
 * conversation's own pull requests may get one.
 */
export function createsReference({ pathname }: URL): boolean {
  return /\/(?:issues|pull|discussions|commit)\//.test(pathname);
}

/** Renders as much of the answer as fits, with a note where the rest is. */
function answerWithin(room: number, outcome: Outcome, render: Render): string {
  const where = 'in the conversation';
  const rest = conversationLink(outcome.conversation, where) ?? where;
  const more = `\n\nThe answer is longer than a comment may be: it continues ${rest}.`;
  const { shown, isWhole } = renderWithin(
    // 2: the blank line before the answer.
    { room: room - more.length - 2, sizeOf: (text) => text.length },
    answerIn(outcome) ?? '',
    render,
  );
  return isWhole ? shown : shown + more;
}
