import * as v from 'valibot';

import { GitHubFailure, lacksRight } from '../github/failure.ts';
import { readListAbout, requestAbout } from '../github/pull-request.ts';
import { pauseFor, tryRepeatedly } from '../github/repeat.ts';
import { isThreadGone } from '../github/review-thread.ts';
import { matchesTokenAccount } from '../github/token-account.ts';
import { beganEarlier, type Role } from '../port/events.ts';
import { isDeadline } from '../port/interruption.ts';
import { hasAgentEnded, type Outcome, type Succeeded } from '../port/outcome.ts';
import { sleepUntil } from '../session/ask.ts';
import { isBudgetSpent } from '../session/budget.ts';
import type { Tools } from '../session/session.ts';
import { renderShort } from '../text/safe.ts';
import { repliesIn, type Reply } from './answer.ts';
import type { ToReply } from './threads.ts';
import { hasOnlyReplies, type RepliesEvent } from './words.ts';

export { cutReplies } from './answer.ts';
export { prepareReplies, type ToReply } from './threads.ts';

/** GitHub asks for a second between two requests that change something. Source: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api */
const BETWEEN_MS = 1_000;
/** GitHub allows 65,536 characters. */
const MAX_RENDERED = 60_000;

const TOO_LONG = { because: 'together they are too long', lacksRight: false };

const Written = v.object({ id: v.number() });
/** Source: "List review comments on a pull request" in https://docs.github.com/rest/pulls/comments */
const PostedComment = v.object({
  body: v.nullish(v.string(), ''),
  user: v.nullish(v.object({ login: v.string() })),
});

/** What replies read in the step's record. */
interface RepliesRecord {
  readonly role?: Role;
}

/** What it takes to get the agent's replies, and to post them. */
export interface Replying extends ToReply, Tools<RepliesEvent, RepliesRecord> {
  /** Returns the last line of a text with an id. */
  readonly markerOf: (id: string) => string;
  /** Asks the agent once for another answer, if its answer has no replies. */
  readonly requireValid: (ended: Outcome) => Promise<Outcome>;
  /** Returns the replies of an answer as JSON, or why it has none. */
  readonly check: (
    answer: string | undefined,
  ) => Promise<{ readonly json: string } | { readonly problems: readonly string[] }>;
  /** The address of the review. */
  readonly url: string;
}

/** What it takes to post them. */
interface Posting extends Replying {
  /** Makes Markdown from outside inert. */
  readonly render: (markdown: string) => string;
}

/** An outcome with the agent's replies as JSON, or why there are none. */
interface WithReplies {
  readonly ended: Outcome;
  readonly json?: string;
  readonly because?: string;
}

/**
 * Reads the agent's replies. If its answer has none, and the agent has done well, asks it once for them. Without replies nothing fails. What
 * people read stays the answer to the task, if the agent then answers with nothing but the replies.
 *
 * @throws an interruption.
 */
export async function readReplies(ended: Outcome, replying: Replying): Promise<WithReplies> {
  if (!hasAgentEnded(ended) || ended.kind === 'agent-failed' || ended.kind === 'not-saved') return { ended };
  if (ended.kind === 'succeeded' && !isBudgetSpent(ended.facts, replying.session))
    return requireReplies(ended, replying);
  const checked = await replying.check(ended.storedEnd?.answer);
  return 'json' in checked ? { ended, json: checked.json } : { ended, because: checked.problems.join('; ') };
}

/** The same for an agent that may be asked again. */
async function requireReplies(ended: Succeeded, { requireValid }: Replying): Promise<WithReplies> {
  const valid = await requireValid(ended);
  if (valid.kind === 'invalid-output')
    return { ended: { ...ended, facts: valid.facts }, because: valid.problem.because };
  if (valid.kind !== 'succeeded' || valid.structured === undefined) return { ended: valid };
  const { storedEnd } = ended;
  const isBare = hasOnlyReplies(valid.storedEnd?.answer ?? '');
  const shown = isBare && storedEnd?.answer !== undefined ? { ...valid, storedEnd } : valid;
  return { ended: shown, json: valid.structured };
}

/**
 * Posts each reply in its thread, once for each review. Whatever GitHub says, the step does not fail: the event says what was not posted.
 *
 * @throws an interruption by a cancel.
 */
