import { ApiFailure } from './api.ts';
import { type OnPaused, placeOf, type Snapshot, type Steps, type Stored } from './conversation.ts';
import {
  afterChecking,
  afterClosing,
  afterReading,
  afterSettling,
  broken,
  collect,
  endIn,
  settle,
} from './ending.ts';
import { DOUBT_MS } from './pace.ts';
import type { Problem } from './problem.ts';
import { isCaughtUp, lookAgainAt, lookedWhilePushed, stillPushed } from './push.ts';
import { advanceResuming, cannotResume, resumingFrom } from './resuming.ts';
import { advanceTo, answerTo, type Seen, type Turn, withEvents } from './turn.ts';
import type { Waiting } from './waiting-stages.ts';
import {
  changesSeen,
  endingOf,
  interpreted,
  isCalled,
  mayHaveNewSteps,
  mustConsult,
  reconciled,
  remember,
  standingOf,
  takeSteps,
  type Watch,
} from './watch.ts';

/** A conversation that is paused again and again is paused by something that resuming does not help against. */
const MOST_RESUMES = 3;
const MOST_TRIES = 3;
const RETRY_MS = 2_000;

/** Begins to wait for a conversation, with a look at once. */
export function waitingFor(
  watch: Watch,
  options: Pick<Waiting, 'onPaused' | 'onFoundPaused' | 'poll' | 'budget'>,
): Waiting {
  return { kind: 'waiting', watch, ...options, stage: { kind: 'polling', by: 0 } };
}

/** One turn further, by what was seen. */
export function advanceWaiting(waiting: Waiting, seen: Seen, now: number): Turn<Waiting> {
  const { stage } = waiting;
  switch (stage.kind) {
    case 'polling':
      return afterLook(waiting, answerTo('look', seen), now);
    case 'consulting':
      return afterConsulting(waiting, stage.snapshot, answerTo('stored', seen), now);
    case 'reading-steps':
      return afterSteps(waiting, stage.revision, answerTo('steps', seen), now);
    case 'resuming':
      return afterResuming(waiting, advanceResuming(stage.resuming, seen, now), now);
    case 'running':
      return afterRun(waiting, stage.tries, answerTo('run', seen), now);
    case 'checking':
      return afterChecking(waiting, stage.end, answerTo('result', seen), now);
    case 'settling':
      return afterSettling(waiting, stage.snapshot, answerTo('stored', seen), now);
    case 'collecting':
      return afterReading(waiting, stage, answerTo('result', seen), now);
    case 'closing':
      return afterClosing(waiting, stage, answerTo('look', seen));
  }
}

function afterLook(waiting: Waiting, snapshot: Snapshot | ApiFailure, now: number): Turn<Waiting> {
  if (snapshot instanceof ApiFailure) return broken(waiting, snapshot);
  const { watch } = waiting;
  const before = { ...watch, hasRun: watch.hasRun || snapshot.state.kind === 'active' };
  const shown = interpreted(before, snapshot);
  const looked = { ...waiting, watch: before };
  return mustConsult(before, shown, now)
    ? advanceTo(looked, { kind: 'consulting', snapshot: shown })
    : judge(looked, shown, now);
}

function afterConsulting(
  waiting: Waiting,
  snapshot: Snapshot,
  stored: Stored | ApiFailure,
  now: number,
): Turn<Waiting> {
  if (!(stored instanceof ApiFailure)) return judge(waiting, snapshot, now, stored);
  // If the status alone can tell, too, unreadable events are no reason to give up.
  if (snapshot.consult === 'each-time') return broken(waiting, stored);
  const { conversation } = waiting.watch;
  const unreadable = { kind: 'unreadable', conversation, problem: stored.problem } as const;
  return withEvents([unreadable], judge(waiting, snapshot, now, {}));
}

/** How things stand, by the look and, if they were read, by the stored events. */
function judge(waiting: Waiting, snapshot: Snapshot, now: number, stored?: Stored): Turn<Waiting> {
  const { watch, poll, onFoundPaused = waiting.onPaused } = waiting;
  const onPaused = watch.phase === undefined ? onFoundPaused : waiting.onPaused;
  const seen = stored === undefined ? snapshot : reconciled(snapshot, stored, watch);
  const remembered = remember(watch, seen, now, stored !== undefined);
  const steps = takeSteps(remembered, stored?.steps);
  const after = { ...waiting, watch: steps.watch };
  // Who does not wait wants to know how things stand, and not how they came about.
  const updates = [changesSeen(watch, remembered, onPaused), poll ? steps.events : []];
  // Steps lead to a pause, and come after a start.
  return withEvents(
    (seen.state.kind === 'active' ? updates : updates.toReversed()).flat(),
    seen.state.kind === 'paused'
      ? whilePaused(after, seen, onPaused, now)
      : onwards(after, snapshot, seen, now),
  );
}

