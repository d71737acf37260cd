/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The `page_id` of the next page; null on the last page. */
  readonly next: string | null;
}

/** Returns the page that `page_id` names. On this server it is the index of the page's first item. */
export function pageOf<T>(items: readonly T[], query: URLSearchParams): Page<T> {
  const limit = Number(query.get('limit') ?? 100);
  const from = Math.max(0, Number.parseInt(query.get('page_id') ?? '0', 10) || 0);
  const end = from + limit;
  return { items: items.slice(from, end), next: end < items.length ? String(end) : null };
}
