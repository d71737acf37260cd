import { ApiFailure, type Deferred, type Found, type StartAnswer, type StartProgress } from './api.ts';
import { tooLate } from './plan.ts';
import {
  afterDeduplicating,
  afterExplaining,
  afterFinding,
  afterProgress,
  afterRecheck,
  failed,
  follow,
  ongoingFrom,
  type StartTurn,
} from './preparing.ts';
import type { Origin, Starting, StartStage } from './start-stages.ts';
import { advanceTo, type Answer, answerTo, type StageOf, withEvents } from './turn.ts';

/** The waits before each look for a start whose answer was lost. A server that got the request has stored it by the last look. */
const SEARCH_AFTER_MS = [1_000, 3_000, 8_000] as const;

/** Advances a start by one turn, so that it results in one conversation, and not in two. */
export function advanceStarting(starting: Starting, answer: Answer, now: number): StartTurn {
  const { stage } = starting;
  switch (stage.kind) {
    case 'looking-up':
      return afterLookUp(starting, answerTo('found', answer), now);
    case 'asking':
      return afterAsking(starting, stage, answerTo('start', answer), now);
    case 'searching':
      return afterSearch(starting, stage, answerTo('found', answer), now);
    case 'pending':
      return afterProgress(starting, stage, answerTo('progress', answer), now);
    case 'finding':
      return afterFinding(starting, stage, answerTo('found', answer), now);
    case 'rechecking':
      return afterRecheck(starting, stage, answerTo('found', answer), now);
    case 'explaining':
      return afterExplaining(stage.workplace, answerTo('refusal', answer));
    case 'deduplicating':
      return afterDeduplicating(starting, stage, answer, now);
  }
}

/** Uses an existing conversation, whatever its state, or else asks for a new one. */
function afterLookUp(starting: Starting, found: Found | ApiFailure, now: number): StartTurn {
  if (found instanceof ApiFailure) return failed(found.problem);
  return found.kind === 'not-there' || found.kind === 'unreported'
    ? advanceTo(starting, { kind: 'asking', at: now })
    : follow(starting, ongoingFrom(now, { kind: 'found' }), found, now);
}

function afterAsking(
  starting: Starting,
  { lost }: StageOf<StartStage, 'asking'>,
  answer: StartAnswer | ApiFailure,
  now: number,
): StartTurn {
  if (answer instanceof ApiFailure && answer.mayHaveActed) {
    const search = { looks: 0, at: now + SEARCH_AFTER_MS[0] };
    const isSecond = lost !== undefined;
    return advanceTo(starting, { kind: 'searching', lost: answer.problem, isSecond, ...search });
  }
  const isRefused = answer instanceof ApiFailure || answer.kind === 'deferred';
  // The earlier request may still succeed, whatever the server answers to the second one.
  if (isRefused && lost !== undefined) return failed(lost);
  if (answer instanceof ApiFailure) return failed(answer.problem, [{ kind: 'refused' }]);
  switch (answer.kind) {
    case 'switched':
      return advanceTo(starting, { kind: 'asking', at: now }, [{ kind: 'refused' }]);
    case 'existing':
      return onExisting(starting, answer.id, starting.isShared && lost === undefined ? 'found' : 'lost', now);
    case 'deferred':
      return askLater(starting, answer, now);
    default:
      return accepted(starting, answer, now, {
        kind: 'asked',
        ...(answer.kind === 'pending' && { task: answer.task }),
      });
  }
}

/**
 * Handles an existing conversation with the same id. It is another run's, if others may ask for the id and this run has not lost
 * the answer to an earlier request.
 */
function onExisting(starting: Starting, id: string, kind: 'found' | 'lost', now: number): StartTurn {
  // The server refused this run's start, so that there is nothing to stop. The other run's message may be on its way.
  return withEvents(
    kind === 'found' ? [{ kind: 'refused' }] : [],
    follow(starting, ongoingFrom(now, { kind }), { kind: 'no-message', id }, now),
  );
}

function askLater(starting: Starting, refusal: Deferred, now: number): StartTurn {
  const { problem, waitMs } = refusal;
  const late = tooLate(starting.plan, refusal, now);
  if (late) return { events: [{ kind: 'refused' }], next: late };
  // Another run may start the conversation in the meantime: look for it again first.
  const kind = starting.isShared ? 'looking-up' : 'asking';
  return advanceTo(starting, { kind, at: now + waitMs }, [
    { kind: 'refused' },
    { kind: 'retrying', problem, waitMs },
  ]);
}

/**
 * Handles a look after a lost answer. If the look fails, the next may succeed. After the last look, the lost answer is the
 * failure.
 */
function afterSearch(
  starting: Starting,
  stage: StageOf<StartStage, 'searching'>,
  found: Found | ApiFailure,
  now: number,
): StartTurn {
  const { lost, isSecond, looks } = stage;
  if (!(found instanceof ApiFailure) && found.kind !== 'not-there')
    return found.kind === 'unreported' ? failed(lost) : accepted(starting, found, now, { kind: 'lost' });
  const waitMs = SEARCH_AFTER_MS[looks + 1];
  if (waitMs !== undefined) return advanceTo(starting, { ...stage, looks: looks + 1, at: now + waitMs });
  return found instanceof ApiFailure || isSecond
    ? failed(lost)
    : advanceTo(starting, { kind: 'asking', lost, at: now });
}

/** Handles a start that the server has accepted. */
function accepted(starting: Starting, progress: StartProgress, now: number, origin: Origin): StartTurn {
  const { request, isShared } = starting;
  return withEvents(
    progress.kind === 'pending' ? [{ kind: 'preparing', task: progress.task, id: request.id, isShared }] : [],
    follow(starting, ongoingFrom(now, origin), progress, now),
  );
}
