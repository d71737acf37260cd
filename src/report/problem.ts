import { CONTEXT_TOO_SMALL } from '../conversation/clock.ts';
import { type AgentFault, linkTo } from '../conversation/conversation.ts';
import type { AgentFailed, Outcome } from '../conversation/outcome.ts';
import type { FailureKind, Problem } from '../conversation/problem.ts';
import { asClause } from '../text/safe.ts';

/** Formats a problem as the one-line error of a failed step: what failed, why, and what to do. */
export function problemLine({ failedTo, because, advice }: Problem): string {
  return `failed to ${failedTo}: ${asClause(because)}. What to do: ${advice}.`;
}

/**
 * Returns the problem of an outcome, or the one behind its bad ending; `undefined` if there is none. `isOver`: the agent is certainly not
 * at work any more.
 */
export function problemIn(outcome: Outcome, isOver = false): Problem | undefined {
  switch (outcome.kind) {
    case 'skipped':
    case 'running':
    case 'succeeded':
      return undefined;
    case 'agent-failed':
      return outcome.problem ?? problemOfEnd(outcome, isOver);
    default:
      return outcome.problem;
  }
}

export const FINISH = 'finish the work';
export const USE_ANOTHER_MODEL = 'use another model with a larger context, or a shorter message';

/** Returns the problem behind the end of a failed agent. `isOver`: as in {@link problemIn}. */
function problemOfEnd(end: AgentFailed, isOver: boolean): Problem {
  const { status, failure, storedEnd, absent, conversation } = end;
  const fault = ON_FAULT[storedEnd?.fault ?? 'agent'];
  const known = {
    ...BAD_ENDINGS[status],
    ...(absent === 'beginning' ? NEVER_BEGAN : storedEnd?.fault === 'model-context' && FORGOTTEN),
  };
  const { because, kind = fault.kind, advice = fault.advice } = known;
  const late = absent === 'reason' ? ', and the deadline passed before the reason arrived' : '';
  return {
    failedTo: FINISH,
    because: because + detailOf(end) + late,
    advice: `${firstAdvice(end, isOver)}${advice}: ${linkTo(conversation)}`,
    kind: failure ?? kind,
  };
}

/** Follows two ways to go on that would start or ask agents without end. */
export const NOT_AFTER_PUSHES = "(neither in a workflow that the agent's pushes start)";

/** What helps if {@link isFoundFailed}: otherwise each later step with the key only finds the same failed conversation. */
const START_AGAIN_AFTER_FAILURE = `to start another conversation, start a new run if the key names the run, or else run the step again with if-exists: restart-failed or another idempotency-key ${NOT_AFTER_PUSHES}`;

/** Whether the step has only found, by its key, a conversation whose agent has failed. */
function isFoundFailed({ status, isFoundByKey }: AgentFailed): boolean {
  return isFoundByKey === true && (status === 'error' || status === 'stuck');
}

/** Returns what comes before the advice of an end. */
function firstAdvice(end: AgentFailed, isOver: boolean): string {
  if (isFoundFailed(end)) return `${START_AGAIN_AFTER_FAILURE}; for this one, `;
  return end.status === 'missing' && !isOver ? CHECK_IF_OVER : '';
}

const NEVER_BEGAN = {
  because: 'the message was accepted, but the agent never started to work on it',
  advice: 'send it again if the conversation does not show it',
};

const FORGOTTEN = { because: CONTEXT_TOO_SMALL };

/** Returns the output `failure-kind`; `undefined` if the step succeeds. */
export function failureKindOf(outcome: Outcome): FailureKind | undefined {
  const problem = problemIn(outcome);
  return problem && (problem.kind ?? 'unknown');
}

/** Returns the reason of an end or, if there is none, the last phase; empty if that says nothing new. */
function detailOf({ status, phase, failure, storedEnd, absent }: AgentFailed): string {
  if (storedEnd?.reason !== undefined) return `: ${storedEnd.reason}`;
  // The phase of an agent that is in error or stuck says no more than the status, unless the agent never began.
  const isRepeated = status === 'stuck' || (status === 'error' && failure === undefined);
  return isRepeated && absent !== 'beginning' ? '' : ` (${phase})`;
}

/** The problem of each bad ending. For an error, {@link ON_FAULT} adds kind and advice. */
const BAD_ENDINGS: Readonly<Record<AgentFailed['status'], Partial<Problem> & Pick<Problem, 'because'>>> = {
  'needs-input': {
    kind: 'needs-input',
    because: 'the agent waits for a person',
    advice:
      'answer the agent in the conversation, or confirm or reject its command, then wait for it in a step with its conversation-id, ' +
      'or with the same idempotency-key, unless if-exists is send or restart. To avoid this, give more detail in the message, or turn off the confirmation mode',
  },
  error: { because: 'the agent or its sandbox ran into an error' },
  stuck: {
    kind: 'agent',
    because: 'the agent is stuck and repeats itself without progress',
    advice: 'see in the conversation what it repeats, then ask for less or give more detail',
  },
  paused: {
    kind: 'paused',
    because: 'the conversation was paused before the agent was done',
    advice: 'resume the conversation, and wait for it in a step with its conversation-id',
  },
  missing: {
    kind: 'sandbox',
    because: 'the conversation or its sandbox is gone',
    advice:
      'run the step again without conversation-id and, unless if-exists restarts it, with another idempotency-key, or delete the conversation, which frees its key; see the conversation',
  },
};

/** A second agent at work on the same task would be worse than none. */
const CHECK_IF_OVER =
  'check whether the agent is still working (a restarted server may not list the conversation yet); if it is not, ';

const SERVICE = {
  kind: 'model',
  advice: "run the step again later (the model's service has problems); see the conversation",
} as const;

/** The kind and the advice for what failed. */
const ON_FAULT: Readonly<Record<AgentFault, Required<Pick<Problem, 'kind' | 'advice'>>>> = {
  agent: { kind: 'agent', advice: 'see what happened in the conversation' },
  server: { kind: 'server', advice: 'see what happened in the conversation, then run the step again later' },
  model: {
    kind: 'model',
    advice:
      'check the model and its key, credit and limits (model, llm-api-key and llm-base-url, or the settings of the account or server); see the conversation',
  },
  'model-context': { kind: 'model', advice: `${USE_ANOTHER_MODEL}; see the conversation` },
  'model-name': {
    kind: 'model',
    advice:
      'check that the provider has this model (model, or the settings of the account or server); see the conversation',
  },
  'model-key': {
    kind: 'model',
    advice:
      'check the key of the model and what it may use (llm-api-key and its secret, or the settings of the account or server); see the conversation',
  },
  'model-credit': {
    kind: 'quota',
    advice: 'add credit to the account that pays for the model; see the conversation',
  },
  'model-limit': {
    kind: 'rate-limit',
    advice: 'run the step again later, or have the limits of the model raised; see the conversation',
  },
  'model-service': SERVICE,
  'model-connection': SERVICE,
  'model-address': {
    kind: 'model',
    advice: "check llm-base-url, as seen from the server's machine; see the conversation",
  },
};
