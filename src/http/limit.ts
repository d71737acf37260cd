import * as v from 'valibot';

/** The limit of the account behind a 429. An unknown code counts as a rate limit. */
export type Limit = 'rate-limit' | 'concurrency-limit' | 'daily-limit';

/** Source: OpenHands Cloud's answers to a start, which its automations distinguish. */
const CODES = new Map<string, Limit>([
  ['CONCURRENCY_LIMIT_REACHED', 'concurrency-limit'],
  ['DAILY_SANDBOX_LIMIT_REACHED', 'daily-limit'],
  ['daily_conversation_limit_reached', 'daily-limit'],
]);

const Text = v.fallback(v.optional(v.string()), undefined);
const Count = v.fallback(v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), undefined);
const Details = v.object({
  error: Text,
  code: Text,
  limit: Count,
  current: Count,
  used: Count,
  reset_at: Text,
});
const Refusal = v.union([v.object({ detail: Details }), Details]);

/**
 * The refusal of an agent server that runs as many conversations as it may.
 * Source: `ConversationRunLimitExceeded` in OpenHands/software-agent-sdk.
 */
const RunLimit = v.object({ detail: v.pipe(v.string(), v.regex(/\brun (?:limit|capacity)\b/i)) });

/** A limit, and the server's figures for it; empty if the server gave none. */
export interface ReachedLimit {
  readonly limit: Limit;
  readonly figures: string;
}

/** Reads the limit from the body of a 429. */
export function limitIn(body: unknown): ReachedLimit {
  if (v.is(RunLimit, body)) return { limit: 'concurrency-limit', figures: '' };
  const parsed = v.safeParse(Refusal, body);
  if (!parsed.success) return { limit: 'rate-limit', figures: '' };
  const details = 'detail' in parsed.output ? parsed.output.detail : parsed.output;
  const code = [details.code, details.error].find((each) => each !== undefined && CODES.has(each));
  const used = details.used ?? details.current;
  const figures = [
    details.limit !== undefined && `limit ${details.limit}`,
    used !== undefined && `used ${used}`,
    details.reset_at !== undefined && `reset at ${details.reset_at}`,
  ].filter((figure) => typeof figure === 'string');
  return {
    limit: CODES.get(code ?? '') ?? 'rate-limit',
    figures: figures.length === 0 ? '' : `(${figures.join(', ')})`,
  };
}
