import { ApiFailure, type Found, isAlive, START, type StartProgress } from './api.ts';
import { isSameId, linkTo } from './conversation.ts';
import { advanceDuplicates, duplicatesFrom } from './duplicates.ts';
import type { LifeEvent } from './events.ts';
import { leftWithoutMessage } from './follow-up-ends.ts';
import { type FollowUp, followUpTo, type SenderRole } from './follow-up-stages.ts';
import type { Mark } from './mark.ts';
import { DOUBT_MS, isLastLook } from './pace.ts';
import { attached, started } from './plan.ts';
import { adviceToCheckStart, type Problem } from './problem.ts';
import {
  type Doubt,
  FIND_MS,
  type Ongoing,
  type Origin,
  type Pending,
  type Starting,
  type StartStage,
} from './start-stages.ts';
import { advanceTo, type Answer, type StageOf, type Turn, withEvents } from './turn.ts';
import type { Waiting } from './waiting-stages.ts';
import { type Workplace } from './workplace.ts';

/** When to look at an accepted start first. Later looks come at the pace of polling. */
const FIRST_LOOKS_MS: readonly number[] = [500, 1_000];
/** How soon to look again after a new phase of the start was seen. */
const AGAIN_MS = 500;
const FIRST_SECONDS_MS = 3_000;
/** The longest time between two looks: a start takes seconds, so it is not polled as seldom as an old conversation. */
const MAX_LOOK_MS = 20_000;
/**
 * How often to look for the conversation of a slow start, which may exist although the start is still pending.
 * Source: in about one of 46 starts at once, the task never changes although the agent works; seen with 1.11.0.
 */
const SLOW_MS = 30_000;

/** Fits a failed sandbox and an unreachable repository: only the server's own words show which of them it was. */
const FAILED_TODO =
  'run the step again; if that also fails, check that the server can start sandboxes, and that the account of the API ' +
  'key can reach the repository and the branch';

export type StartTurn = Turn<Starting | FollowUp | Waiting>;

/** Returns a start that is in progress from now on. */
export function ongoingFrom(now: number, origin: Origin, doubt?: Doubt): Ongoing {
  return { origin, since: now, knownAt: now, lookedForAt: now, ...(doubt && { doubt }) };
}

export function failed(problem: Problem, events: readonly LifeEvent[] = []): StartTurn {
  return { events, next: { status: 'start-failed', problem } };
}

/** Handles the progress of a start. */
export function follow(starting: Starting, start: Ongoing, progress: StartProgress, now: number): StartTurn {
  switch (progress.kind) {
    case 'created':
      return created(starting, start.origin, progress.id, now);
    case 'no-message':
      return withoutMessage(starting, start, progress.id, now);
    case 'failed':
      return recheck(starting, start, progress.reason === '' ? undefined : startFailed(progress.reason), now);
    case 'unknown':
      return now - start.knownAt >= DOUBT_MS
        ? recheck(starting, start, startForgotten(starting), now)
        : advanceTo(starting, pendingAt(start, progress.task, now));
    case 'pending': {
      const { task, phase } = progress;
      const { phase: before = phase, phaseAt, since } = start;
      // In the first seconds, the next look comes soon anyway.
      const at = phase === before || now - since < FIRST_SECONDS_MS ? phaseAt : now;
      return advanceTo(
        starting,
        pendingAt({ ...start, phase, ...(at !== undefined && { phaseAt: at }), knownAt: now }, task, now),
        [{ kind: 'start-phase', phase }],
      );
    }
  }
}

/**
 * Handles a conversation without a message. After a minute, no message is on its way any more: then this step sends its own, if
 * its own start made the conversation. A step without a mark that only found it does not: others may have found it, too.
 */
function withoutMessage(starting: Starting, start: Ongoing, id: string, now: number): StartTurn {
  const { mark } = starting;
  const isFound = start.origin.kind === 'found';
  if (isFound && mark !== undefined) return reused(starting, id);
  if (now - start.since < DOUBT_MS)
    return advanceTo(starting, pendingAt({ ...start, knownAt: now }, id, now));
  return isFound
    ? failed(leftWithoutMessage(linkTo(starting.plan.links.conversation(id))))
    : sendMessage(starting, id, mark, 'started');
}

function pendingAt(start: Ongoing, task: string, now: number): Pending {
  const { since, phaseAt = since } = start;
  const soon = [...FIRST_LOOKS_MS.map((ms) => since + ms), phaseAt + AGAIN_MS].find((at) => at > now);
  return { ...start, kind: 'pending', task, by: soon ?? now + MAX_LOOK_MS };
}

/** Handles the answer about a pending start. */
export function afterProgress(
  starting: Starting,
  stage: Pending,
  progress: StartProgress | ApiFailure,
  now: number,
): StartTurn {
  if (progress instanceof ApiFailure) {
    // An accepted start continues even if its progress cannot be read: whoever runs the step again must know that.
    const { problem } = progress;
    const todo = `${adviceToLook(starting)}; then ${problem.todo}`;
    return recheck(starting, stage, { ...problem, todo }, now);
  }
  const turn = follow(starting, stage, progress, now);
  const { next } = turn;
  const isSlow = now - stage.lookedForAt >= SLOW_MS || isLastLook(starting.plan.deadlineAt - now);
  return isSlow && 'stage' in next && next.stage.kind === 'pending' && progress.kind === 'pending'
    ? withEvents(
        turn.events,
        advanceTo(starting, { kind: 'finding', pending: { ...next.stage, lookedForAt: now } }),
      )
    : turn;
}

