import type { Usage } from './conversation.ts';

/** Returns the highest cost and token counts of two looks: servers sometimes report less than before, or nothing, for a while. */
export function mostUsed(one: Usage, other: Usage): Usage {
  const costs = [one.costUsd, other.costUsd].filter((cost) => cost !== undefined);
  const [tokens] = [other.tokens, one.tokens]
    .filter((each) => each !== undefined)
    .toSorted((a, b) => b.input + b.output - (a.input + a.output));
  return { ...(costs.length > 0 && { costUsd: Math.max(...costs) }), ...(tokens && { tokens }) };
}
