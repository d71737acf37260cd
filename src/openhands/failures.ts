import * as v from 'valibot';

import { isLoopbackUrl } from '../http/address.ts';
import { type Limit, type LimitsIn, retryAfterIn } from '../http/limits.ts';
import { CERTIFICATE_CODE, type RequestFailure, UNSAFE_ADDRESS } from '../http/request-failure.ts';
import type { Advise } from '../http/server.ts';
import { memberOf } from '../text/data.ts';
import { matchShape } from './wire.ts';

/** Source: OpenHands Cloud's answers to a start. */
const LIMIT_BY_CODE = new Map<string, Limit>([
  ['CONCURRENCY_LIMIT_REACHED', 'concurrency-limit'],
  ['DAILY_SANDBOX_LIMIT_REACHED', 'daily-limit'],
  ['daily_conversation_limit_reached', 'daily-limit'],
]);

const OptionalText = v.fallback(v.optional(v.string()), undefined);
const OptionalCount = v.fallback(v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), undefined);
const Details = v.object({
  error: OptionalText,
  code: OptionalText,
  limit: OptionalCount,
  current: OptionalCount,
  used: OptionalCount,
  reset_at: OptionalText,
});
const NO_DETAILS: v.InferOutput<typeof Details> = {};
/** An agent server at its limit of conversations has no code. Source: `ConversationRunLimitExceeded` in its SDK. */
const RunLimit = v.object({ detail: v.pipe(v.string(), v.regex(/\brun (?:limit|capacity)\b/i)) });

/**
 * Reads OpenHands' limits. Every 429 is one; with an unknown code, a rate limit. Retry-After may be missing.
 * Source: `RateLimitResult` in OpenHands/OpenHands, enterprise/server/rate_limit.py.
 */
export const openHandsLimits: LimitsIn = ({ status, headers }, body) => {
  const retryAfterMs = retryAfterIn(headers, status === 429);
  if (status !== 429) return { retryAfterMs };
  if (v.is(RunLimit, body)) return { retryAfterMs, limit: 'concurrency-limit' };
  const details = matchShape(Details, memberOf(body, 'detail')) ?? matchShape(Details, body) ?? NO_DETAILS;
  const { code = '', error = '', limit: most, used, current, reset_at: resetAt } = details;
  const limit = LIMIT_BY_CODE.get(code) ?? LIMIT_BY_CODE.get(error) ?? 'rate-limit';
  const figures = Object.entries({ limit: most, used: used ?? current, 'reset at': resetAt }).flatMap(
    ([name, figure]) => (figure === undefined ? [] : `${name} ${figure}`),
  );
  return { retryAfterMs, limit, limitWords: figures.length === 0 ? '' : `(${figures.join(', ')})` };
};

type StatusFailure = 'input' | 'auth' | 'quota' | 'not-found' | 'server' | Limit;
type StatusAdvice = Readonly<Record<StatusFailure, string>>;

/** All other statuses mean a fault of the server. */
const FAILURE_BY_STATUS: Readonly<Record<number, StatusFailure>> = {
  400: 'input',
  401: 'auth',
  402: 'quota',
  403: 'auth',
  404: 'not-found',
  405: 'not-found',
  410: 'not-found',
  422: 'input',
  429: 'rate-limit',
};

const FOR_APP_SERVER: StatusAdvice = {
  input: 'check the inputs of the step, such as repository and branch',
  auth: 'save a valid key of the server (in OpenHands: Settings → API Keys) as the secret that the workflow passes as api-key, such as OPENHANDS_API_KEY',
  quota: 'add credit to the account at the server',
  'not-found':
    'check base-url, which is without the path of a page, and api-version (the server does not support this request)',
  'rate-limit': 'wait a while (the account made too many requests)',
  'concurrency-limit': 'pause or end conversations of the account',
  'daily-limit':
    'wait until the limit is reset (at midnight UTC, if the server names no other time), or have it raised',
  server: 'wait until the server works again',
};
const FOR_AGENT_SERVER: StatusAdvice = {
  ...FOR_APP_SERVER,
  input:
    'check model, llm-api-key, llm-base-url, working-directory and branch, and that api-version is right for the server',
  auth:
    'save the session key of the server (Agent Canvas: LOCAL_BACKEND_API_KEY) as the secret that the workflow passes as ' +
    'api-key, such as OPENHANDS_API_KEY',
  'concurrency-limit': 'wait for other conversations of the server to end, or let it run more at once',
  server: 'see the log of the server, and check working-directory',
};

/** Returns a function that advises users of a kind of server. `listAt`: where its conversations are listed. */
function adviserFor(listAt: (baseUrl: string) => string, byStatus: StatusAdvice): Advise {
  return (failure, { baseUrl, isUnsure }) => {
    const { kind, advice } = adviceFor(failure, baseUrl, byStatus);
    // What failed matters less then.
    const look = `make sure at ${listAt(baseUrl)} that the request has not succeeded anyway`;
    const isOfWorkflow = kind === 'input' || kind === 'not-found';
    return isUnsure
      ? { kind, advice: look, next: 'find' }
      : { kind, advice, next: isOfWorkflow ? 'new-agent' : 'again' };
  };
}

export const adviseForAppServer = adviserFor((baseUrl) => baseUrl, FOR_APP_SERVER);
export const adviseForAgentServer = adviserFor(
  (baseUrl) => `GET ${baseUrl}/api/conversations/search`,
  FOR_AGENT_SERVER,
);

const CHECK_SERVER = 'check the server at base-url';
const OTHER_SERVER = 'check that base-url is an OpenHands server, and that this action is new enough for it';
const NO_LOGIN = 'exempt the API from that login, and check that base-url is not the address of a page';
const NEW_ADDRESS = 'write base-url as the server does, which redirects to the same host';

function adviceFor(
  failure: RequestFailure,
  baseUrl: string,
  byStatus: StatusAdvice,
): Omit<ReturnType<Advise>, 'next'> {
  switch (failure.kind) {
    case 'network':
      return { kind: 'network', advice: adviceForNetwork(failure.code, baseUrl) };
    case 'time-out':
    case 'cut-off':
      return { kind: 'network', advice: CHECK_SERVER };
    case 'status': {
      const kind = failure.limit ?? FAILURE_BY_STATUS[failure.status] ?? 'server';
      return { kind, advice: byStatus[kind] };
    }
    case 'redirect':
      return { kind: 'input', advice: NEW_ADDRESS };
    case 'login':
    case 'page':
      return { kind: 'server', advice: NO_LOGIN };
    case 'not-json':
    case 'unexpected':
    case 'too-large':
    case 'other-file':
      return { kind: 'server', advice: OTHER_SERVER };
  }
}

function adviceForNetwork(code: string, baseUrl: string): string {
  if (code === UNSAFE_ADDRESS)
    return 'check the address that the server gives for its agents (this runner must be able to reach it)';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'check base-url (the server does not speak https)';
  if (CERTIFICATE_CODE.test(code) || /SSL|TLS/.test(code))
    return "check the server's certificate; for your own certificate authority, set NODE_EXTRA_CA_CERTS";
  const proxy = isLoopbackUrl(baseUrl) ? '' : ' (to use a proxy, set HTTPS_PROXY)';
  return `check base-url, and that the server runs and can be reached from this runner${proxy}`;
}
