import { memberOf, textAt } from './data.ts';

/** The properties of a thrown value, read without `instanceof`: in tests, system errors come from another realm. */
export interface Thrown {
  readonly message: string;
  /** The system's error code, such as `ENOENT`; empty if there is none. */
  readonly code: string;
  readonly stack: string;
  readonly cause: unknown;
}

/** The message of what has none. */
export const UNKNOWN_REASON = 'unknown reason';

/** Returns the properties of a thrown value, whatever it is. */
export function toError(error: unknown): Thrown {
  return {
    message: textAt(error, 'message') || UNKNOWN_REASON,
    code: textAt(error, 'code'),
    stack: textAt(error, 'stack'),
    cause: firstCauseOf(error),
  };
}

/** Returns the cause of an error. A connection to several addresses fails for several causes; the first is enough. */
function firstCauseOf(error: unknown): unknown {
  const errors = memberOf(error, 'errors');
  return Array.isArray(errors) ? memberOf(errors, '0') : memberOf(error, 'cause');
}
