import type { HeadWithChecks, Round } from '../checks/checks.ts';
import type { Clock } from '../conversation/clock.ts';
import { type Facts, type MessageCursor, NO_FACTS } from '../conversation/conversation.ts';
import type { CurrentState, Role } from '../conversation/events.ts';
import type { ChecksResult, Outcome } from '../conversation/outcome.ts';
import type { Problem } from '../conversation/problem.ts';
import type { Runner } from '../github/runner.ts';
import type { PatchSize } from '../patch/patch.ts';
import type { ReviewEvent } from '../review/words.ts';
import { withoutSecrets } from '../text/data.ts';
import { type AgentSteps, NO_STEPS, withSteps } from './agent-steps.ts';
import type { Inputs } from './inputs.ts';
import type { StepEvent } from './step-event.ts';
import { unfinishedWorkAfter, type UnfinishedWorkContext } from './unfinished-work.ts';

/** The agent's state as last seen: working, paused, ended, or unknown. */
export type AgentState = 'at-work' | 'paused' | 'ended' | 'unknown';

/** The current state of the step, in one place. */
export interface StepRecord extends UnfinishedWorkContext {
  /** The time from the start of the step to the last event, in milliseconds. */
  readonly elapsedMs: number;
  /** Absent before the permission check has passed. */
  readonly inputs?: Inputs;
  /** The JSON Schema that the agent's answer must match; absent for none. */
  readonly schema?: string | undefined;
  /** Whether the agent works in a folder of the server's machine instead of a repository. */
  readonly worksInFolder: boolean;
  readonly role?: Role;
  readonly agent: AgentState;
  readonly facts: Facts;
  readonly steps: AgentSteps;
  /** The agent's answers as far as they were read, newest first: each may name pull requests that a later one does not. */
  readonly answers: readonly string[];
  /** The position before the newest message that the step has delivered. */
  readonly messageCursor?: MessageCursor;
  /**
   * Why a request is being retried, why the last look is unconfirmed, what the step looks for that is not there, or that the start
   * stands still; `undefined` after any event but {@link ATTEMPTS}.
   */
  readonly trouble: Problem | undefined;
  /** Like `elapsedMs`, at the last event other than a failed request. */
  readonly lastAnswerMs: number;
  /** The last state of the start or the conversation, in the server's words. */
  readonly phase?: string;
  readonly heads?: readonly HeadWithChecks[];
  /** The rounds in which this step has sent red checks back. */
  readonly rounds: readonly Round[];
  /** The result of the checks, if the budget was spent after them. */
  readonly checks?: ChecksResult;
  /** Whether the step has asked the agent for another answer. */
  readonly hasCorrected: boolean;
  readonly outcome?: Outcome;
  readonly answerFile?: string;
  /** The review of a pull request, once its findings are known. */
  readonly review?: ReviewEvent;
  /** The size of the patch of the agent's changes, once it is saved. */
  readonly patch: PatchSize | undefined;
  /** Whether the agent may have got a message after the patch was saved. */
  readonly isPatchOutdated: boolean;
}

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

export const EMPTY_RECORD: StepRecord = {
  elapsedMs: 0,
  worksInFolder: false,
  agent: 'at-work',
  facts: NO_FACTS,
  trouble: undefined,
  lastAnswerMs: 0,
  steps: NO_STEPS,
  answers: [],
  rounds: [],
  hasCorrected: false,
  patch: undefined,
  isPatchOutdated: false,
  unfinishedWork: { kind: 'over' },
};

