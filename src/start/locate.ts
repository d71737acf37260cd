import type { Snapshot } from '../port/conversation.ts';
import { isAlive, type KnownPlace, type Place, startsOf } from '../port/place.ts';
import { type Access, lookAt } from '../session/session.ts';

/** A conversation, or the start of one, to look for. */
export interface StartQuery {
  /** The id that was chosen for the conversation. */
  readonly id: string;
  /** Whether other runs may ask for the same id: then only a recent start that may lead to a conversation counts. */
  readonly isShared?: boolean;
  /** The message of the start, for servers that do not report the chosen id. */
  readonly message?: string;
}

/**
 * Finds where a conversation is, or the start of it, by the chosen id. The place is `unreported` at a server that chooses ids itself.
 * An older server does not report the chosen ids of starts: there, the place is `unreported` if a start has the same
 * message, because it may be this one.
 *
 * @throws {ApiFailure} if a request fails.
 */
export async function locate(
  { id, isShared = false, message }: StartQuery,
  { api, signal }: Pick<Access, 'api' | 'signal'>,
): Promise<Place> {
  if (api.choosesIds) return { kind: 'unreported' };
  const look = await lookAt(id, { api, signal });
  if (look.facts !== undefined) return placeOfListed(id, look, { api, signal });
  if (isShared) {
    const recent = startsOf(id, await api.listStarts('recent', signal));
    // A start whose conversation the server may hide counts, too: the caller looks for that conversation before it gives up.
    const alive = recent.find(({ place }) => isAlive(place));
    if (alive !== undefined) return alive.place;
    if (message === undefined) return { kind: 'not-there' };
  }
  // Not only the recent ones, because clocks differ: if a start is overlooked here, the caller asks for it again.
  const newest = await api.listStarts('newest', signal);
  // The starts of a shared id were looked for above.
  const [own] = isShared ? [] : startsOf(id, newest);
  if (own !== undefined) return own.place;
  const withoutId = newest.filter((start) => start.id === undefined);
  const mayBeOwn = message !== undefined && withoutId.some((start) => start.message === message);
  return { kind: mayBeOwn ? 'unreported' : 'not-there' };
}

/**
 * Returns where a listed conversation is. Asks for its messages if its agent may have none.
 *
 * @throws {ApiFailure} if that request fails.
 */
export async function placeOfListed(
  id: string,
  { facts, mayLackMessage, startedBy }: Snapshot,
  { api, signal }: Pick<Access, 'api' | 'signal'>,
): Promise<KnownPlace> {
  const hasMessage = !mayLackMessage || (await api.readMessageCursor(id, signal)).lastMessage !== undefined;
  return {
    kind: hasMessage ? 'created' : 'no-message',
    // The id as the server writes it.
    id: api.conversation(id).id,
    repository: facts?.repository,
    startedBy,
  };
}
