import * as v from 'valibot';

import type { AgentFault, StoredEnd } from '../../port/conversation.ts';
import { reasonLine } from '../../text/safe.ts';
import { matchShape } from '../wire.ts';

const Failure = v.looseObject({
  kind: v.literal('ConversationErrorEvent'),
  code: v.string(),
  detail: v.string(),
  classification: v.fallback(v.nullish(v.looseObject({ kind: v.string() })), null),
});

/**
 * The last event of an agent whose server was restarted while it used a tool: there is no `ConversationErrorEvent`. Other errors of tools
 * are for the agent. Source: `event_service.py` in OpenHands/software-agent-sdk, `start`.
 */
const Restarted = v.looseObject({
  kind: v.literal('AgentErrorEvent'),
  error: v.pipe(v.string(), v.regex(/^A restart occurred /)),
});

/** Source: `FailureKind` in OpenHands/software-agent-sdk, without those for which the code says more. */
const FAULT_BY_KIND: ReadonlyMap<string, AgentFault> = new Map([
  ['auth', 'model-key'],
  ['quota', 'model-credit'],
  ['rate_limit', 'model-limit'],
  ['agent_action', 'agent'],
  ['internal', 'server'],
]);
/** A code is the name of the error's class, and all that older servers report. Source: openhands-sdk/openhands/sdk/llm/exceptions. */
const FAULT_BY_CODE: ReadonlyMap<string, AgentFault> = new Map([
  ['LLMAuthenticationError', 'model-key'],
  ['LLMRateLimitError', 'model-limit'],
  ['LLMServiceUnavailableError', 'model-service'],
  ['LLMTimeoutError', 'model-service'],
  // Classes of litellm that the SDK does not convert: a 404 of the model; others, such as 402 and 403.
  ['NotFoundError', 'model-name'],
  ['APIError', 'model'],
]);

/** The code of an agent at its limit of steps. Source: openhands-sdk/openhands/sdk/conversation/impl/local_conversation.py, `run`. */
const LIMIT_CODE = 'MaxIterationsReached';
/** The codes if the model refuses the prompt as too long, and the server cannot shorten it. Seen with agent server 1.58.2. */
const CONTEXT_CODES = ['LLMContextWindowExceedError', 'NoCondensationAvailableException'];

/**
 * Words for refusals that servers report as a limit or an outage, although they are permanent, and for a service that cannot be reached.
 * Seen with agent server 1.58.2, whose events often lack the HTTP status. Gemini reports every limit as an exceeded quota, with a link to its
 * `rate-limits`: the pattern that leaves it out begins with ^, so that the text is read once, not for each place with these words.
 */
const REFUSAL_PATTERNS: readonly (readonly [RegExp, AgentFault])[] = [
  [
    /\binsufficient[ _](?:quota|balance|credits?)\b|\bno credits? (?:is |are )?left\b|\bcredit balance is too low\b|\bbilling_error\b/i,
    'model-credit',
  ],
  [/^(?![^]*\brate-limits\b)[^]*\bexceeded your current quota\b/i, 'model-credit'],
  [/\b(?:code|status|HTTP)\W{0,3}402\b|payment required/i, 'model-credit'],
  [/\bmissing (?:credentials|\w+ api key)\b|illegal header value b'bearer/i, 'model-key'],
  [/\b(?:code|status|HTTP)\W{0,3}403\b|permission.?denied|does not have access/i, 'model-key'],
  [/\bconnection (?:error|refused|reset)\b|\bcannot connect to host\b/i, 'model-connection'],
];

/**
 * Faults behind which a refused picture may be: such as one that is broken, or any with a model that sees none. LiteLLM reports that of
 * Bedrock as an outage. A limit can be one of pictures.
 */
const MAY_BE_PICTURES: readonly AgentFault[] = ['model', 'model-name', 'model-service'];
/** Not in the name of a model, such as `gpt-image-1`. */
const NAMES_PICTURE = /(?<![\w-])images?(?![a-z\d-])/i;

/** Why a conversation failed, in the server's words, and what failed. */
export type FailureReason = Pick<StoredEnd, 'reason' | 'fault'>;

/** Leaves out each failure that only repeats the one before it: agent server 1.58.2 stores some twice. `events`: newest first. */
export function withoutRepeated<E extends { readonly kind: string }>(events: readonly E[]): readonly E[] {
  const telling = events.filter(({ kind }) => kind !== 'ConversationStateUpdateEvent');
  const reasons = telling.map((event) => faultIn(event).reason);
  const repeated = telling.filter((_, at) => reasons[at] !== undefined && reasons[at] === reasons[at + 1]);
  return repeated.length === 0 ? events : events.filter((event) => !repeated.includes(event));
}

/** Returns why the conversation failed; empty if the event does not say. A refusal in the model service's words counts most. */
export function faultIn(event: unknown): FailureReason {
  const restarted = matchShape(Restarted, event);
  if (restarted !== undefined) return { reason: reasonLine(restarted.error), fault: 'server' };
  const failure = matchShape(Failure, event);
  if (failure === undefined) return {};
  const { code, detail, classification } = failure;
  const { kind = '' } = classification ?? {};
  const fault = classifiedFault(code, kind);
  return { reason: reasonLine(`${code}: ${detail}`), fault: refusalIn(detail, fault) ?? fault };
}

/** Returns what failed by the words of the model's service, if they say more than the classification. */
function refusalIn(detail: string, fault: AgentFault): AgentFault | undefined {
  if (!fault.startsWith('model')) return undefined;
  const [, found] = REFUSAL_PATTERNS.find(([words]) => words.test(detail)) ?? [];
  const isOfPicture = MAY_BE_PICTURES.includes(fault) && NAMES_PICTURE.test(detail);
  return found ?? (isOfPicture ? 'model-pictures' : undefined);
}

function classifiedFault(code: string, kind: string): AgentFault {
  // First, because newer servers call these an outcome of the agent, or unknown.
  if (CONTEXT_CODES.includes(code)) return 'model-context';
  if (code === LIMIT_CODE) return 'agent-limit';
  const likely = kind === 'transient' ? 'model-service' : code.startsWith('LLM') ? 'model' : 'agent';
  return FAULT_BY_KIND.get(kind) ?? FAULT_BY_CODE.get(code) ?? likely;
}
