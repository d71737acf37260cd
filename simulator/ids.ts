import { createHash } from 'node:crypto';

/** Generates all ids and keys of a simulator, in the same sequence each time. */
export interface IdSource {
  /** Returns the next version 4 UUID in the server's format: 32 hexadecimal digits without dashes. */
  uuid(): string;
  /** Returns the next secret: recognizable by its prefix, and too long to appear in a text by accident. */
  secret(prefix: string): string;
}

export function createIdSource(): IdSource {
  let count = 0;
  const next = (): string => {
    count += 1;
    return createHash('sha256').update(`simulator/${count}`).digest('hex');
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

/** Whether `text` is a UUID, with or without dashes: the server accepts both. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * Converts a UUID to the server's format, in lower case without dashes; returns any other id unchanged.
 * Source: `OpenHandsUUID` in OpenHands/software-agent-sdk, which is serialized as its `hex`.
 */
export function canonicalId(id: string): string {
  return isUuid(id) ? id.replaceAll('-', '').toLowerCase() : id;
}

/** Adds dashes to a UUID, as in the ids of V1's events. */
export function dashed(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
