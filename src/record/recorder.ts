import type { Runner } from '../github/runner.ts';
import { unseenBy } from '../message/pictures.ts';
import { isUnchanged } from '../patch/patch.ts';
import type { Clock } from '../port/clock.ts';
import { type Facts, NO_FACTS } from '../port/conversation.ts';
import type { ConversationEvent, CurrentState } from '../port/events.ts';
import type { Problem } from '../port/problem.ts';
import { withoutSecrets } from '../text/data.ts';
import { withSteps } from './agent-steps.ts';
import { type AgentState, EMPTY_RECORD, type ShownPictures, type StepRecord } from './record.ts';
import type { StepEvent } from './step-event.ts';
import { unfinishedWorkAfter } from './unfinished-work.ts';
import { hasMessageToSend } from './unsent.ts';

/** Gets each event, with the record after and before it. A sink returns nothing. */
export type Sink = (event: StepEvent, record: StepRecord, before: StepRecord) => void;

/** Keeps the record of a step and passes events to the sinks. The events are without the secrets that are known by then. */
export interface Recorder {
  readonly emit: (event: StepEvent) => void;
  readonly record: () => StepRecord;
}

/** Starts a record of a step that began at `startedAt`, in the clock's milliseconds. */
export function startRecording(
  startedAt: number,
  { clock, runner }: { readonly clock: Clock; readonly runner: Pick<Runner, 'secrets'> },
  sinks: readonly Sink[],
): Recorder {
  let record = EMPTY_RECORD;
  return {
    record: () => record,
    emit(unredacted) {
      // The step reads its inputs from the record, so they are not redacted.
      const event =
        unredacted.kind === 'begun' ? unredacted : withoutSecrets(unredacted, runner.secrets.redact);
      const before = record;
      record = reduce(before, event, clock.now() - startedAt);
      for (const sink of sinks) sink(event, record, before);
    },
  };
}

/** Returns the record after an event, `elapsedMs` milliseconds after the start of the step. */
export function reduce(record: StepRecord, event: StepEvent, elapsedMs: number): StepRecord {
  const isAttempt = !SHOWS_ANSWER[event.kind];
  const trouble = troubleIn(event) ?? (isAttempt ? record.trouble : undefined);
  const lastAnswerMs = isAttempt ? record.lastAnswerMs : elapsedMs;
  const after = { ...record, elapsedMs, trouble, lastAnswerMs, ...changesBy(event, record) };
  return { ...after, unfinishedWork: unfinishedWorkAfter(after, event) };
}

/** Returns why a request is being retried, what the step looks for that is not there, or that the start stands still. */
function troubleIn(event: StepEvent): Problem | undefined {
  const isSearch = event.kind === 'note' && event.about === 'search';
  return event.kind === 'retrying' || event.kind === 'start-phase' || isSearch ? event.problem : undefined;
}

/** For each event, whether it shows an answer of the server. One that does not is an attempt, or about something else. */
const SHOWS_ANSWER: Readonly<Record<StepEvent['kind'], boolean>> = {
  begun: true,
  chosen: true,
  api: false,
  'restart-decided': true,
  asking: false,
  preparing: true,
  'start-phase': true,
  found: true,
  archived: true,
  'not-cloned': true,
  hidden: true,
  folder: true,
  pictures: false,
  'pictures-unseen': true,
  sending: false,
  delivered: true,
  'no-work': false,
  'only-resumed': false,
  retrying: false,
  resuming: true,
  state: true,
  'at-work': true,
  steps: true,
  'without-tools': true,
  note: true,
  'budget-spent': false,
  'agent-ended': true,
  answers: true,
  ended: true,
  checks: true,
  'invalid-answer': true,
  'correction-left': true,
  'newer-message': true,
  checking: true,
  'checks-unreadable': true,
  round: true,
  'round-of-other-step': true,
  'patch-saved': true,
  'patch-missing': true,
  'patch-dropped': true,
  reviewed: true,
  replied: true,
  'result-not-asked': true,
  'result-unread': true,
  stopping: true,
  'trajectory-saved': true,
  'trajectory-missing': true,
  'left-to-post': true,
  reported: true,
};

