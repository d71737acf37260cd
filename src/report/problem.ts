import { SEND, START } from '../port/api.ts';
import type { AgentFault } from '../port/conversation.ts';
import { CONTEXT_TOO_SMALL } from '../port/interruption.ts';
import type { AgentFailed, Outcome } from '../port/outcome.ts';
import type { FailureKind, Problem } from '../port/problem.ts';
import { GET_DONE } from '../result/words.ts';
import { asClause } from '../text/safe.ts';

/** Formats a problem as the one-line error of a failed step: what failed, why, and what to do if `advice` says that. */
export function problemLine({ failedTo, because, ...problem }: Problem, advice = problem.advice): string {
  const todo = advice === '' ? '' : ` What to do: ${advice}.`;
  return `failed to ${failedTo}: ${asClause(because)}.${todo}`;
}

/**
 * Returns the problem of an outcome, or the one behind its bad ending; `undefined` if there is none. `isIdle`: the agent is certainly not
 * at work any more.
 */
export function problemIn(outcome: Outcome, isIdle = false): Problem | undefined {
  switch (outcome.kind) {
    case 'skipped':
    case 'running':
    case 'succeeded':
      return undefined;
    case 'agent-failed':
      return outcome.problem ?? problemOfEnd(outcome, isIdle);
    default:
      return outcome.problem;
  }
}

export const FINISH = 'finish the work';
const SAID_BY_STATUS = [FINISH, START, SEND, GET_DONE];

/** Whether what failed says no more than the status, in whose words a page begins. */
export function isSaidByStatus(failedTo: string): boolean {
  return SAID_BY_STATUS.some((each) => failedTo.startsWith(each));
}

export const USE_ANOTHER_MODEL = 'use a shorter message or a model with a larger context';

/** Returns the problem behind the end of a failed agent. `isIdle`: as in {@link problemIn}. */
function problemOfEnd(end: AgentFailed, isIdle: boolean): Problem {
  const { status, absent, isArchived } = end;
  const { because, advice, next, kind } = meaningOf(end);
  const late = absent === 'reason' ? ', and the deadline passed before the reason arrived' : '';
  const mayWork = status === 'missing' && !isIdle && isArchived === undefined;
  return {
    failedTo: FINISH,
    because: because + detailOf(end) + late,
    ...(mayWork ? { advice: CHECK_IF_OVER } : { advice, next }),
    kind,
  };
}

/** What an end means, and what to do then. */
type Meaning = Pick<Problem, 'because' | 'advice'> & Required<Pick<Problem, 'next' | 'kind'>>;

/** Returns what an end means by its status and by what the server says of it. */
function meaningOf(end: AgentFailed): Meaning {
  if (end.status === 'error') return meaningOfError(end);
  const meaning = ON_END[end.status];
  return { ...meaning, kind: end.failure ?? meaning.kind };
}

function meaningOfError({ failure, storedEnd, absent }: AgentFailed): Meaning {
  const fault = storedEnd?.fault ?? 'agent';
  const { advice, next, kind: kindOfFault } = ON_FAULT[fault];
  const kind = failure ?? kindOfFault;
  const hasBegun = absent !== 'beginning';
  const because = hasBegun ? (ON_KNOWN_FAULT.get(fault) ?? ERROR) : NEVER_BEGAN;
  if (kind === 'sandbox') return { because, ...SANDBOX_GONE, kind };
  // The message is not stored.
  if (!hasBegun) return { because, advice: 'send the agent the message again', next: 'tell', kind };
  return { because, advice, next, kind };
}

const UNREACHED_MODEL = "the model's service could not be reached";
const ERROR = 'the agent or its sandbox ran into an error';
const ON_KNOWN_FAULT: ReadonlyMap<AgentFault, string> = new Map([
  ['agent-limit', 'the agent reached its limit of steps'],
  ['server', "the agent's server failed"],
  ['model', 'the request to the model failed'],
  ['model-context', CONTEXT_TOO_SMALL],
  ['model-name', 'the provider does not have this model'],
  ['model-key', "the model's provider refuses the key"],
  ['model-credit', 'the account that pays for the model has no credit left'],
  ['model-limit', 'a limit of the model is reached'],
  ['model-service', "the model's service does not work"],
  ['model-connection', UNREACHED_MODEL],
  ['model-address', UNREACHED_MODEL],
  ['model-pictures', 'the model refuses a picture, which stays in the conversation'],
]);
const NEVER_BEGAN = 'the message was accepted, but the agent never started to work on it';

