import type { Outcome } from '../port/outcome.ts';
import type { Plan } from '../port/plan.ts';
import type { StepRecord } from '../record/record.ts';
import type { StepEvent } from '../record/step-event.ts';
import { isUnfinished } from '../record/unfinished-work.ts';
import { isUnsentByKey } from '../record/unsent.ts';
import { reviewBlock } from '../review/words.ts';
import { asDollars } from '../text/dollars.ts';
import { type PageContext, pageOf } from './page.ts';
import { planList, progressOf } from './plan.ts';
import {
  asDuration,
  conversationLink,
  costWords,
  firstLine,
  linksLine,
  runLink,
  stepLine,
  UNSENT,
} from './words.ts';

/**
 * GitHub's limit for a comment, less the hidden marker line at its end. Counted here in UTF-16 code units, which are never
 * fewer than the characters that GitHub counts.
 */
const MAX_COMMENT = 65_536 - 200;
/** How many pull requests a comment lists. An answer can name any number of them, and it needs room, too. */
const MAX_SHOWN_PULL_REQUESTS = 20;
/** How much of the message to the agent a comment shows. */
const MAX_SHOWN_MESSAGE_BYTES = 4 * 1024;
/** How many of the agent's newest steps the comment shows while it works. */
const MAX_STEPS = 5;

/** Returns the comment of a step after an event; `undefined` if there is nothing new to show. */
export function commentAfter(
  event: StepEvent,
  record: StepRecord,
  before: StepRecord,
  runUrl: string | undefined,
): string | undefined {
  const state = stateAfter(event, record, before);
  return state && workingCommentOf(state, record, runUrl);
}

/**
 * The state of a conversation that has not ended. `starting`: no conversation exists yet. `checking`: the agent is done, but the checks
 * of its pull requests are not.
 */
type CommentState = keyof typeof STATE_WORDS;

/** Returns the state to show after an event; `undefined` if there is nothing new to show. */
function stateAfter(
  event: StepEvent,
  { inputs, conversation, role, agent }: StepRecord,
  before: StepRecord,
): CommentState | undefined {
  if (event.kind === 'begun') return 'starting';
  // A step that does not wait edits the comment only once, at its end.
  if (conversation === undefined || inputs?.poll !== true) return undefined;
  if (event.kind === 'checking') return 'checking';
  // If it is not known what the agent does, it may have ended: the comment shows that at the end.
  if (hasNews(event)) return agent === 'paused' || agent === 'at-work' ? agent : undefined;
  // Says once that there is a conversation. An attached one may have ended.
  return before.conversation === undefined && role !== 'attached' ? 'started' : undefined;
}

/** Whether the agent is in a new state, or has done new steps. */
function hasNews(event: StepEvent): boolean {
  return event.kind === 'steps' || (event.kind === 'state' && event.isNew);
}

/** The part of the record that the comment shows while the agent works. */
type WorkingRecord = Pick<
  StepRecord,
  'conversation' | 'steps' | 'role' | 'inputs' | 'facts' | 'costBeforeUsd' | 'elapsedMs' | 'unfinishedWork'
>;

/**
 * Returns the comment of a conversation that has not ended, as Markdown. Text from outside is put in code spans, so that it
 * mentions nobody, loads no image and hides nothing. What has a time says so: it is right only until the next edit.
 */