/** Returns the agent's state after a look. `before`: its state until then. */
function agentAfterLook(state: CurrentState['state'], before: AgentState): AgentState {
  if (state === 'active') return 'at-work';
  if (state === 'paused') return 'paused';
  // The end that a look shows may be that of earlier work: only the event `agent-ended` shows that the agent has ended.
  return state === 'ended' && before === 'ended' ? 'ended' : 'unknown';
}

/** Returns the parts of the record that an event changes. */
function changesBy(event: StepEvent, record: StepRecord): Partial<StepRecord> {
  switch (event.kind) {
    case 'begun': {
      const { inputs, schema, comment } = event;
      return { inputs, schema, comment, role: inputs.work.kind === 'start' ? 'started' : 'observer' };
    }
    case 'api':
      return {
        version: event.version,
        worksInFolder: event.worksInFolder,
        makesWorktrees: event.worktrees === 'made',
      };
    case 'restart-decided':
      return { whyNotRestarted: event.because };
    case 'checking':
      return { hasWaitedForChecks: true };
    case 'checks':
      return { heads: event.heads };
    case 'round':
      return { rounds: [...record.rounds, event.round] };
    case 'round-of-other-step':
    case 'newer-message':
      // The message may make the agent change more files.
      return { isPatchOutdated: record.patch !== undefined };
    case 'invalid-answer':
      return { hasCorrected: true };
    case 'patch-saved':
      return {
        patch: event.size,
        shownPatch: event.shown,
        isUnchanged: isUnchanged(event),
        isPatchOutdated: false,
      };
    case 'patch-dropped':
      return { patch: undefined, shownPatch: undefined, isUnchanged: false, isPatchOutdated: false };
    case 'pictures-unseen':
      return { pictures: { sent: 0, unseen: unseenBy(event.model) } };
    case 'reviewed':
      return { review: event };
    case 'replied':
      return { replies: event };
    case 'ended': {
      const { outcome, answerFile } = event;
      return { outcome, ...(answerFile !== undefined && { answerFile }) };
    }
    // The record keeps nothing of these.
    case 'correction-left':
    case 'checks-unreadable':
    case 'patch-missing':
    case 'result-not-asked':
    case 'result-unread':
    case 'stopping':
    case 'trajectory-saved':
    case 'trajectory-missing':
    case 'left-to-post':
    case 'reported':
      return {};
    default:
      return changesByConversation(event, record);
  }
}

/** The events of a conversation of which the record keeps nothing. */
type LeavesConversation = 'preparing' | 'folder' | 'only-resumed';

