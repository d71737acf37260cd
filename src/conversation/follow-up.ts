import { ApiFailure, type Delivery, SEND } from './api.ts';
import { spentBudget } from './budget.ts';
import {
  containsMessage,
  type Conversation,
  type Facts,
  type MessageCursor,
  type Messages,
  NO_FACTS,
  type Snapshot,
} from './conversation.ts';
import type { LifeEvent } from './events.ts';
import { end, linkOf, notSent, notThere, pausedAgain, running, unavailable } from './follow-up-ends.ts';
import type { FollowUp, FollowUpStage, Sending } from './follow-up-stages.ts';
import { endsWithMark } from './mark.ts';
import { DOUBT_MS } from './pace.ts';
import { attached, type Plan, started, tooLate, waitingBy } from './plan.ts';
import { advanceResuming, cannotResume, resumingFrom } from './resuming.ts';
import { advanceTo, type Answer, answerTo, type StageOf, type Turn, withEvents } from './turn.ts';
import { mostUsed } from './usage.ts';
import { advanceWaiting } from './waiting.ts';
import type { Waiting } from './waiting-stages.ts';
import { watch } from './watch.ts';

const LOOK_MS = 2_000;
/** How long a step that neither waits nor sends a message looks: a server lists a new conversation half a second after its start. */
const ONCE_MORE_MS = 2_000;
/** The waits before each look for a message whose answer was lost: events are stored up to half a minute late. */
const SEARCH_AFTER_MS = [1_000, 3_000, 8_000, 28_000] as const;
/** How long to look for the agent to start on a message. That takes a second or two; one that has ended again is not seen. */
const BEGIN_MS = 10_000;

type FollowUpTurn = Turn<FollowUp | Waiting>;

/** Advances a follow-up by one turn. */
export function advanceFollowUp(followUp: FollowUp, answer: Answer, now: number): FollowUpTurn {
  const { stage } = followUp;
  switch (stage.kind) {
    case 'looking-up':
      return afterLookUp(followUp, stage, answerTo('look', answer), now);
    case 'checking-earlier-attempt':
      return afterEarlierAttempt(followUp, stage, answerTo('messages', answer), now);
    case 'reading-cursor':
      return afterCursor(followUp, stage, answerTo('cursor', answer), now);
    case 'sending':
      return afterSending(followUp, stage, answerTo('send', answer), now);
    case 'searching':
      return afterSearch(followUp, stage, answerTo('messages', answer), now);
    case 'resuming':
      return afterResuming(followUp, stage, advanceResuming(stage.resuming, answer, now), now);
    case 'beginning':
      return afterBeginning(followUp, stage, answerTo('snapshot', answer), now);
  }
}

function afterLookUp(
  followUp: FollowUp,
  stage: StageOf<FollowUpStage, 'looking-up'>,
  look: Snapshot | ApiFailure,
  now: number,
): FollowUpTurn {
  const { id, plan } = followUp;
  const { message, since = now } = stage;
  if (look instanceof ApiFailure) return end({ status: 'start-failed', problem: look.problem });
  const { facts } = look;
  if (facts === undefined) {
    const { poll } = plan;
    // A step that neither waits nor sends a message looks only once more.
    const doubtMs = poll || message !== undefined ? DOUBT_MS : ONCE_MORE_MS;
    return now - since >= doubtMs
      ? end({ status: 'missing', problem: notThere(id, followUp.keyed !== undefined) })
      : advanceTo(followUp, { ...stage, since, at: now + LOOK_MS });
  }
  const conversation = plan.links.conversation(id);
  return message === undefined
    ? withEvents([{ kind: 'found', conversation, role: 'observer' }], observed(plan, conversation, look, now))
    : advanceTo({ ...followUp, facts }, beforeSending(followUp, message, now), foundBy(followUp));
}

/** Returns the event that the conversation was found; none yet if only the search for the message can show the role. */
function foundBy({ keyed, plan, id }: FollowUp): readonly LifeEvent[] {
  const role = keyed === undefined ? 'follow-up' : keyed.role;
  return role === undefined ? [] : [{ kind: 'found', conversation: plan.links.conversation(id), role }];
}

function beforeSending({ keyed }: FollowUp, message: string, now: number): FollowUpStage {
  const mark = keyed?.mark;
  return mark?.mayBeSent
    ? { kind: 'checking-earlier-attempt', message, mark, looks: 0, at: now }
    : { kind: 'reading-cursor', message };
}

/** Sends the message only if it is not stored and cannot be stored any more, so that each run sends it at most once. */
function afterEarlierAttempt(
  followUp: FollowUp,
  stage: StageOf<FollowUpStage, 'checking-earlier-attempt'>,
  messages: Messages | ApiFailure,
  now: number,
): FollowUpTurn {
  const { message, mark, looks } = stage;
  if (messages instanceof ApiFailure) return notSent(followUp, messages.problem);
  const { said, isLive } = messages;
  const { plan, id, keyed } = followUp;
  const isRoleUnknown = keyed?.role === undefined;
  if (said.some(({ text }) => endsWithMark(text, mark)))
    return isRoleUnknown ? started(plan, id) : attached(plan, id, true);
  const waitMs = isLive ? undefined : SEARCH_AFTER_MS[looks];
  if (waitMs !== undefined) return advanceTo(followUp, { ...stage, looks: looks + 1, at: now + waitMs });
  const events: readonly LifeEvent[] = isRoleUnknown
    ? [{ kind: 'found', conversation: plan.links.conversation(id), role: 'follow-up' }]
    : [];
  return advanceTo(followUp, { kind: 'reading-cursor', message }, events);
}