export function workingCommentOf(
  state: CommentState,
  record: WorkingRecord,
  runUrl: string | undefined,
): string {
  const { conversation, steps } = record;
  const sections = [
    firstLine(
      STATE_WORDS[state],
      isUnsentByKey(record) ? UNSENT : undefined,
      timeSoFar(record),
      costSoFar(record),
    ),
    linksLine(conversationLink(conversation), runLink(runUrl)),
    planSection(steps.plan),
    state === 'at-work' || state === 'paused' ? newestSteps(steps) : undefined,
    canBeStopped(state, record) ? '<sub>To stop the agent, cancel the run.</sub>' : undefined,
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

/** Returns for how many minutes the step has run, when it wrote this; `undefined` in the first minute. */
function timeSoFar({ elapsedMs }: WorkingRecord): string | undefined {
  const minutes = Math.floor(elapsedMs / MINUTE_MS);
  return minutes === 0 ? undefined : `after ${asDuration(minutes * MINUTE_MS)}`;
}

const MINUTE_MS = 60_000;

/** Returns what the conversation has cost so far, and of how much; `undefined` while it is zero, because servers tell it late. */
function costSoFar({ facts: { costUsd = 0 }, inputs, ...record }: WorkingRecord): string | undefined {
  if (costUsd === 0) return undefined;
  const limit = inputs?.maxCostUsd;
  if (limit === undefined) return costWords(costUsd, record);
  // As people write it, and short enough for a narrow screen.
  return `${asDollars(costUsd)} of ${asDollars(limit).replace(/\.00$/, '')}`;
}

function planSection(plan: Plan | undefined): string | undefined {
  const list = plan && planList(plan, false);
  return plan && list && `**Plan: ${progressOf(plan)}**\n\n${list}`;
}

/** Lists the newest steps. A plan has its own list. */
function newestSteps({ newest, plan }: StepRecord['steps']): string | undefined {
  const shown = newest.filter(({ kind }) => kind !== 'plan').slice(-MAX_STEPS);
  if (shown.length === 0) return undefined;
  const list = shown.map((step) => `- ${stepLine(step)}`).join('\n');
  // Two lists that follow each other would be one.
  return plan === undefined || plan.count === 0 ? list : `**Newest steps**\n\n${list}`;
}

/** Whether a cancel of the run stops the agent, while it works. */
function canBeStopped(state: CommentState, { inputs, unfinishedWork }: WorkingRecord): boolean {
  const isAtWork = state === 'started' || state === 'at-work';
  return isAtWork && inputs?.stopOn['stop-on-cancel'] === true && isUnfinished(unfinishedWork);
}

const STATE_WORDS = {
  starting: '⏳ Starting',
  started: '⏳ Started',
  checking: '⏳ Waiting for checks',
  'at-work': '⏳ Working',
  paused: '⏸️ Paused',
} as const;

/** Returns the comment for the end of a step, within GitHub's limit. */
export async function lastCommentOf(
  outcome: Outcome,
  context: PageContext,
  runUrl: string | undefined,
): Promise<string> {
  const pullRequests = context.pullRequests.slice(0, MAX_SHOWN_PULL_REQUESTS);
  const urls = pullRequests.map(({ url }) => url);
  const where = 'in the conversation';
  return pageOf(
    outcome,
    { ...context, pullRequests },
    {
      maxSize: MAX_COMMENT,
      sizeOf: (part) => part.length,
      maxMessageBytes: MAX_SHOWN_MESSAGE_BYTES,
      rest: conversationLink(outcome.conversation, where) ?? where,
      reader: 'issue',
      showReview: reviewBlock,
      mayLink: (address) => urls.includes(address.href) || !createsReference(address),
      runUrl,
    },
  );
}

/** Whether people should be notified of the end: if the step has asked the agent, and nobody has canceled it. */
export function mustNotify(
  { status }: Outcome,
  { role, messageCursor, hasCorrected }: Pick<StepRecord, 'role' | 'messageCursor' | 'hasCorrected'>,
): boolean {
  const hasAsked = role === 'started' || messageCursor !== undefined || hasCorrected;
  return hasAsked && status !== 'cancelled';
}

/**
 * Whether a link to the address makes GitHub add a reference to the page behind it, as for an issue or a commit. Only the
 * conversation's own pull requests may get one.
 */
export function createsReference({ pathname }: URL): boolean {
  return /\/(?:issues|pull|discussions|commit)\//.test(pathname);
}
