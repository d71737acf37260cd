import type { Usage } from './conversation.ts';

/** The most of what was seen, first and then: servers forget for a while what a conversation has used, or do not know it. */
export function mostUsed(one: Usage, other: Usage): Usage {
  const costs = [one.costUsd, other.costUsd].filter((cost) => cost !== undefined);
  const [tokens] = [other.tokens, one.tokens]
    .filter((each) => each !== undefined)
    .toSorted((a, b) => b.input + b.output - (a.input + a.output));
  return { ...(costs.length > 0 && { costUsd: Math.max(...costs) }), ...(tokens && { tokens }) };
}
