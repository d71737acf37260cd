import { createHmac, timingSafeEqual } from 'node:crypto';

import { isSameId } from '../conversation/conversation.ts';
import type { WorkflowEvent } from '../github/event.ts';
import { isLoopbackUrl } from '../http/address.ts';
import type { Inputs } from '../record/inputs.ts';

/** The issue or pull request of a comment. Each conversation has at most one comment there. */
export interface CommentPlace {
  /** `owner/repo`. */
  readonly repository: string;
  readonly issue: number;
}

const MARKER = /<!-- openhands-conversation ([A-Za-z0-9_-]{1,84}) ([0-9a-f]{64}) -->\s*$/;

/**
 * Returns the key that signs markers: the API key. `undefined` if the next run may have another key, as with a server on the
 * runner: then only the author of a comment decides whose it is.
 */
export function signingKeyOf({ apiKey, baseUrl }: Pick<Inputs, 'apiKey' | 'baseUrl'>): string | undefined {
  return apiKey === '' || isLoopbackUrl(baseUrl) ? undefined : apiKey;
}

/**
 * Returns the marker of a conversation's comment: its last line, invisible in Markdown, by which the comment is found again.
 * Only the key's owner can make one. Anybody can copy one, so the comment's author is checked, too.
 */
export function markerOf(id: string, place: CommentPlace, key: string | undefined): string {
  return `<!-- openhands-conversation ${id} ${signatureOf(id, place, key ?? '')} -->`;
}

export function withoutMarker(body: string): string {
  return body.replace(MARKER, '').trimEnd();
}

/** Precedes the marker of a provisional text. Invisible in Markdown. */
const PROVISIONAL = '<!-- no conversation yet -->';

/** Appends the marker as the last line. `isProvisional`: the text is about no conversation yet. */
export function withMarker(text: string, marker: string, isProvisional = false): string {
  return [text.trimEnd(), ...(isProvisional ? [PROVISIONAL] : []), `${marker}\n`].join('\n\n');
}

export function isProvisional(body: string): boolean {
  return withoutMarker(body).endsWith(PROVISIONAL);
}

/** Whether a text ends in a correctly signed marker of any conversation; `undefined` if it ends in no marker. */
export function isSigned(body: string, place: CommentPlace, key: string | undefined): boolean | undefined {
  const [, id, signature = ''] = MARKER.exec(body) ?? [];
  if (id === undefined || key === undefined) return id === undefined ? undefined : true;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(signatureOf(id, place, key)));
}

/** Whether a comment ends in the marker of the conversation. */
export function isMarkedFor(id: string, body: string, place: CommentPlace, key: string | undefined): boolean {
  const [, found = ''] = MARKER.exec(body) ?? [];
  return isSameId(found, id) && isSigned(body, place, key) === true;
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

function signatureOf(id: string, { repository, issue }: CommentPlace, key: string): string {
  // Servers write the same id with or without dashes.
  const canonicalId = id.replaceAll('-', '').toLowerCase();
  const signed = JSON.stringify(['comment', repository.toLowerCase(), issue, canonicalId]);
  return createHmac('sha256', key).update(signed).digest('hex');
}
