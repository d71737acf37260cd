/** Lists the first items of a list, and how many more there are; empty for an empty list. */
export function firstOf<T>(items: readonly T[], limit: number, asText: (item: T) => string): string {
  const more = items.length > limit ? ` and ${items.length - limit} more` : '';
  return items.slice(0, limit).map(asText).join(', ') + more;
}