/** Returns the record after an event, `elapsedMs` milliseconds after the start of the step. */
export function reduce(record: StepRecord, event: StepEvent, elapsedMs: number): StepRecord {
  const isAttempt = ATTEMPTS.includes(event.kind);
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

/** The server counts as gone after this long without an answer; in a short step, after half of its time. */
const GONE_MS = 60_000;

/** Whether the server counts as gone, `nowMs` milliseconds after the start of the step. */
export function isGoneAt(nowMs: number, { trouble, lastAnswerMs }: StepRecord): boolean {
  const isFailing = trouble?.kind === 'network' || trouble?.kind === 'server';
  return isFailing && nowMs - lastAnswerMs >= Math.min(GONE_MS, nowMs / 2);
}

/** Whether the step has a message for the conversation that is not delivered yet. */
export function isUnsent({ inputs, role }: StepRecord): boolean {
  const work = inputs?.work;
  return role === 'observer' && (work?.kind === 'start' || work?.message !== undefined);
}

/** The events that do not show that the server works. */
const ATTEMPTS: readonly StepEvent['kind'][] = [
  'retrying',
  'api',
  'asking',
  'sending',
  'no-work',
  'budget-spent',
];

/** Returns the agent's state by a look. A look may show an earlier end: only the event `agent-ended` counts. */
function agentIn(state: CurrentState['state']): AgentState {
  if (state === 'active') return 'at-work';
  return state === 'paused' ? 'paused' : 'unknown';
}

/** Returns the parts of the record that an event changes. */
function changesBy(event: StepEvent, record: StepRecord): Partial<StepRecord> {
  switch (event.kind) {
    case 'begun': {
      const { inputs, schema, comment } = event;
      return { inputs, schema, comment, role: inputs.work.kind === 'start' ? 'started' : 'observer' };
    }
    case 'chosen':
      return { chosen: event.id, conversation: undefined };
    case 'hidden':
      return event.isPaused ? { conversation: undefined } : {};
    case 'api':
      return { version: event.version, worksInFolder: event.worksInFolder };
    case 'found': {
      const { conversation, role } = event;
      if (role === undefined) return { conversation, agent: 'unknown' };
      // A step with a message to send only observes until it is delivered.
      const now = role === 'follow-up' ? 'observer' : role;
      // An existing conversation shows its state at the first look.
      return { conversation, role: now, agent: role === 'started' ? 'at-work' : 'unknown' };
    }
    case 'delivered':
      return { agent: 'at-work', messageCursor: event.cursor, ...changesByDelivery(record) };
    case 'checks':
      return { heads: event.heads };
    case 'round':
      return { rounds: [...record.rounds, event.round] };
    case 'start-phase':
      return { phase: `start: ${event.phase}` };
    case 'state':
      return changesByState(event, record);
    case 'steps':
      return { steps: withSteps(record.steps, event) };
    case 'retrying':
    case 'resuming':
      return { agent: 'unknown' };
    case 'agent-ended':
      return { agent: 'ended' };
    case 'budget-spent':
      return { facts: event.facts, ...(event.checks && { checks: event.checks }) };
    case 'answers':
      return { answers: [...event.answers, ...record.answers] };
    default:
      return changesToResults(event, record);
  }
}

/** Returns the changes to the results of the step: patch, review, outcome and answer. */
function changesToResults(event: StepEvent, { patch }: StepRecord): Partial<StepRecord> {
  switch (event.kind) {
    case 'sending':
    case 'round-of-other-step':
      return { isPatchOutdated: patch !== undefined };
    case 'no-work':
      // The agent did not get the message.
      return { isPatchOutdated: false };
    case 'invalid-answer':
      return { hasCorrected: true };
    case 'patch-saved':
      return { patch: event.size, isPatchOutdated: false };
    case 'patch-dropped':
      return { patch: undefined, isPatchOutdated: false };
    case 'reviewed':
      return { review: event };
    case 'ended': {
      const { outcome, answerFile } = event;
      return { outcome, ...(answerFile !== undefined && { answerFile }) };
    }
    default:
      return {};
  }
}

/** Marks the last round as delivered. Without one, the message makes an observer a follow-up. */
function changesByDelivery({ rounds, role }: StepRecord): Partial<StepRecord> {
  const last = rounds.at(-1);
  if (last) return { rounds: [...rounds.slice(0, -1), { ...last, isDelivered: true }] };
  return role === 'observer' ? { role: 'follow-up' } : {};
}

/** After the end of the agent, a look that shows an end is no news. */
function changesByState({ state, facts, phase }: CurrentState, { agent }: StepRecord): Partial<StepRecord> {
  const advice = 'check whether the sandbox comes back';
  const trouble = { failedTo: 'see the agent at work', because: phase, advice, kind: 'sandbox' } as const;
  const isEnded = state === 'ended' && agent === 'ended';
  return {
    agent: isEnded ? agent : agentIn(state),
    facts,
    phase,
    ...(state === 'unconfirmed' && { trouble }),
  };
}
