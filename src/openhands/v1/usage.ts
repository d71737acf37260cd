import * as v from 'valibot';

import type { Usage } from '../../conversation/conversation.ts';
import { mostUsed } from '../../conversation/usage.ts';
import type { Event } from './events.ts';

const Cost = v.pipe(v.number(), v.finite(), v.minValue(0));
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Source: `MetricsSnapshot` and `TokenUsage` in V1's OpenAPI description. */
const TokenUsage = v.object({
  prompt_tokens: Count,
  completion_tokens: Count,
  cache_read_tokens: v.fallback(Count, 0),
});
/** Only these fields: the result is serialized for comparison, and other fields could be deeply nested. */
export const Metrics = v.object({
  accumulated_cost: Cost,
  accumulated_token_usage: v.fallback(v.nullish(TokenUsage), null),
});
type Metrics = v.InferOutput<typeof Metrics>;

/** The metrics of each use of a model so far. Source: `ConversationStats` in OpenHands/software-agent-sdk. */
export const Stats = v.looseObject({
  usage_to_metrics: v.record(v.string(), v.fallback(v.nullable(Metrics), null)),
});
const StateUpdate = v.variant('key', [
  v.looseObject({ key: v.literal('stats'), value: Stats }),
  v.looseObject({ key: v.literal('full_state'), value: v.looseObject({ stats: Stats }) }),
]);

/** Sums up the usage of all uses of models. */
export function usageInStats({ usage_to_metrics: uses }: v.InferOutput<typeof Stats>): Usage {
  return usageIn(Object.values(uses).filter((metrics) => metrics !== null));
}

/** Sums up metrics. A zero is left out: servers write zero for what they do not know. */
export function usageIn(metrics: readonly Metrics[]): Usage {
  const sum = (count: (each: Metrics) => number | undefined): number =>
    metrics.reduce((total, each) => total + (count(each) ?? 0), 0);
  const costUsd = sum((each) => each.accumulated_cost);
  const input = sum((each) => each.accumulated_token_usage?.prompt_tokens);
  const cached = sum((each) => each.accumulated_token_usage?.cache_read_tokens);
  const output = sum((each) => each.accumulated_token_usage?.completion_tokens);
  return {
    ...(costUsd > 0 && { costUsd }),
    ...(input + output > 0 && { tokens: { input, cached, output } }),
  };
}

/** Returns the highest usage in the events. */
export function highestUsageIn(events: readonly Event[]): Usage {
  return events.map(usageInEvent).reduce(mostUsed, {});
}

function usageInEvent(event: Event): Usage {
  const update = v.safeParse(StateUpdate, event);
  if (!update.success || event.kind !== 'ConversationStateUpdateEvent') return {};
  const { key, value } = update.output;
  return usageInStats(key === 'stats' ? value : value.stats);
}
