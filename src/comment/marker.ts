import { createHmac, timingSafeEqual } from 'node:crypto';

import type { WorkflowEvent } from '../github/event.ts';
import { isLoopbackUrl } from '../http/address.ts';
import type { Inputs } from '../inputs/inputs.ts';
import { isSameId } from '../port/conversation.ts';
import { type MarkerContent, markerText, readMarker } from '../text/marker.ts';

/** Where a comment stands: on an issue or pull request, or in a thread of a review. */
export interface CommentPlace {
  /** `owner/repo`. */
  readonly repository: string;
  readonly issue: number;
  /** The id of the first comment of the thread; absent outside of threads. */
  readonly thread?: number;
}

/**
 * Returns the key that signs markers: the API key. `undefined` if the next run may have another key, as with a server on the
 * runner: then only the author of a comment decides whose it is.
 */
export function signingKeyOf({ apiKey, baseUrl }: Pick<Inputs, 'apiKey' | 'baseUrl'>): string | undefined {
  return apiKey === '' || isLoopbackUrl(baseUrl) ? undefined : apiKey;
}

/**
 * Returns a marker: the last line of a comment or a review, invisible in Markdown, by which it is found again. Only the key's
 * owner can make one. Anybody can copy one, so the author is checked, too.
 */
export function markerOf(id: string, place: CommentPlace, key: string | undefined, isEnd = false): string {
  return markerText({ id, isEnd, signature: signatureOf({ id, isEnd }, place, key ?? '') });
}

/** Appends the marker as the last line. */
export function withMarker(text: string, marker: string): string {
  return `${text.trimEnd()}\n\n${marker}\n`;
}

/**
 * Whether a text ends in a correctly signed marker, whatever it marks; `undefined` if it ends in no marker. Without a key, any marker
 * counts: the author decides.
 */
export function isSigned(body: string, place: CommentPlace, key: string | undefined): boolean | undefined {
  const found = readMarker(body);
  if (found === undefined) return undefined;
  if (key === undefined) return true;
  return timingSafeEqual(Buffer.from(found.signature), Buffer.from(signatureOf(found, place, key)));
}

/** Returns what the marker of a comment for this id says; `undefined` if the comment is another's. */
export function readOwnMarker(
  id: string,
  body: string,
  place: CommentPlace,
  key: string | undefined,
): MarkerContent | undefined {
  const found = readMarker(body);
  return found && isSameId(found.id, id) && isSigned(body, place, key) === true ? found : undefined;
}

/**
 * Whether the event is about a comment that this action wrote, with any token: responding to it could start an endless loop.
 * Without a key the signature cannot be checked: then the comment's author decides (`up-to-author`).
 * Comments by the workflow's own token trigger no events.
 * Source: https://docs.github.com/actions/how-tos/write-workflows/choose-when-workflows-run/trigger-a-workflow
 */
export function isAboutOwnComment(
  { comment, issue, repository }: WorkflowEvent,
  key: string | undefined,
): boolean | 'up-to-author' {
  if (comment === undefined || issue === undefined) return false;
  const isOwn = isSigned(comment.body, { repository, issue }, key) ?? false;
  return isOwn && key === undefined ? 'up-to-author' : isOwn;
}

function signatureOf({ id, isEnd }: MarkerContent, { repository, issue }: CommentPlace, key: string): string {
  // Servers write the same id with or without dashes.
  const canonicalId = id.replaceAll('-', '').toLowerCase();
  const signed = ['comment', repository.toLowerCase(), issue, canonicalId, ...(isEnd ? ['end'] : [])];
  return createHmac('sha256', key).update(JSON.stringify(signed)).digest('hex');
}