/** A conversation keeps its sandbox. */
const SANDBOX_GONE = { advice: '', next: 'new-agent' } as const;

/** Returns the output `failure-kind`; `undefined` if the step succeeds. */
export function failureKindOf(outcome: Outcome): FailureKind | undefined {
  const problem = problemIn(outcome);
  return problem && (problem.kind ?? 'unknown');
}

/** Returns the reason of an end or, if there is none, the last phase; empty if that says nothing new. */
function detailOf({ status, phase, failure, storedEnd, absent }: AgentFailed): string {
  if (storedEnd?.reason !== undefined) return `: ${storedEnd.reason}`;
  // The phase of an agent that is in error or stuck says no more than the status, unless the agent never began. Post may not know it.
  const isRepeated = status === 'stuck' || (status === 'error' && failure === undefined);
  return phase === '' || (isRepeated && absent !== 'beginning') ? '' : ` (${phase})`;
}

/** What each end without success means, except `error`: {@link ON_FAULT} has that. */
const ON_END: Readonly<Record<Exclude<AgentFailed['status'], 'error'>, Meaning>> = {
  'needs-input': {
    kind: 'needs-input',
    because: 'the agent is waiting for input',
    advice: 'answer the agent',
    next: 'tell',
  },
  stuck: {
    kind: 'agent',
    because: 'the agent is stuck: it keeps repeating itself',
    advice: 'tell the agent what to do instead',
    next: 'tell',
  },
  paused: {
    kind: 'paused',
    because: 'the conversation was paused before the agent was done',
    advice: '',
    next: 'go-on',
  },
  missing: {
    kind: 'sandbox',
    because: 'the conversation or its sandbox is gone',
    ...SANDBOX_GONE,
  },
};

/** A second agent at work on the same task would be worse than none. */
const CHECK_IF_OVER =
  'make sure that the agent is not working any more before another one starts (a restarted server may not list the conversation yet)';

/**
 * A conversation keeps the model that it has begun with, its key and its address: a message carries none. Source: `agent_settings` of
 * `StartConversationRequest` in OpenHands/software-agent-sdk, and `llm_model` in V1's description.
 */
const OF_MODEL = { kind: 'model', next: 'new-agent' } as const;

const SERVICE = {
  kind: 'model',
  advice: "wait until the model's service works again",
  next: 'go-on',
} as const;

/** What to do about each fault. */
const ON_FAULT: Readonly<Record<AgentFault, Omit<Meaning, 'because'>>> = {
  agent: { kind: 'agent', advice: '', next: 'go-on' },
  'agent-limit': { kind: 'agent', advice: '', next: 'go-on' },
  server: { kind: 'server', advice: 'wait until the server works again', next: 'go-on' },
  model: {
    ...OF_MODEL,
    advice:
      'check the model and its key, credit and limits (model, llm-api-key and llm-base-url, or the settings of the account or server)',
  },
  'model-context': { ...OF_MODEL, advice: USE_ANOTHER_MODEL },
  'model-name': {
    ...OF_MODEL,
    advice: 'check that the provider has this model (model, or the settings of the account or server)',
  },
  'model-pictures': {
    ...OF_MODEL,
    advice: 'remove the picture from the text, or set images: false',
  },
  'model-key': {
    ...OF_MODEL,
    advice:
      'check the key of the model and what it may use (llm-api-key and its secret, or the settings of the account or server)',
  },
  'model-credit': {
    kind: 'quota',
    advice: 'add credit to the account that pays for the model',
    next: 'go-on',
  },
  'model-limit': {
    kind: 'rate-limit',
    advice: 'wait, or have the limits of the model raised',
    next: 'go-on',
  },
  'model-service': SERVICE,
  'model-connection': SERVICE,
  'model-address': {
    ...OF_MODEL,
    advice: "check llm-base-url, as seen from the server's machine",
  },
};
