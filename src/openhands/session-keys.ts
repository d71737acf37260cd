import { Unusable } from './answer.ts';

const SESSION_KEY = /^[A-Za-z0-9._~+/=-]{8,512}$/;
/** No step meets more sandboxes; each key makes everything slower that is shown. */
const MOST_SESSION_KEYS = 500;
/** All together: what takes time is their length. Those of the servers that are known have 43 characters or fewer. */
const MOST_CHARACTERS = 64 * 1024;

/**
 * Gathers the keys of sandboxes that answers carry. `learn` takes those of one answer, and throws {@link Unusable} if
 * one of them is no key, or if the answers together have too many: a key that is none would, as a secret, take other
 * words out of everything that is shown, and one that were ignored would be shown.
 *
 * @param add is told the new keys, those of an answer together.
 */
export function sessionKeys(add: (...keys: readonly string[]) => void): (json: unknown) => void {
  const known = new Set<string>();
  let characters = 0;
  return (json) => {
    const fresh = new Set<string>();
    for (const key of keysIn(json)) {
      if (!SESSION_KEY.test(key)) throw refused('not what a key looks like');
      if (!known.has(key)) fresh.add(key);
      if (known.size + fresh.size > MOST_SESSION_KEYS)
        throw refused('more of them than there can be sandboxes');
    }
    for (const key of fresh) characters += key.length;
    if (characters > MOST_CHARACTERS) throw refused('more of them than there can be sandboxes');
    fresh.forEach((key) => known.add(key));
    add(...fresh);
  };
}

function refused(reason: string): Unusable {
  return new Unusable({ kind: 'unexpected', reason: `session_api_key: ${reason}` });
}

/**
 * The keys where the API has them: in a conversation or a sandbox, alone, in a list or on a page of one. What lies deeper
 * are the words of people and agents.
 * Source: `AppConversation`, `AppConversationPage`, `SandboxInfo` and `SandboxPage` in V1's description,
 * `ConversationInfo` and `ConversationInfoResultSet` in V0's.
 */
function keysIn(json: unknown): readonly string[] {
  const lists = [[json], json, memberOf(json, 'items'), memberOf(json, 'results')];
  return lists.flatMap((list) => {
    if (!Array.isArray(list)) return [];
    const members: readonly unknown[] = list;
    return members.map((each) => memberOf(each, 'session_api_key')).filter(isGiven);
  });
}

function isGiven(key: unknown): key is string {
  return typeof key === 'string' && key !== '';
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return member;
}
