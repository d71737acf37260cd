import type { Head } from './conversation/checks.ts';
import {
  type ApiVersion,
  type Conversation,
  type Facts,
  NO_FACTS,
  type State,
} from './conversation/conversation.ts';
import type { Role } from './conversation/events.ts';
import type { Outcome } from './conversation/outcome.ts';
import type { PatchSize } from './conversation/patch.ts';
import type { Problem } from './conversation/problem.ts';
import type { Round } from './conversation/rounds.ts';
import type { Inputs } from './inputs.ts';
import { type Leftover, leftoverAfter } from './leftover.ts';
import { redactedEvent } from './redacted.ts';
import { type AgentSteps, NO_STEPS, withSteps } from './report/agent-steps.ts';
import type { StepEvent } from './step-event.ts';
import type { World } from './world.ts';

/** An agent as it was seen last: at work, paused, at its end, or not well enough to tell. */
export type AgentSeen = 'at-work' | 'paused' | 'at-rest' | 'unknown';

/** Where the step is: the one answer to that. */
export interface StepRecord {
  /** At the last event, since the start of the step, in milliseconds. */
  readonly elapsedMs: number;
  /** Absent before the step has begun. */
  readonly inputs?: Inputs;
  readonly hasComment: boolean;
  /** Absent until it is known. */
  readonly version?: ApiVersion;
  /** The id that the conversation is asked for, or taken up, by. A server may have chosen another one. */
  readonly chosen?: string;
  readonly conversation?: Conversation;
  readonly role?: Role;
  readonly agent: AgentSeen;
  /** As last seen. */
  readonly facts: Facts;
  readonly steps: AgentSteps;
  /** Why the server is being asked again; `undefined` once something else has happened. */
  readonly retrying: Problem | undefined;
  /** The last state of the start or the wait, in the server's words. */
  readonly phase?: string;
  readonly leftover: Leftover;
  /** The heads of pull requests as last seen, with their checks. */
  readonly heads?: readonly Head[];
  /** The rounds in which this step has sent red checks back; `isDelivered` once the agent has them. */
  readonly rounds: readonly (Round & { readonly isDelivered?: true })[];
  readonly outcome?: Outcome;
  /** The file with the whole answer. */
  readonly answerFile?: string;
  /** What the agent has changed, once it is saved. */
  readonly patch: PatchSize | undefined;
  /** Whether the agent may have got a message after that was saved. */
  readonly isPatchOutdated: boolean;
}

/** Learns what has happened, and how things stand after it and stood before. Nobody asks a sink anything. */
export type Sink = (event: StepEvent, record: StepRecord, before: StepRecord) => void;

/** Keeps the record of a step, and tells the sinks: both get an event without the secrets that are known by then. */
export interface Recorder {
  readonly emit: (event: StepEvent) => void;
  readonly record: () => StepRecord;
}

/**
 * Begins a record.
 *
 * @param startedAt when the step began, the clock's milliseconds.
 */
export function startRecording(
  startedAt: number,
  { clock, runner }: Pick<World, 'clock' | 'runner'>,
  sinks: readonly Sink[],
): Recorder {
  let record = NOTHING_YET;
  return {
    record: () => record,
    emit(told) {
      const event = redactedEvent(told, runner.secrets.redact);
      const before = record;
      record = reduce(before, event, clock.now() - startedAt);
      for (const sink of sinks) sink(event, record, before);
    },
  };
}

/** The record of a step of which nothing has happened yet. */
export const NOTHING_YET: StepRecord = {
  elapsedMs: 0,
  hasComment: false,
  agent: 'at-work',
  facts: NO_FACTS,
  retrying: undefined,
  steps: NO_STEPS,
  rounds: [],
  patch: undefined,
  isPatchOutdated: false,
  leftover: { step: 'over' },
};

/**
 * The record after an event.
 *
 * @param elapsedMs since the start of the step, in milliseconds.
 */
export function reduce(record: StepRecord, event: StepEvent, elapsedMs: number): StepRecord {
  const isAttempt = ATTEMPT.includes(event.kind);
  const retrying = event.kind === 'retrying' ? event.problem : isAttempt ? record.retrying : undefined;
  const after = { ...record, elapsedMs, retrying, ...newsIn(event, record, elapsedMs) };
  return { ...after, leftover: leftoverAfter(after, event) };
}

/** Whether the step has a message for the conversation which has not arrived. */
export function isUnsent({ inputs, role }: StepRecord): boolean {
  const work = inputs?.work;
  return role === 'observer' && (work?.kind === 'start' || work?.message !== undefined);
}

/** What happens between two attempts. */
const ATTEMPT: readonly StepEvent['kind'][] = ['api', 'asking', 'sending', 'refused'];

/** An agent whose end does not end the wait has come to the end of an earlier message. */
const SEEN: Readonly<Record<State['kind'], AgentSeen>> = {
  active: 'at-work',
  ended: 'unknown',
  paused: 'paused',
  doubtful: 'unknown',
  unclear: 'unknown',
  unrecognized: 'unknown',
};

/** What an event changes of what is known. */
function newsIn(event: StepEvent, record: StepRecord, sinceMs: number): Partial<StepRecord> {
  switch (event.kind) {
    case 'begun': {
      const { inputs, hasComment } = event;
      return { inputs, hasComment, role: inputs.work.kind === 'start' ? 'started' : 'observer' };
    }
    case 'chosen':
      return { chosen: event.id };
    case 'api':
      return { version: event.version };
    case 'linked':
      return { conversation: event.conversation };
    case 'found':
      // Who has a message to send looks on until it is delivered.
      return { conversation: event.conversation, role: event.role === 'follow-up' ? 'observer' : event.role };
    case 'delivered':
      // A later message of a step does not change what it had begun with.
      return roundDelivered(record) ?? (record.role === 'observer' ? { role: 'follow-up' } : {});
    case 'checks':
      return { heads: event.heads };
    case 'round':
      return { rounds: [...record.rounds, event.round] };
    case 'start-phase':
      return { phase: `start: ${event.phase}` };
    case 'phase':
      return { ...seenIn(event), phase: event.phase };
    case 'still':
      return seenIn(event);
    case 'steps':
      return { steps: withSteps(record.steps, event, sinceMs) };
    case 'retrying':
    case 'resuming':
      return { agent: 'unknown' };
    case 'at-rest':
      return { agent: 'at-rest' };
    case 'sending':
    case 'others-round':
      return { isPatchOutdated: record.patch !== undefined };
    case 'refused':
      return { isPatchOutdated: false };
    case 'patch-saved':
      return { patch: event.size, isPatchOutdated: false };
    case 'patch-dropped':
      return { patch: undefined, isPatchOutdated: false };
    case 'ended':
      return {
        outcome: event.outcome,
        ...(event.answerFile !== undefined && { answerFile: event.answerFile }),
      };
    default:
      return {};
  }
}

/** What the agent gets in a round changes nothing of what the step has to do with its conversation. */
function roundDelivered({ rounds }: StepRecord): Partial<StepRecord> | undefined {
  const last = rounds.at(-1);
  return last && { rounds: [...rounds.slice(0, -1), { ...last, isDelivered: true }] };
}

function seenIn({
  state = 'doubtful',
  facts,
}: {
  readonly state?: State['kind'];
  readonly facts: Facts;
}): Partial<StepRecord> {
  return { agent: SEEN[state], facts };
}
