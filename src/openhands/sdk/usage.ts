import * as v from 'valibot';

import type { Usage } from '../../port/conversation.ts';

const Cost = v.pipe(v.number(), v.finite(), v.minValue(0));
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Source: `MetricsSnapshot` and `TokenUsage` in V1's OpenAPI description. */
const TokenUsage = v.object({
  prompt_tokens: Count,
  completion_tokens: Count,
  cache_read_tokens: v.fallback(Count, 0),
});
/** Only these fields are kept: others can be large, and nobody reads them. */
export const Metrics = v.object({
  accumulated_cost: Cost,
  accumulated_token_usage: v.fallback(v.nullish(TokenUsage), null),
});
type Metrics = v.InferOutput<typeof Metrics>;

/** The metrics of each use of a model so far. Source: `ConversationStats` in OpenHands/software-agent-sdk. */
export const Stats = v.looseObject({
  usage_to_metrics: v.record(v.string(), v.fallback(v.nullable(Metrics), null)),
});

export function usageOfStats({ usage_to_metrics: uses }: v.InferOutput<typeof Stats>): Usage {
  return sumUsage(Object.values(uses).filter((metrics) => metrics !== null));
}

/** Sums up metrics. Leaves out zeros: servers write zero for what they do not know. */
export function sumUsage(metrics: readonly Metrics[]): Usage {
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
