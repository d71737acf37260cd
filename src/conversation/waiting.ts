import { ApiFailure } from './api.ts';
import { linkTo, type OnPaused, type Snapshot, type Steps, type Stored } from './conversation.ts';
import {
  afterCheckingMessage,
  afterClosing,
  afterReading,
  afterSettling,
  endIn,
  failWait,
  readAnswer,
  settle,
} from './ending.ts';
import { DOUBT_MS } from './pace.ts';
import { mustConsult } from './phase.ts';
import type { Problem } from './problem.ts';
import { isCaughtUp, lookAgainAt, watchAfterPush, withoutStalePush } from './push.ts';
import { advanceResuming, cannotResume, resumingFrom } from './resuming.ts';
import { advanceTo, type Answer, answerTo, type Turn, withEvents } from './turn.ts';
import type { Waiting } from './waiting-stages.ts';
import {
  changeEvents,
  currentStateOf,
  endingOf,
  hasPendingWork,
  interpreted,
  mayHaveNewSteps,
  reconciled,
  takeSteps,
  type Watch,
  watchAfter,
} from './watch.ts';

/** If a conversation is paused again after this many resumes, resuming does not help. */
const MAX_RESUMES = 3;
const MAX_TRIES = 3;
const RETRY_MS = 2_000;

/** Starts to wait for a conversation, with a look at once. */
export function waitingFor(
  watch: Watch,
  options: Pick<Waiting, 'onPaused' | 'onFoundPaused' | 'poll' | 'budget'>,
): Waiting {
  return { kind: 'waiting', watch, ...options, stage: { kind: 'polling', by: 0 } };
}

/** Advances the wait by one turn: handles the answer to its question. */
export function advanceWaiting(waiting: Waiting, answer: Answer, now: number): Turn<Waiting> {
  const { stage } = waiting;
  switch (stage.kind) {
    case 'polling':
      return afterLook(waiting, answerTo('look', answer), now);
    case 'consulting':
      return afterConsulting(waiting, stage.snapshot, answerTo('stored', answer), now);
    case 'reading-steps':
      return afterSteps(waiting, stage.revision, answerTo('steps', answer), now);
    case 'resuming':
      return afterResuming(waiting, advanceResuming(stage.resuming, answer, now), now);
    case 'running':
      return afterRun(waiting, stage.tries, answerTo('run', answer), now);
    case 'checking-message':
      return afterCheckingMessage(waiting, stage.end, answerTo('result', answer), now);
    case 'settling':
      return afterSettling(waiting, stage.snapshot, answerTo('stored', answer), now);
    case 'collecting':
      return afterReading(waiting, stage, answerTo('result', answer), now);
    case 'closing':
      return afterClosing(waiting, stage, answerTo('look', answer));
  }
}

function afterLook(waiting: Waiting, snapshot: Snapshot | ApiFailure, now: number): Turn<Waiting> {
  if (snapshot instanceof ApiFailure) return failWait(waiting, snapshot);
  const { watch } = waiting;
  const before = { ...watch, hasRun: watch.hasRun || snapshot.state.kind === 'active' };
  const shown = interpreted(before, snapshot);
  const looked = { ...waiting, watch: before };
  return mustConsult(before.phase, shown, now)
    ? advanceTo(looked, { kind: 'consulting', snapshot: shown })
    : evaluate(looked, shown, now);
}

function afterConsulting(
  waiting: Waiting,
  snapshot: Snapshot,
  stored: Stored | ApiFailure,
  now: number,
): Turn<Waiting> {
  if (!(stored instanceof ApiFailure)) return evaluate(waiting, snapshot, now, stored);
  // If the status can show the end, too, the wait continues without the events.
  if (snapshot.consult === 'each-time') return failWait(waiting, stored);
  const { conversation } = waiting.watch;
  const unreadable = { kind: 'events-unreadable', conversation, problem: stored.problem } as const;
  return withEvents([unreadable], evaluate(waiting, snapshot, now, {}));
}

/** Evaluates a look, corrected by the stored events if they were read. */
function evaluate(waiting: Waiting, snapshot: Snapshot, now: number, stored?: Stored): Turn<Waiting> {
  const { watch, poll, onFoundPaused = waiting.onPaused } = waiting;
  const onPaused = watch.phase === undefined ? onFoundPaused : waiting.onPaused;
  const seen = stored === undefined ? snapshot : reconciled(snapshot, stored, watch);
  const remembered = watchAfter(watch, seen, now, stored !== undefined);
  const steps = takeSteps(remembered, stored?.steps);
  const after = { ...waiting, watch: steps.watch };
  // A step that does not wait reports the state, but not the steps that led to it.
  const updates = [changeEvents(watch, remembered, onPaused), poll ? steps.events : []];
  // Report steps before a pause, to which they led, but after a start, which they follow.
  return withEvents(
    (seen.state.kind === 'active' ? updates : updates.toReversed()).flat(),
    seen.state.kind === 'paused'
      ? whilePaused(after, seen, onPaused, now)
      : whileNotPaused(after, snapshot, seen, now),
  );
}

