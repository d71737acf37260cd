/**
 * What was thrown, read without `instanceof`: errors of the system come from another realm where code runs in a context
 * of its own, as under test.
 */
interface Thrown {
  readonly message: string;
  /** The system's code, such as `ENOENT`; empty if there is none. */
  readonly code: string;
  readonly stack: string;
  readonly cause: unknown;
}

/** What is known of something thrown. */
export function toError(error: unknown): Thrown {
  return {
    message: textAt(error, 'message') || 'unknown reason',
    code: textAt(error, 'code'),
    stack: textAt(error, 'stack'),
    cause: firstCauseOf(error),
  };
}

function textAt(value: unknown, name: string): string {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : '';
}

/** An attempt at several addresses has several causes: the first tells enough. */
function firstCauseOf(error: unknown): unknown {
  const errors = memberOf(error, 'errors');
  return Array.isArray(errors) ? memberOf(errors, '0') : memberOf(error, 'cause');
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return member;
}
