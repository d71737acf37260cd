import { ApiFailure, type Found, START, type StartProgress } from './api.ts';
import { isSameId, NO_FACTS } from './conversation.ts';
import { advanceDuplicates, type Duplicates, duplicatesFrom, duplicatesQuestion } from './duplicates.ts';
import type { Role } from './events.ts';
import type { Plan } from './plan.ts';
import { advanceTo, answerTo, type Question, type Seen, type Turn, withEvents } from './turn.ts';

const LOOK_MS = 2_000;
/** So long a server that is unwell is asked one thing before the next is tried. */
const ASK_MS = 10_000;

/** A start that another process has made, and that is followed until its conversation is there. Nothing is asked for anew. */
export interface Following {
  readonly kind: 'following';
  /** Chosen for the conversation, which the server may list before the start says so. */
  readonly id: string;
  /** Absent if the server's answer to the start is not known. */
  readonly task?: string;
  /** Whether others may have asked for the same id. */
  readonly isShared: boolean;
  readonly plan: Pick<Plan, 'places' | 'startedAt' | 'deadlineAt'>;
  readonly stage: FollowingStage;
}

/** What is asked next, and for what. Times are the clock's milliseconds. */
type FollowingStage =
  /** How far the start is. */
  | { readonly kind: 'asking'; readonly task: string; readonly at: number }
  /** Whether its conversation is there all the same; `isLast` if the start has failed. */
  | { readonly kind: 'listing'; readonly isLast: boolean; readonly at: number }
  /** It is there: others may have asked for it at the same moment. */
  | { readonly kind: 'sorting'; readonly id: string; readonly duplicates: Duplicates };

type FollowingTurn = Turn<Following>;

/** Begins to follow a start. */
export function followingOf(start: Omit<Following, 'kind' | 'stage'>): Following {
  return { kind: 'following', ...start, stage: firstStage(start, start.plan.startedAt) };
}

function firstStage({ task }: Pick<Following, 'task'>, at: number): FollowingStage {
  return task === undefined ? { kind: 'listing', isLast: false, at } : { kind: 'asking', task, at };
}

/** What is asked next. */
export function followingQuestion({ id, stage }: Following): Question {
  switch (stage.kind) {
    case 'asking':
      return { ask: 'progress', task: stage.task, withinMs: ASK_MS };
    case 'listing':
      return { ask: 'found', query: { id }, withinMs: ASK_MS };
    case 'sorting':
      return duplicatesQuestion(stage.duplicates);
  }
}

/** One turn further. */
export function advanceFollowing(following: Following, seen: Seen, now: number): FollowingTurn {
  const { stage } = following;
  switch (stage.kind) {
    case 'asking':
      return afterAsking(following, answerTo('progress', seen), now);
    case 'listing':
      return afterListing(following, stage.isLast, answerTo('found', seen), now);
    case 'sorting': {
      const duplicates = advanceDuplicates(stage.duplicates, seen, now);
      if ('stage' in duplicates) return advanceTo(following, { ...stage, duplicates });
      const { left, isReused } = duplicates;
      const events = left.map((sandbox) => ({ kind: 'duplicate-left', sandbox }) as const);
      return withEvents(events, found(following, stage.id, isReused ? 'attached' : 'started'));
    }
  }
}

function afterAsking(following: Following, progress: StartProgress | ApiFailure, now: number): FollowingTurn {
  if (progress instanceof ApiFailure)
    return advanceTo(following, { kind: 'listing', isLast: false, at: now });
  return progress.kind === 'created' || progress.kind === 'no-message'
    ? created(following, progress.id, now)
    : advanceTo(following, { kind: 'listing', isLast: progress.kind === 'failed', at: now });
}

function afterListing(
  following: Following,
  isLast: boolean,
  listed: Found | ApiFailure,
  now: number,
): FollowingTurn {
  const kind = listed instanceof ApiFailure ? 'unknown' : listed.kind;
  // One without its message may get it yet.
  if (!(listed instanceof ApiFailure) && (listed.kind === 'created' || listed.kind === 'no-message'))
    return created(following, listed.id, now);
  // Of a start without an answer the look is all that can tell.
  const isTold = following.task === undefined && (kind === 'unreported' || kind === 'failed');
  const at = now + LOOK_MS;
  return isLast || isTold || at > following.plan.deadlineAt
    ? nothing(following)
    : advanceTo(following, firstStage(following, at));
}

function created(following: Following, id: string, now: number): FollowingTurn {
  const { task, isShared, plan } = following;
  return isShared && isSameId(id, following.id)
    ? advanceTo(
        following,
        {
          kind: 'sorting',
          id,
          duplicates: duplicatesFrom(now, { kind: 'asked', ...(task !== undefined && { task }) }),
        },
        [{ kind: 'linked', conversation: plan.places.conversation(id) }],
      )
    : found(following, id, 'started');
}

function found({ plan }: Following, id: string, role: Role): FollowingTurn {
  const conversation = plan.places.conversation(id);
  return {
    events: [{ kind: 'found', conversation, role }],
    next: { status: 'running', conversation, facts: NO_FACTS },
  };
}

function nothing({ plan: { places } }: Following): FollowingTurn {
  const because = 'no conversation was found for the start';
  const problem = { failedTo: START, because, todo: `check at ${places.list} whether it runs` };
  return { events: [], next: { status: 'start-failed', problem } };
}
