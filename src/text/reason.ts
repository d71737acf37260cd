import { shorten, singleLine } from './safe.ts';

const MAX_REASON = 500;

/** A session key with its name: in a URL, a header or JSON, escaped or not. Group 1 is all but the value. */
const NAMED_SESSION_KEY =
  /(session[-_]api[-_]key(?:%[0-9a-f]{2}|["'\\\s]){0,12}(?:[:=]|%3a|%3d)(?:%[0-9a-f]{2}|["'\\\s]){0,12})[\w.~+/=%-]{8,}/gi;

/**
 * Converts a reason in a server's words to one short line. Removes session keys with their name, even unknown ones, such as one in
 * the address of a failed request.
 */
export function reasonLine(text: string): string {
  return shorten(singleLine(text).replace(NAMED_SESSION_KEY, '$1***'), MAX_REASON);
}
