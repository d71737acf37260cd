import * as v from 'valibot';

/** The limit of the account that a 429 is about. A code that nobody knows is a plain limit of the rate of requests. */
export type Limit = 'rate-limit' | 'concurrency-limit' | 'daily-limit';

/** Source: what OpenHands Cloud answers to a start, and its automations tell apart. */
const CODES = new Map<string, Limit>([
  ['CONCURRENCY_LIMIT_REACHED', 'concurrency-limit'],
  ['DAILY_SANDBOX_LIMIT_REACHED', 'daily-limit'],
  ['daily_conversation_limit_reached', 'daily-limit'],
]);

const Text = v.fallback(v.optional(v.string()), undefined);
const Count = v.fallback(v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), undefined);
const Told = v.object({
  error: Text,
  code: Text,
  limit: Count,
  current: Count,
  used: Count,
  reset_at: Text,
});
const Refusal = v.union([v.object({ detail: Told }), Told]);

/** An agent server that runs as many conversations as it may. Source: `ConversationRunLimitExceeded` in OpenHands/software-agent-sdk. */
const RunLimit = v.object({ detail: v.pipe(v.string(), v.regex(/\brun (?:limit|capacity)\b/i)) });

/** A limit, and the server's figures of it: empty if it tells none. */
export interface ReachedLimit {
  readonly limit: Limit;
  readonly figures: string;
}

/** The limit that a refusal with status 429 is about, by its body. */
export function limitIn(body: unknown): ReachedLimit {
  if (v.is(RunLimit, body)) return { limit: 'concurrency-limit', figures: '' };
  const parsed = v.safeParse(Refusal, body);
  if (!parsed.success) return { limit: 'rate-limit', figures: '' };
  const told = 'detail' in parsed.output ? parsed.output.detail : parsed.output;
  const code = [told.code, told.error].find((each) => each !== undefined && CODES.has(each));
  const figures = [
    told.limit !== undefined && `limit ${told.limit}`,
    (told.used ?? told.current) !== undefined && `used ${told.used ?? told.current}`,
    told.reset_at !== undefined && `reset at ${told.reset_at}`,
  ].filter((figure) => typeof figure === 'string');
  return {
    limit: CODES.get(code ?? '') ?? 'rate-limit',
    figures: figures.length === 0 ? '' : `(${figures.join(', ')})`,
  };
}
