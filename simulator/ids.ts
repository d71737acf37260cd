import { createHash } from 'node:crypto';

/** Makes every id and key of one simulator. The same seed gives the same ones in the same order. */
export interface IdSource {
  /** The next UUID, of version 4, as the server writes one: 32 hexadecimal digits without dashes. */
  uuid(): string;
  /** The next secret: recognizable by its prefix, and too long to be in a text by accident. */
  secret(prefix: string): string;
}

/** An id source that depends on nothing but `seed`. */
export function createIdSource(seed: string): IdSource {
  let count = 0;
  const next = (): string => {
    count += 1;
    return createHash('sha256').update(`${seed}/${count}`).digest('hex');
  };
  return {
    uuid: () => {
      const hex = next();
      return `${hex.slice(0, 12)}4${hex.slice(13, 16)}a${hex.slice(17, 32)}`;
    },
    secret: (prefix) => `${prefix}-${next().slice(0, 40)}`,
  };
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** Whether `text` is a UUID, with or without dashes: the server takes both. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * A UUID as the server writes it, in lower case without dashes; any other id as it is.
 * Source: `OpenHandsUUID` in OpenHands/software-agent-sdk, which is serialized as its `hex`.
 */
export function canonicalId(id: string): string {
  return isUuid(id) ? id.replaceAll('-', '').toLowerCase() : id;
}

/** A UUID with its dashes, as the ids of V1's events are written. */
export function dashed(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
