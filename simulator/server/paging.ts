import { integer } from '../body-checks.ts';
import type { Problem } from '../reply.ts';

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The `page_id` of the next page; null on the last page. */
  readonly next: string | null;
}

/** Reads the `limit` of a query; returns FastAPI's problem if it is out of range. */
export function limitOf(query: URLSearchParams, normal: number, most: number): number | readonly Problem[] {
  const raw = query.get('limit');
  if (raw === null) return normal;
  const value = /^-?\d+$/.test(raw) ? Number(raw) : raw;
  const wrong = integer(value, ['query', 'limit']);
  if (typeof value === 'string' || wrong.length > 0) return wrong;
  if (value < 1)
    return [{ loc: ['query', 'limit'], msg: 'Input should be greater than 0', type: 'greater_than' }];
  if (value > most) {
    return [
      {
        loc: ['query', 'limit'],
        msg: `Input should be less than or equal to ${most}`,
        type: 'less_than_equal',
      },
    ];
  }
  return value;
}

/** Returns the page that `page_id` names. On this server it is the index of the page's first item. */
export function pageOf<T>(items: readonly T[], query: URLSearchParams, limit: number): Page<T> {
  const from = Math.max(0, Number.parseInt(query.get('page_id') ?? '0', 10) || 0);
  const end = from + limit;
  return { items: items.slice(from, end), next: end < items.length ? String(end) : null };
}