/** Handles the search for the conversation of a slow start. */
export function afterFinding(
  starting: Starting,
  { pending }: StageOf<StartStage, 'finding'>,
  found: Found | ApiFailure,
  now: number,
): StartTurn {
  const isThere = !(found instanceof ApiFailure) && found.kind === 'created';
  return isThere ? created(starting, pending.origin, found.id, now) : advanceTo(starting, pending);
}

/** Looks again for a start that seems to have failed: it, or its conversation, may still exist. */
function recheck(
  starting: Starting,
  { origin, doubt }: Ongoing,
  problem: Problem | undefined,
  now: number,
): StartTurn {
  if (doubt !== undefined) return recheckLater(starting, origin, doubt, now);
  const first = { since: now, ...(problem && { problem }) };
  return advanceTo(starting, { kind: 'rechecking', origin, doubt: first, by: now });
}

/** Schedules another search, or gives up after {@link FIND_MS}. */
function recheckLater(starting: Starting, origin: Origin, doubt: Doubt, now: number): StartTurn {
  return now - doubt.since < FIND_MS
    ? advanceTo(starting, { kind: 'rechecking', origin, doubt, by: now + MAX_LOOK_MS })
    : giveUp(starting, doubt.problem);
}

/** Handles the search for a start that seemed to have failed. */
export function afterRecheck(
  starting: Starting,
  { origin, doubt }: StageOf<StartStage, 'rechecking'>,
  found: Found | ApiFailure,
  now: number,
): StartTurn {
  if (found instanceof ApiFailure) return recheckLater(starting, origin, doubt, now);
  return isAlive(found) || found.kind === 'no-message'
    ? follow(starting, ongoingFrom(now, origin, { ...doubt, since: now }), found, now)
    : giveUp(starting, doubt.problem);
}

/** Ends the start as failed. Without a reason, first asks whether the account can use the repository: often that is why. */
function giveUp(starting: Starting, problem: Problem | undefined): StartTurn {
  const { workplace } = starting.request;
  if (problem !== undefined) return failed(problem);
  return workplace === undefined
    ? failed(startFailed('the server gives no reason'))
    : advanceTo(starting, { kind: 'explaining', workplace });
}

/** Handles the answer whether the account can use the repository. */
export function afterExplaining(
  { gitProvider, repository }: Workplace,
  refusal: string | ApiFailure,
): StartTurn {
  if (refusal instanceof ApiFailure || refusal === '')
    return failed(startFailed('the server gives no reason'));
  const todo = `connect the account of the API key to ${gitProvider} in its settings, so that it can reach ${repository}`;
  return failed({ failedTo: START, because: refusal, todo, kind: 'auth' });
}

function created(starting: Starting, origin: Origin, id: string, now: number): StartTurn {
  if (origin.kind === 'found') return reused(starting, id);
  if (!starting.isShared) return started(starting.plan, id);
  return isSameId(id, starting.request.id)
    ? advanceTo(starting, { kind: 'deduplicating', id, duplicates: duplicatesFrom(now, origin) }, [
        { kind: 'linked', conversation: starting.plan.links.conversation(id) },
      ])
    : withEvents([{ kind: 'key-ignored' }], started(starting.plan, id));
}

/** Handles the search for other starts of the same conversation. */
export function afterDeduplicating(
  starting: Starting,
  { id, duplicates }: StageOf<StartStage, 'deduplicating'>,
  answer: Answer,
  now: number,
): StartTurn {
  const sorted = advanceDuplicates(duplicates, answer, now);
  if ('stage' in sorted) return advanceTo(starting, { kind: 'deduplicating', id, duplicates: sorted });
  const { isReused, hasMessage, notPaused } = sorted;
  const events = notPaused.map((sandbox) => ({ kind: 'duplicate-not-paused', sandbox }) as const);
  const { mark, plan } = starting;
  if (mark !== undefined && hasMessage === undefined) {
    // This run may have mistaken another run's start for its own: the stored events show whose message the conversation
    // has.
    const query = { ...mark, mayBeSent: true };
    return withEvents(events, sendMessage(starting, id, query, isReused ? 'follow-up' : undefined));
  }
  if (mark !== undefined && !hasMessage)
    return withEvents(events, sendMessage(starting, id, mark, isReused ? 'follow-up' : 'started'));
  return withEvents(events, isReused ? attached(plan, id, false) : started(plan, id));
}

/** Uses a conversation that existed before this step asked for it. */
function reused(starting: Starting, id: string): StartTurn {
  const { mark, plan } = starting;
  return mark === undefined ? attached(plan, id, true) : sendMessage(starting, id, mark, 'follow-up');
}

function sendMessage(
  { request, plan }: Starting,
  id: string,
  mark: Mark | undefined,
  role?: SenderRole,
): StartTurn {
  const keyed = { ...(mark && { mark }), ...(role && { role }) };
  return { events: [], next: followUpTo(id, request.message, plan, keyed) };
}

function startFailed(because: string): Problem {
  // The server gave up while it prepared the sandbox.
  return { failedTo: START, because, todo: FAILED_TODO, kind: 'sandbox' };
}

function startForgotten(starting: Starting): Problem {
  const because = 'the server no longer knows of the start';
  return { failedTo: START, because, todo: adviceToLook(starting), kind: 'server' };
}

function adviceToLook({ plan: { links } }: Starting): string {
  return `before running the step again, ${adviceToCheckStart(links)}`;
}
