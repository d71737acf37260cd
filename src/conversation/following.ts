import { ApiFailure, type Found, START, type StartProgress } from './api.ts';
import { isSameId, NO_FACTS } from './conversation.ts';
import { advanceDuplicates, type Duplicates, duplicatesFrom, duplicatesQuestion } from './duplicates.ts';
import type { Role } from './events.ts';
import type { Plan } from './plan.ts';
import { advanceTo, type Answer, answerTo, type Question, type Turn, withEvents } from './turn.ts';

const LOOK_MS = 2_000;
/** How long to wait for one answer of a slow server before the next question. */
const ASK_MS = 10_000;

/** A start that another process has made, followed until its conversation exists. This process starts nothing. */
export interface Following {
  readonly kind: 'following';
  /** The id chosen for the conversation. The server may list the conversation before the start reports it. */
  readonly id: string;
  /** The server's id of the start; absent if the server's answer is not known. */
  readonly task?: string;
  /** Whether other runs may have asked for the same id. */
  readonly isShared: boolean;
  readonly plan: Pick<Plan, 'links' | 'startedAt' | 'deadlineAt'>;
  readonly stage: FollowingStage;
}

/** The stage, which determines the next question. Times are the clock's milliseconds. */
type FollowingStage =
  /** Asks for the progress of the start. */
  | { readonly kind: 'asking'; readonly task: string; readonly at: number }
  /** Looks for the conversation itself. `isLast`: the start has failed, so that this is the last look. */
  | { readonly kind: 'finding'; readonly isLast: boolean; readonly at: number }
  /** Looks for other starts of the conversation, by runs that asked for it at the same time. */
  | { readonly kind: 'deduplicating'; readonly id: string; readonly duplicates: Duplicates };

type FollowingTurn = Turn<Following>;

/** Begins to follow a start. */
export function followingOf(start: Omit<Following, 'kind' | 'stage'>): Following {
  return { kind: 'following', ...start, stage: firstStage(start, start.plan.startedAt) };
}

function firstStage({ task }: Pick<Following, 'task'>, at: number): FollowingStage {
  return task === undefined ? { kind: 'finding', isLast: false, at } : { kind: 'asking', task, at };
}

/** Returns the next question to the API. */
export function followingQuestion({ id, stage }: Following): Question {
  switch (stage.kind) {
    case 'asking':
      return { ask: 'progress', task: stage.task, withinMs: ASK_MS };
    case 'finding':
      return { ask: 'found', query: { id }, withinMs: ASK_MS };
    case 'deduplicating':
      return duplicatesQuestion(stage.duplicates);
  }
}

/** Advances the start by one turn. */
export function advanceFollowing(following: Following, answer: Answer, now: number): FollowingTurn {
  const { stage } = following;
  switch (stage.kind) {
    case 'asking':
      return afterAsking(following, answerTo('progress', answer), now);
    case 'finding':
      return afterFinding(following, stage.isLast, answerTo('found', answer), now);
    case 'deduplicating': {
      const duplicates = advanceDuplicates(stage.duplicates, answer, now);
      if ('stage' in duplicates) return advanceTo(following, { ...stage, duplicates });
      const { notPaused, isReused } = duplicates;
      const events = notPaused.map((sandbox) => ({ kind: 'duplicate-not-paused', sandbox }) as const);
      return withEvents(events, found(following, stage.id, isReused ? 'attached' : 'started'));
    }
  }
}

function afterAsking(following: Following, progress: StartProgress | ApiFailure, now: number): FollowingTurn {
  if (progress instanceof ApiFailure)
    return advanceTo(following, { kind: 'finding', isLast: false, at: now });
  return progress.kind === 'created' || progress.kind === 'no-message'
    ? created(following, progress.id, now)
    : advanceTo(following, { kind: 'finding', isLast: progress.kind === 'failed', at: now });
}

function afterFinding(
  following: Following,
  isLast: boolean,
  listed: Found | ApiFailure,
  now: number,
): FollowingTurn {
  const kind = listed instanceof ApiFailure ? 'unknown' : listed.kind;
  // A conversation without its message may still get it.
  if (!(listed instanceof ApiFailure) && (listed.kind === 'created' || listed.kind === 'no-message'))
    return created(following, listed.id, now);
  // Without a task there is no progress to ask for: the look alone decides.
  const isDecided = following.task === undefined && (kind === 'unreported' || kind === 'failed');
  const at = now + LOOK_MS;
  return isLast || isDecided || at > following.plan.deadlineAt
    ? nothing(following)
    : advanceTo(following, firstStage(following, at));
}

function created(following: Following, id: string, now: number): FollowingTurn {
  const { task, isShared, plan } = following;
  return isShared && isSameId(id, following.id)
    ? advanceTo(
        following,
        {
          kind: 'deduplicating',
          id,
          duplicates: duplicatesFrom(now, { kind: 'asked', ...(task !== undefined && { task }) }),
        },
        [{ kind: 'linked', conversation: plan.links.conversation(id) }],
      )
    : found(following, id, 'started');
}

function found({ plan }: Following, id: string, role: Role): FollowingTurn {
  const conversation = plan.links.conversation(id);
  return {
    events: [{ kind: 'found', conversation, role }],
    next: { status: 'running', conversation, facts: NO_FACTS },
  };
}

function nothing({ plan: { links } }: Following): FollowingTurn {
  const because = 'no conversation was found for the start';
  const problem = { failedTo: START, because, todo: `check at ${links.list} whether it runs` };
  return { events: [], next: { status: 'start-failed', problem } };
}