export async function postReplies({ ended, json, because }: WithReplies, posting: Posting): Promise<void> {
  const { emit, url } = posting;
  const none = { kind: 'replied', posted: 0, refused: 0, unknown: 0, left: 0, url } as const;
  if (json === undefined) {
    if (because !== undefined) emit({ ...none, problem: { because, lacksRight: false } });
    return;
  }
  if (ended.kind === 'not-saved') return;
  const { replies, unknown, missing } = repliesIn(json);
  const known = { posted: new Set<number>(), refused: new Set<number>() };
  const cut = missing > 0 ? TOO_LONG : undefined;
  const problem = (await postAll(replies, known, posting)) ?? cut;
  const { posted, refused } = { posted: known.posted.size, refused: known.refused.size };
  const left = missing + replies.length - posted - refused;
  emit({ ...none, posted, refused, unknown, left, ...(problem && { problem }) });
}

/** The threads whose replies are there, and those in which GitHub has refused one. */
interface Progress {
  readonly posted: Set<number>;
  readonly refused: Set<number>;
}

/** Posts all replies that are not there. Returns why that was not possible; `undefined` if it was. */
async function postAll(
  replies: readonly Reply[],
  progress: Progress,
  posting: Posting,
): Promise<RepliesEvent['problem']> {
  if (replies.length === 0) return undefined;
  const { session, record } = posting;
  const mayRace = beganEarlier(record().role);
  const pauseMs = pauseFor(session);
  try {
    await tryRepeatedly(session, pauseMs, async (isFirst) => {
      if (await arePosted(replies, progress, posting)) return;
      if (isFirst && mayRace) {
        // What another step is posting is not listed yet.
        await sleepUntil(session.clock.now() + pauseMs, session);
        await arePosted(replies, progress, posting);
      }
      await postMissing(replies, progress, posting);
    });
    return undefined;
  } catch (error) {
    if (error instanceof GitHubFailure) return { because: error.message, lacksRight: lacksRight(error) };
    if (isDeadline(error)) return { because: error.message, lacksRight: false };
    throw error;
  }
}

/** Looks which replies are there, and returns whether all are. Who wrote one matters, because anybody can copy a marker. */
async function arePosted(
  replies: readonly Reply[],
  { posted }: Progress,
  replying: Replying,
): Promise<boolean> {
  const { pull } = replying;
  const found = await readListAbout(pull, 'look for replies on', '/comments', PostedComment);
  const isOwn = new Map<string, boolean>();
  for (const { thread } of replies) {
    const marker = markerIn(thread, replying);
    for (const { user } of found.filter(({ body }) => body.trimEnd().endsWith(marker))) {
      const author = user?.login ?? '';
      if (!isOwn.has(author)) isOwn.set(author, await matchesTokenAccount(author, pull.github));
      if (isOwn.get(author) === true) posted.add(thread);
    }
  }
  return replies.every(({ thread }) => posted.has(thread));
}

/** Posts the replies that are not there, one after the other. Goes on if a thread is gone. */
async function postMissing(
  replies: readonly Reply[],
  { posted, refused }: Progress,
  posting: Posting,
): Promise<void> {
  const { pull, session, render, redact } = posting;
  let isFirst = true;
  for (const { thread, text } of replies) {
    if (posted.has(thread) || refused.has(thread)) continue;
    if (!isFirst) await sleepUntil(session.clock.now() + BETWEEN_MS, session);
    isFirst = false;
    // Rendered, it begins with a tag, so with no command.
    const shown = redact(renderShort(text, render, MAX_RENDERED)).trimEnd();
    const body = `${shown}\n\n${markerIn(thread, posting)}\n`;
    try {
      await requestAbout(pull, 'reply in a thread of', `/comments/${thread}/replies`, Written, { body });
      posted.add(thread);
    } catch (error) {
      if (!isThreadGone(error)) throw error;
      refused.add(thread);
    }
  }
}

/** Returns the marker of a reply: the same for each step that replies in a thread about a review. */
function markerIn(thread: number, { review, markerOf }: Replying): string {
  return markerOf(`reply_${review}_${thread}`);
}