function observed(plan: Plan, conversation: Conversation, look: Snapshot, now: number): Turn<Waiting> {
  const { state } = look;
  const watched = watch(conversation, plan.startedAt);
  // A step that does not wait reports a missing sandbox at once, and not after a minute of doubt.
  const isMissing = !plan.poll && state.kind === 'doubtful' && state.ending === 'missing';
  const waiting = waitingBy(
    plan,
    isMissing ? { ...watched, doubtfulSince: Number.NEGATIVE_INFINITY } : watched,
  );
  return advanceWaiting(waiting, { look }, now);
}

function afterCursor(
  followUp: FollowUp,
  { message }: StageOf<FollowUpStage, 'reading-cursor'>,
  cursor: MessageCursor | ApiFailure,
  now: number,
): FollowUpTurn {
  if (cursor instanceof ApiFailure) return notSent(followUp, cursor.problem);
  const spent = spentBudget(followUp.facts, followUp.plan.maxCostUsd);
  if (spent) return { events: [], next: spent };
  return advanceTo(followUp, { kind: 'sending', sending: { message, cursor }, isResumed: false, at: now });
}

function afterSending(
  followUp: FollowUp,
  stage: StageOf<FollowUpStage, 'sending'>,
  answer: Delivery | ApiFailure,
  now: number,
): FollowUpTurn {
  const { isResumed, sending } = stage;
  // A resumed agent may continue its earlier work, even if the message is refused.
  const refused: readonly LifeEvent[] = isResumed ? [] : [{ kind: 'refused' }];
  if (answer instanceof ApiFailure) {
    const { problem, mayHaveActed } = answer;
    return mayHaveActed
      ? advanceTo(followUp, {
          kind: 'searching',
          sending,
          lost: problem,
          looks: 0,
          at: now + SEARCH_AFTER_MS[0],
        })
      : withEvents<FollowUp | Waiting>(refused, notSent(followUp, problem));
  }
  switch (answer.kind) {
    case 'delivered':
      return delivered(followUp, sending, now);
    case 'deferred': {
      const { problem, waitMs } = answer;
      const late = tooLate(followUp.plan, answer, now);
      if (late) return { events: refused, next: late };
      const events = [...refused, { kind: 'retrying', problem, waitMs } as const];
      return withEvents(events, advanceTo(followUp, { ...stage, at: now + waitMs }));
    }
    case 'paused':
      return isResumed
        ? notSent(followUp, pausedAgain(linkOf(followUp)))
        : withEvents(
            refused,
            advanceTo(followUp, { kind: 'resuming', sending, resuming: resumingFrom(now) }),
          );
    case 'refused': {
      const todo = `check the conversation: ${linkOf(followUp)}`;
      return notSent(followUp, { failedTo: SEND, because: answer.reason, todo, kind: 'server' });
    }
    case 'unavailable':
      return withEvents<FollowUp | Waiting>(refused, unavailable(followUp, answer.reason));
  }
}

/** Handles a look for the message, which is never sent again. If the look fails, the next may succeed. */
function afterSearch(
  followUp: FollowUp,
  stage: StageOf<FollowUpStage, 'searching'>,
  messages: Messages | ApiFailure,
  now: number,
): FollowUpTurn {
  const { message, cursor } = stage.sending;
  const hasArrived = !(messages instanceof ApiFailure) && containsMessage(message, cursor, messages.said);
  if (hasArrived) return delivered(followUp, stage.sending, now);
  const looks = stage.looks + 1;
  const waitMs = SEARCH_AFTER_MS[looks];
  return waitMs === undefined
    ? notSent(followUp, stage.lost)
    : advanceTo(followUp, { ...stage, looks, at: now + waitMs });
}

function afterResuming(
  followUp: FollowUp,
  { sending }: StageOf<FollowUpStage, 'resuming'>,
  resumed: ReturnType<typeof advanceResuming>,
  now: number,
): FollowUpTurn {
  if (resumed instanceof ApiFailure) return notSent(followUp, resumed.problem);
  if (!('kind' in resumed)) return advanceTo(followUp, { kind: 'resuming', sending, resuming: resumed });
  switch (resumed.kind) {
    case 'running':
      return advanceTo(followUp, { kind: 'sending', sending, isResumed: true, at: now });
    case 'unavailable':
      return unavailable(followUp, resumed.reason);
    case 'too-slow':
      return notSent(followUp, cannotResume(resumed.reason, linkOf(followUp)));
  }
}

function delivered(followUp: FollowUp, { cursor }: Sending, now: number): FollowUpTurn {
  const { plan, id } = followUp;
  return {
    events: [{ kind: 'delivered' }],
    next: plan.poll
      ? waitingBy(plan, {
          ...watch(plan.links.conversation(id), now, cursor),
          facts: usageOnly(followUp.facts),
        })
      : { ...followUp, stage: { kind: 'beginning', at: now, until: now + BEGIN_MS } },
  };
}

/** Keeps only cost and tokens, which servers may report too low later. All other facts are reported again. */
function usageOnly(facts: Facts): Facts {
  return { ...NO_FACTS, ...mostUsed(facts, {}) };
}

/** Ends the step once the agent has started on the message, or after {@link BEGIN_MS}: not to see it is no failure. */
function afterBeginning(
  followUp: FollowUp,
  stage: StageOf<FollowUpStage, 'beginning'>,
  snapshot: Snapshot | ApiFailure,
  now: number,
): FollowUpTurn {
  const at = now + LOOK_MS;
  const isBegun = snapshot instanceof ApiFailure || snapshot.state.kind !== 'ended';
  return isBegun || at >= stage.until ? end(running(followUp)) : advanceTo(followUp, { ...stage, at });
}
