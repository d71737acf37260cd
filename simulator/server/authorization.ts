import { refuse, type Reply } from '../reply.ts';

/** Which requests are authorized. */
export type Authorization =
  /** `Authorization: Bearer KEY`, as on OpenHands Cloud. */
  | { readonly kind: 'bearer'; readonly keys: readonly string[] }
  /** `X-Session-API-Key: KEY`, as on a self-hosted server that was started with such a key. */
  | { readonly kind: 'session'; readonly key: string }
  /** Any key in either header, except one that begins with `wrong`. */
  | { readonly kind: 'open' };

/** The keys of a request; empty if absent. */
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

/** Returns 401 if the key of a request is wrong; `undefined` if it is right. */
export function refuseKeys(authorization: Authorization, keys: Keys): Reply | undefined {
  return isAllowed(authorization, keys) ? undefined : refuse(401, 'Could not validate the API key.');
}
