import { shorten, singleLine } from '../text/safe.ts';

/** The values for the placeholders of a template. */
export interface TemplateContext {
  /** The values besides those of the event. `repository` and `server_url` show which addresses are in the repository. */
  readonly github: Readonly<Record<string, string> & Record<'repository' | 'server_url', string>>;
  /** The payload of the event, unchanged. */
  readonly event: unknown;
}

/** The values for a template, or a clause that says why there are none. */
export type ReadContext =
  | { readonly kind: 'context'; readonly context: TemplateContext }
  | { readonly kind: 'refused'; readonly reason: string };

/** A piece of a template: text, or a placeholder with its value. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string; readonly value: unknown };

const MAX_NAME = 80;
const MAX_LIST = 1_000;

/**
 * Matches the special parts of a template: `\{{`, `${{`, and placeholders with their name and end. No part of a name can
 * match twice, so that the time is proportional to the length of the template.
 */
const SPECIAL = /\\\{\{|\$\{\{|\{\{(?<name>(?:(?!\{\{|\}\})[^\r\n])*)(?<end>\}\})?/g;
const OTHER_TAG = /^[#^/>=&{!]/;

/** What is wrong with a placeholder, as the end of a sentence, and the names that exist instead. */
export interface Fault {
  readonly says: string;
  /** Lists the existing names. Called only if they are shown, because that takes time. */
  readonly instead?: () => string;
}

/** Splits a template into pieces, and returns one fault for each wrong name. */
export function readTemplate(
  template: string,
  context: TemplateContext,
): { readonly pieces: readonly Piece[]; readonly faults: readonly Fault[] } {
  const pieces: Piece[] = [];
  const faults = new Map<string, Fault>();
  let at = 0;
  let line = 1;
  for (const match of template.matchAll(SPECIAL)) {
    const before = template.slice(at, match.index);
    at = match.index + match[0].length;
    line += before.split('\n').length - 1;
    pieces.push({ kind: 'text', text: before });
    const { name, end } = match.groups ?? {};
    if (name === undefined) {
      pieces.push({ kind: 'text', text: match[0] === '\\{{' ? '{{' : match[0] });
      continue;
    }
    const found = end === undefined ? { says: 'has no }} on the same line' } : find(name.trim(), context);
    if ('value' in found) pieces.push({ kind: 'value', name: name.trim(), value: found.value });
    else if (!faults.has(name))
      faults.set(name, { ...found, says: `in line ${line}: ${shown(name, end)} ${found.says}` });
  }
  pieces.push({ kind: 'text', text: template.slice(at) });
  return { pieces, faults: [...faults.values()] };
}

function shown(name: string, end = ''): string {
  return `{{ ${singleLine(name, MAX_NAME)} ${end}`.trimEnd();
}

/** Finds the value of a name, or what is wrong with the name. */
function find(name: string, { github, event }: TemplateContext): { readonly value: unknown } | Fault {
  const names = (): string =>
    `the names are github.event.… and github.${Object.keys(github).sort().join(', github.')}`;
  if (OTHER_TAG.test(name)) {
    const rule = 'sections, partials, comments, other delimiters and unescaped tags are not supported';
    return { says: `is not a name: ${rule}`, instead: names };
  }
  let at: unknown = { github: { ...github, event } };
  let path = '';
  for (const part of name.split('.')) {
    if (!has(at, part)) {
      const [known, content] = [path, at];
      return { says: 'is unknown', instead: known === '' ? names : () => contentOf(known, content) };
    }
    const member: unknown = Reflect.get(at, part);
    at = member;
    path = path === '' ? part : `${path}.${part}`;
  }
  return path === 'github'
    ? { says: 'is not a single value', instead: () => contentOf('github', at) }
    : { value: at };
}

/** Whether a value is an object or a list with that own, enumerable member (so not the length of a list). */
function has(value: unknown, member: string): value is object {
  return (
    typeof value === 'object' && value !== null && Object.prototype.propertyIsEnumerable.call(value, member)
  );
}

/** Lists the names that can follow a path. */
function contentOf(path: string, value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return `${path} is ${value === null ? 'null in this event' : `a ${typeof value}`}, which has no parts`;
  const names = Object.keys(value);
  if (names.length === 0) return `${path} is empty`;
  const list = Array.isArray(value)
    ? `0 to ${names.length - 1}`
    : names
        .sort()
        .map((name) => singleLine(name))
        .join(', ');
  return `${path} has ${shorten(list, MAX_LIST)}`;
}
