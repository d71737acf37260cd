import { refuse, type Reply } from './reply.ts';

/** Who is let in. */
export type Authorization =
  /** `Authorization: Bearer KEY`, as OpenHands Cloud has it. */
  | { readonly kind: 'bearer'; readonly keys: readonly string[] }
  /** `X-Session-API-Key: KEY`, as a self-hosted server that was started with such a key has it. */
  | { readonly kind: 'session'; readonly key: string }
  /** Any key in either header but one that begins with `wrong`. */
  | { readonly kind: 'open' };

/** The keys that a request came with; empty if it did not. */
export interface Keys {
  readonly bearer: string;
  readonly session: string;
}

/** Reads the keys from a request's headers. */
export function keysOf(headers: Readonly<Record<string, string | undefined>>): Keys {
  const [, bearer = ''] = /^bearer\s+(.+)$/i.exec(headers['authorization'] ?? '') ?? [];
  return { bearer, session: headers['x-session-api-key'] ?? '' };
}

function isAllowed(authorization: Authorization, keys: Keys): boolean {
  switch (authorization.kind) {
    case 'bearer':
      return authorization.keys.includes(keys.bearer);
    case 'session':
      return keys.session === authorization.key;
    case 'open': {
      const key = keys.bearer === '' ? keys.session : keys.bearer;
      return key !== '' && !key.startsWith('wrong');
    }
  }
}

/** The refusal of a request to the API (401), or `undefined` if its key is right. */
export function refuseKeys(authorization: Authorization, keys: Keys): Reply | undefined {
  return isAllowed(authorization, keys) ? undefined : refuse(401, 'Could not validate the API key.');
}
