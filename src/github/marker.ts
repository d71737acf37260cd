import { createHmac, timingSafeEqual } from 'node:crypto';

import { isLoopbackUrl } from '../text/loopback.ts';
import type { WorkflowEvent } from './event.ts';

/** Which comment is meant: there is one for each conversation on each issue or pull request. */
export interface CommentPlace {
  /** `owner/repo`. */
  readonly repository: string;
  /** The number of the issue or pull request. */
  readonly issue: number;
}

const MARKER = /<!-- openhands-conversation ([A-Za-z0-9_-]{1,64}) ([0-9a-f]{64}) -->\s*$/;

/**
 * The key that markers are sealed with; `undefined` if it is not one that the next run of the workflow has, too: a server on
 * the machine itself may have none, or another for each job. Then who wrote a comment decides alone.
 */
export function sealKeyOf({ apiKey, baseUrl }: SealSource): string | undefined {
  return apiKey === '' || isLoopbackUrl(baseUrl) ? undefined : apiKey;
}

interface SealSource {
  readonly apiKey: string;
  readonly baseUrl: string;
}

/**
 * The last line of a conversation's comment, which Markdown does not show and by which the comment is found again. Nobody
 * without the key can write one; everybody can copy one, so that who wrote the comment counts, too.
 */
export function markerOf(conversation: string, place: CommentPlace, key: string | undefined): string {
  return `<!-- openhands-conversation ${conversation} ${sealOf(conversation, place, key ?? '')} -->`;
}

/** A text with that marker as its last line. */
export function marked(text: string, marker: string): string {
  return `${text.trimEnd()}\n\n${marker}\n`;
}

/** Stands before the marker of a text that tells of no conversation. Markdown does not show it. */
const VAGUE = '<!-- no conversation yet -->';

/** A text that tells of no conversation: it may take the place of another such text alone. */
export function vague(text: string): string {
  return isVague(text) ? text : `${text.trimEnd()}\n\n${VAGUE}`;
}

/** Whether a text, marked or not, tells of no conversation. */
export function isVague(body: string): boolean {
  return body.replace(MARKER, '').trimEnd().endsWith(VAGUE);
}

/** Whether a comment at that place ends in the marker of that conversation. */
export function isMarkedFor(
  conversation: string,
  body: string,
  place: CommentPlace,
  key: string | undefined,
): boolean {
  const [, id = '', seal = ''] = MARKER.exec(body) ?? [];
  return canonical(id) === canonical(conversation) && isSeal(seal, id, place, key);
}

/**
 * Whether the event is about a comment that this action wrote, with whatever token: an answer to it could go on for ever.
 * Without a key to check the seal by that is up to who wrote it.
 * Events of a comment by the workflow's own token do not even occur.
 * Source: https://docs.github.com/actions/how-tos/write-workflows/choose-when-workflows-run/trigger-a-workflow
 */
export function isAboutOwnComment(
  { comment, issue, repository }: WorkflowEvent,
  key: string | undefined,
): boolean | 'up-to-author' {
  if (comment === undefined || issue === undefined) return false;
  const [, id = '', seal = ''] = MARKER.exec(comment.body) ?? [];
  if (id === '') return false;
  return key === undefined ? 'up-to-author' : isSeal(seal, id, { repository, issue }, key);
}

function isSeal(seal: string, conversation: string, place: CommentPlace, key: string | undefined): boolean {
  if (key === undefined) return true;
  const right = Buffer.from(sealOf(conversation, place, key));
  const given = Buffer.from(seal);
  return given.length === right.length && timingSafeEqual(given, right);
}

function sealOf(conversation: string, { repository, issue }: CommentPlace, key: string): string {
  const sealed = JSON.stringify(['comment', repository.toLowerCase(), issue, canonical(conversation)]);
  return createHmac('sha256', key).update(sealed).digest('hex');
}

/** Servers write the same UUID with and without dashes. */
function canonical(conversation: string): string {
  return conversation.replaceAll('-', '').toLowerCase();
}