/** Returns the parts of the record that an event of a conversation changes. */
function changesByConversation(event: ConversationEvent, record: StepRecord): Partial<StepRecord> {
  switch (event.kind) {
    case 'chosen':
      return { chosen: event.id, ...withoutConversation(record) };
    case 'asking':
      return { costBeforeUsd: 0 };
    case 'pictures':
      return { pictures: picturesIn(event) };
    case 'archived':
      return withoutConversation(record);
    case 'not-cloned':
      return { ...withoutConversation(record), whyNotRestarted: undefined };
    case 'hidden':
      // The paused agent works for nobody, and the step may start the key's next conversation.
      return event.isPaused ? { conversation: undefined } : {};
    case 'found': {
      const { conversation, role } = event;
      if (role === undefined) return { conversation, agent: 'unknown' };
      const hasMessage = event.hasMessage === true;
      // A step with a message to send only observes until it is delivered.
      const now = role === 'follow-up' ? 'observer' : role;
      const costBeforeUsd = role === 'started' ? 0 : event.facts && costIn(event.facts);
      // An existing conversation shows its state at the first look.
      const agent = role === 'started' ? 'at-work' : 'unknown';
      return { conversation, role: now, hasMessage, agent, costBeforeUsd };
    }
    case 'sending':
      // The message may make the agent change more files.
      return { isPatchOutdated: record.patch !== undefined };
    case 'delivered':
      // The agent may be done before a look can show it at work.
      return {
        agent: 'at-work',
        hasSeenWork: true,
        messageCursor: event.cursor,
        ...changesByDelivery(record),
      };
    case 'no-work':
      // The agent did not get the message.
      return { isPatchOutdated: false };
    case 'start-phase':
      return { phase: `start: ${event.phase}` };
    case 'state':
      return changesByState(event, record);
    case 'steps':
      return { steps: withSteps(record.steps, event) };
    case 'retrying':
      return changesByRetry(record);
    case 'resuming':
      // A resumed agent may be done before a look shows it at work.
      return { agent: 'unknown', hasSeenWork: true };
    case 'at-work':
      return { hasSeenWork: true };
    case 'agent-ended':
      return { agent: 'ended' };
    case 'note':
      return event.about === 'unknown-cost' ? { hasNotedCost: true } : {};
    case 'budget-spent':
      return { facts: event.facts, ...(event.checks && { checks: event.checks }) };
    case 'answers':
      // Newest first.
      return { answers: [...event.answers, ...record.answers] };
    case 'without-tools':
      return { isWithoutTools: true };
    default:
      event.kind satisfies LeavesConversation;
      return {};
  }
}

/** Returns what people are told of the pictures of a message. */
function picturesIn({
  count,
  problem,
  note,
}: ConversationEvent & { readonly kind: 'pictures' }): ShownPictures {
  const unseen =
    problem ?? (note === undefined ? undefined : `the pictures of the message are not sent: ${note}`);
  return { sent: count, ...(unseen !== undefined && { unseen }) };
}

/** Forgets the conversation that was chosen before, if there was one: the server hides it, or it is archived. */
function withoutConversation({ inputs, role, steps }: StepRecord): Partial<StepRecord> {
  return {
    conversation: undefined,
    steps: { ...steps, plan: undefined },
    costBeforeUsd: undefined,
    facts: NO_FACTS,
    isWithoutTools: false,
    answers: [],
    ...(role && inputs?.work.kind === 'start' && { role: 'started' }),
  };
}

/** Marks the last round as delivered. The message of the inputs makes an observer a follow-up; a correction does not. */
function changesByDelivery(record: StepRecord): Partial<StepRecord> {
  const { rounds } = record;
  const last = rounds.at(-1);
  if (last) return { rounds: [...rounds.slice(0, -1), { ...last, isDelivered: true }] };
  return hasMessageToSend(record) ? { role: 'follow-up' } : {};
}

/** What the agent does now, the next look shows. After its end it does nothing, unless a message is on its way. */
function changesByRetry({ agent, unfinishedWork }: StepRecord): Partial<StepRecord> {
  return agent === 'ended' && !('pendingWork' in unfinishedWork) ? {} : { agent: 'unknown' };
}

/** Returns what a look changes. */
function changesByState(
  { state, facts, phase }: CurrentState,
  { agent, costBeforeUsd }: StepRecord,
): Partial<StepRecord> {
  const advice = 'check whether the conversation and its sandbox come back';
  const trouble = { failedTo: 'see the agent at work', because: phase, advice, kind: 'sandbox' } as const;
  return {
    agent: agentAfterLook(state, agent),
    facts,
    phase,
    // At the first look at a conversation of another step.
    ...(costBeforeUsd === undefined && state !== undefined && { costBeforeUsd: costIn(facts) }),
    ...(state === 'unconfirmed' && { trouble }),
  };
}

/** Returns the cost that a look shows; `null` if it shows none. */
function costIn({ costUsd }: Facts): number | null {
  return costUsd ?? null;
}