/**
 * Handles a look at a conversation that is not paused.
 *
 * @param seen the snapshot, corrected by the stored events.
 */
function whileNotPaused(waiting: Waiting, snapshot: Snapshot, seen: Snapshot, now: number): Turn<Waiting> {
  const { watch } = waiting;
  const status = endingOf(seen, watch, now);
  if (status === undefined) return keepWaiting(waiting, snapshot, now);
  // A missing sandbox sends no more events, and an end in the stored events comes after the message.
  const end = endIn(seen, status, snapshot.consult === 'never');
  return end.isFromAgent && hasPendingWork(watch)
    ? advanceTo(waiting, { kind: 'checking-message', end })
    : readAnswer(waiting, end, now);
}

/** Continues the wait. First reads the agent's steps, if there may be new ones. */
function keepWaiting(waiting: Waiting, snapshot: Snapshot, now: number): Turn<Waiting> {
  const { poll } = waiting;
  const watch = watchAfterPush(waiting.watch, snapshot);
  if (!poll && watch.doubtfulSince === undefined) return running(watch);
  const { revision = '' } = snapshot;
  // With push, the steps are known, unless the server has stopped pushing.
  const mayRead = watch.push
    ? !isCaughtUp(watch) || watch.progress.revision !== revision
    : mayHaveNewSteps(watch, snapshot, now);
  const after = { ...waiting, watch };
  return poll && mayRead ? advanceTo(after, { kind: 'reading-steps', revision }) : pollAgain(after, now);
}

/** Reports the steps that were read. Of failures in a row the first is reported. None changes the wait. */
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
    return progress.failed ? next : withEvents([{ kind: 'steps-unreadable', conversation, problem }], next);
  }
  const taken = takeSteps(watch, read);
  const after = {
    ...taken.watch,
    progress: { ...taken.watch.progress, readAt: now, revision, failed: false },
  };
  return withEvents(taken.events, pollAgain({ ...waiting, watch: after }, now));
}

/** Handles a pause as the input `on-paused` says: waits, fails, or resumes the conversation. */
function whilePaused(waiting: Waiting, seen: Snapshot, onPaused: OnPaused, now: number): Turn<Waiting> {
  const { watch, poll } = waiting;
  const { conversation, resumes } = watch;
  if (!poll) return running(watch);
  if (onPaused === 'wait') return pollAgain(waiting, now);
  if (onPaused === 'fail' || resumes >= MAX_RESUMES) return settle(waiting, seen, now);
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
  return pollResumed(waiting, now, cannotResume(resumed.reason, linkTo(waiting.watch.conversation)));
}

/** Retries a failed run. That is safe: it has no effect on an agent that already runs. */
function afterRun(waiting: Waiting, tries: number, answer: 'done' | ApiFailure, now: number): Turn<Waiting> {
  if (answer === 'done') return pollResumed(waiting, now);
  if (tries === MAX_TRIES) return pollResumed(waiting, now, answer.problem);
  return advanceTo(waiting, { kind: 'running', tries: tries + 1, at: now + RETRY_MS });
}

/** Continues the wait after a resume, whether it worked or not: the next look shows. */
function pollResumed(waiting: Waiting, now: number, problem?: Problem): Turn<Waiting> {
  const { watch } = waiting;
  const { conversation, resumes } = watch;
  const next = pollAgain({ ...waiting, watch: { ...watch, resumes: resumes + 1, isAwaited: true } }, now);
  return problem === undefined ? next : withEvents([{ kind: 'not-resumed', conversation, problem }], next);
}

/** Looks again at the pace of polling, and at the latest when a doubt or a push needs it. */
function pollAgain(waiting: Waiting, now: number): Turn<Waiting> {
  const watch = withoutStalePush(waiting.watch);
  const doubtEndsAt = Math.ceil(watch.doubtfulSince ?? Infinity) + DOUBT_MS;
  // A doubtful state is decided once it has lasted long enough, whatever the pace.
  const by = Math.min(doubtEndsAt > now ? doubtEndsAt : Infinity, lookAgainAt(watch, now));
  return advanceTo({ ...waiting, watch }, { kind: 'polling', by }, [
    { kind: 'current-state', ...currentStateOf(watch) },
  ]);
}

function running({ conversation, facts }: Watch): Turn<Waiting> {
  return { events: [], next: { status: 'running', conversation, facts } };
}