/** @param seen what the look shows, corrected by the stored events. */
function onwards(waiting: Waiting, snapshot: Snapshot, seen: Snapshot, now: number): Turn<Waiting> {
  const { watch } = waiting;
  const status = endingOf(seen, watch, now);
  if (status === undefined) return keepWaiting(waiting, snapshot, now);
  // A missing sandbox sends no more, and stored events are those behind the message.
  const end = endIn(seen, status, snapshot.consult === 'never');
  return end.isFresh && isCalled(watch)
    ? advanceTo(waiting, { kind: 'checking', end })
    : collect(waiting, end, now);
}

/** It goes on: what its agent did is read, if there may be something new. */
function keepWaiting(waiting: Waiting, snapshot: Snapshot, now: number): Turn<Waiting> {
  const { poll } = waiting;
  const watch = lookedWhilePushed(waiting.watch, snapshot);
  if (!poll && watch.doubtfulSince === undefined) return running(watch);
  const { revision = '' } = snapshot;
  // Push has shown them, unless the server has fallen silent.
  const mayRead = watch.push
    ? !isCaughtUp(watch) || watch.progress.revision !== revision
    : mayHaveNewSteps(watch, snapshot, now);
  const after = { ...waiting, watch };
  return poll && mayRead ? advanceTo(after, { kind: 'reading-steps', revision }) : pollAgain(after, now);
}

/** Whether the steps can be read changes nothing else. */
function afterSteps(
  waiting: Waiting,
  revision: string,
  read: Steps | ApiFailure,
  now: number,
): Turn<Waiting> {
  const { watch } = waiting;
  const { conversation, progress } = watch;
  if (read instanceof ApiFailure) {
    const { problem } = read;
    const failed = { ...watch, progress: { ...progress, readAt: now, revision, failed: true } };
    const next = pollAgain({ ...waiting, watch: failed }, now);
    return progress.failed ? next : withEvents([{ kind: 'no-steps', conversation, problem }], next);
  }
  const taken = takeSteps(watch, read);
  const after = { ...taken.watch, progress: { ...taken.watch.progress, readAt: now, revision } };
  return withEvents(taken.events, pollAgain({ ...waiting, watch: after }, now));
}

/** A pause is waited out, or ends the wait, or the conversation is resumed, as is wished. */
function whilePaused(waiting: Waiting, seen: Snapshot, onPaused: OnPaused, now: number): Turn<Waiting> {
  const { watch, poll } = waiting;
  const { conversation, resumes } = watch;
  if (!poll) return running(watch);
  if (onPaused === 'wait') return pollAgain(waiting, now);
  if (onPaused === 'fail' || resumes >= MOST_RESUMES) return settle(waiting, seen, now);
  return advanceTo(waiting, { kind: 'resuming', resuming: resumingFrom(now) }, [
    { kind: 'resuming', conversation },
  ]);
}

function afterResuming(
  waiting: Waiting,
  resumed: ReturnType<typeof advanceResuming>,
  now: number,
): Turn<Waiting> {
  if (resumed instanceof ApiFailure) return pollResumed(waiting, now, resumed.problem);
  if (!('kind' in resumed)) return advanceTo(waiting, { kind: 'resuming', resuming: resumed });
  if (resumed.kind === 'running') return advanceTo(waiting, { kind: 'running', tries: 1, at: now });
  return pollResumed(waiting, now, cannotResume(resumed.reason, placeOf(waiting.watch.conversation)));
}

/** An agent that runs already is left alone, so that asking again does no harm. */
function afterRun(waiting: Waiting, tries: number, answer: 'done' | ApiFailure, now: number): Turn<Waiting> {
  if (answer === 'done') return pollResumed(waiting, now);
  if (tries === MOST_TRIES) return pollResumed(waiting, now, answer.problem);
  return advanceTo(waiting, { kind: 'running', tries: tries + 1, at: now + RETRY_MS });
}

/** It was resumed, or could not be: the wait goes on, and the next look tells. */
function pollResumed(waiting: Waiting, now: number, problem?: Problem): Turn<Waiting> {
  const { watch } = waiting;
  const { conversation, resumes } = watch;
  const next = pollAgain({ ...waiting, watch: { ...watch, resumes: resumes + 1, isAwaited: true } }, now);
  return problem === undefined ? next : withEvents([{ kind: 'not-resumed', conversation, problem }], next);
}

/** It is looked at again, when the pace of polling says so. */
function pollAgain(waiting: Waiting, now: number): Turn<Waiting> {
  const watch = stillPushed(waiting.watch);
  const doubtEndsAt = Math.ceil(watch.doubtfulSince ?? Infinity) + DOUBT_MS;
  // A doubt ends when its time is over, whatever the pace.
  const by = Math.min(doubtEndsAt > now ? doubtEndsAt : Infinity, lookAgainAt(watch, now));
  return advanceTo({ ...waiting, watch }, { kind: 'polling', by }, [{ kind: 'still', ...standingOf(watch) }]);
}

function running({ conversation, facts }: Watch): Turn<Waiting> {
  return { events: [], next: { status: 'running', conversation, facts } };
}
