import { isUuid } from './ids.ts';
import { isRecord, type Json } from './json.ts';
import type { Problem } from './reply.ts';

/** Returns the problems of a value at a location in the body; empty if the value is valid. */
export type Check = (value: Json | undefined, loc: readonly (string | number)[]) => readonly Problem[];

function problem(loc: readonly (string | number)[], msg: string, type: string): readonly Problem[] {
  return [{ loc, msg, type }];
}

/** Accepts a string. */
export const text: Check = (value, loc) =>
  typeof value === 'string' ? [] : problem(loc, 'Input should be a valid string', 'string_type');

/** Accepts a boolean. */
export const flag: Check = (value, loc) =>
  typeof value === 'boolean' ? [] : problem(loc, 'Input should be a valid boolean', 'bool_type');

/** Accepts a string with a UUID. */
export const uuid: Check = (value, loc) =>
  typeof value === 'string' && isUuid(value)
    ? []
    : problem(loc, 'Input should be a valid UUID', 'uuid_parsing');

/** Accepts one of several words. */
export function oneOf(words: readonly string[]): Check {
  return (value, loc) =>
    typeof value === 'string' && words.includes(value)
      ? []
      : problem(loc, `Input should be ${words.map((word) => `'${word}'`).join(' or ')}`, 'enum');
}

/** Also accepts a missing value or null. */
export function optional(check: Check): Check {
  return (value, loc) => (value === undefined || value === null ? [] : check(value, loc));
}

/** Accepts a list of at least `least` valid values. */
export function listOf(check: Check, least = 0): Check {
  return (value, loc) => {
    if (!Array.isArray(value)) return problem(loc, 'Input should be a valid list', 'list_type');
    if (value.length < least) return problem(loc, `List should have at least ${least} item`, 'too_short');
    return value.flatMap((item: Json, index) => check(item, [...loc, index]));
  };
}

/** Accepts an object with valid fields. With `closed`, other fields are problems. */
export function object(fields: Readonly<Record<string, Check>>, closed = false): Check {
  return (value, loc) => {
    if (!isRecord(value)) return problem(loc, 'Input should be a valid dictionary', 'dict_type');
    const inside = Object.entries(fields).flatMap(([name, check]) => check(value[name], [...loc, name]));
    const unknown = closed ? Object.keys(value).filter((name) => !Object.hasOwn(fields, name)) : [];
    return [
      ...inside,
      ...unknown.flatMap((name) =>
        problem([...loc, name], 'Extra inputs are not permitted', 'extra_forbidden'),
      ),
    ];
  };
}

/** Reads a string at a path of nested objects; null if it is missing or not a string. */
export function textOf(value: Json | undefined, ...path: readonly string[]): string | null {
  let current: unknown = value;
  for (const name of path) current = isRecord(current) ? current[name] : undefined;
  return typeof current === 'string' ? current : null;
}

/** Whether a V1 message has pictures. */
export function hasPictures(message: unknown): boolean {
  const content: unknown = isRecord(message) ? message['content'] : undefined;
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  return parts.some((part) => isRecord(part) && part['type'] === 'image');
}

/** Joins the text parts of a V1 message's content. */
export function contentText(message: unknown): string {
  if (!isRecord(message) || !Array.isArray(message['content'])) return '';
  const parts: readonly unknown[] = message['content'];
  return parts
    .flatMap((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : []))
    .join('\n');
}
