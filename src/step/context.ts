import type { GitHub } from '../github/octokit.ts';
import type { Inputs } from '../inputs/inputs.ts';
import { jobHashOf } from '../inputs/job-hash.ts';
import { clientFor } from '../openhands/client.ts';
import { apiOf, detect } from '../openhands/detect.ts';
import { type Account, ApiFailure, type ConversationApi } from '../port/api.ts';
import { Interruption } from '../port/interruption.ts';
import type { StepRecord } from '../record/record.ts';
import type { Recorder } from '../record/recorder.ts';
import type { StepEvent } from '../record/step-event.ts';
import type { ToReply } from '../replies/replies.ts';
import type { ToReview } from '../review/review.ts';
import type { Tools } from '../session/session.ts';
import { stepIdOf } from '../start/key.ts';
import { toError } from '../text/to-error.ts';
import type { World } from '../world.ts';

/** What a step has before it knows which API the server has. Times are the clock's milliseconds. */
export interface StepContext {
  readonly world: World;
  readonly inputs: Inputs;
  readonly recorder: Recorder;
  readonly startedAt: number;
  readonly deadlineAt: number;
  /** Aborted when the deadline passes or the step is cancelled. */
  readonly signal: AbortSignal;
  /** Aborted when a cancelled step has no more time for its agent. */
  readonly graceSignal: AbortSignal;
  readonly github: GitHub;
  /** The pull request to review, once its head is known. */
  readonly review?: ToReview;
  /** What the agent is told of the thread in which its task was set, once that is read. */
  readonly thread?: string;
  /** The threads of a review to reply in, once they are read. */
  readonly replies?: ToReply;
}

/** What a step has once it knows the server's API. */
export interface ConnectedContext extends StepContext, ServerConnection {}

/** The server's API, and what works with it. */
export interface ServerConnection {
  readonly api: ConversationApi;
  /** The same API for a stop, without pauses between its requests. */
  readonly stoppingApi: ConversationApi;
  /** The account that the idempotency key is bound to; present if there is a key. */
  readonly account?: Account;
  readonly tools: Tools<StepEvent, StepRecord>;
}

/** Returns the JSON Schema that the agent's answer must match: that of the review or the replies, or else of the inputs; `undefined` for none. */
export function answerSchemaOf({ inputs, review, replies }: StepContext): string | undefined {
  return (review ?? replies)?.schema ?? inputs.outputSchema;
}

/** Returns what each message of the step asks of the answer. */
export function askedOfAnswer(context: StepContext): {
  readonly schema: string | undefined;
  readonly asksForResult: boolean;
} {
  return { schema: answerSchemaOf(context), asksForResult: context.inputs.result !== undefined };
}

/** Returns the tag of this step's start, which tells the step from all others, and from its other attempts. */
export function stepTagOf({ runner, workflow: { step, attempt } }: World): string {
  return stepIdOf([...step, attempt], jobHashOf(runner.input));
}

/** Whether the step starts a conversation with an idempotency key. */
export function hasKey({ work }: Inputs): boolean {
  return work.kind === 'start' && work.key !== undefined;
}

/**
 * Finds out which API the server has and, if there is an idempotency key, which account. Asks the server as little as possible: for the
 * account, if there is a key; which API it has, if neither the input nor the address says that; and an agent server what it can do.
 *
 * @param signal ends only this search; the session gets that of the context.
 * @throws {ApiFailure} if the server cannot be read; the signal's reason once aborted.
 */
export async function connect(
  context: StepContext,
  signal: AbortSignal = context.signal,
): Promise<ServerConnection> {
  const { world, inputs, recorder, startedAt, deadlineAt } = context;
  const { work, apiVersion, maxPollMs, poll, onPaused, maxCostUsd, hasNoTools } = inputs;
  const { emit } = recorder;
  let failedAt = -Infinity;
  const http = clientFor(inputs, world, {
    secrets: world.runner.secrets,
    deadlineAt,
    maxBackoffMs: maxPollMs,
    // A conversation of it is named. Only a wait is patient.
    isKnown: poll && work.kind === 'continue',
    onRetry: ({ problem }, waitMs) => {
      if (problem.kind === 'network' || problem.kind === 'server') failedAt = world.clock.now();
      emit({ kind: 'retrying', problem, waitMs });
    },
  });
  const purpose = {
    hasKey: hasKey(inputs),
    ...(work.kind === 'continue'
      ? { id: work.id }
      : {
          needsVersion: work.assignment.workplace?.branch !== undefined,
          needsAgentServer: hasNoTools,
        }),
  };
  const detected = await detect(apiVersion, http, purpose, signal);
  const session = {
    api: detected.api,
    clock: world.clock,
    pace: { maxMs: maxPollMs, random: world.random },
    startedAt,
    deadlineAt,
    // Only agents on the server's own machine are gone with it. Of others, looks tell.
    ...(detected.api.worksInFolder && { agentsGoneAt: () => failedAt }),
    signal: context.signal,
    poll,
    onPaused,
    ...(work.kind === 'start' && work.assignment.workplace && { workplace: work.assignment.workplace }),
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    hasNoTools,
    emit,
  };
  const tools = { session, redact: world.runner.secrets.redact, emit, record: recorder.record };
  return { ...detected, stoppingApi: apiOf(detected.api.version, http.withoutSpacing()), tools };
}

/** Logs the stack of an unexpected error, for runs with debug logging. */
export function logBug(error: unknown, { runner }: Pick<World, 'runner'>): void {
  if (!(error instanceof ApiFailure || error instanceof Interruption)) runner.debug(toError(error).stack);
}
