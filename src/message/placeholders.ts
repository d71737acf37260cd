import { shorten, singleLine } from '../text/safe.ts';

/** What the names in a template stand for. */
export interface TemplateContext {
  /** The values that a template may name besides those of the event. Two of them tell which addresses are the repository's. */
  readonly github: Readonly<Record<string, string> & Record<'repository' | 'server_url', string>>;
  /** The payload of the event, as it came. */
  readonly event: unknown;
}

/** The context, or why there is none: a clause. */
export type ReadContext =
  | { readonly kind: 'context'; readonly context: TemplateContext }
  | { readonly kind: 'refused'; readonly reason: string };

/** A piece of the template: text, or the value of a placeholder. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string; readonly value: unknown };

const LONGEST_NAME = 80;
const LONGEST_LIST = 1_000;

/**
 * What is special in a template: `\{{`, `${{`, and a placeholder with its name and end. No part of a name may be read
 * twice, so that the time is proportional to the length of the template.
 */
const SPECIAL = /\\\{\{|\$\{\{|\{\{(?<name>(?:(?!\{\{|\}\})[^\r\n])*)(?<end>\}\})?/g;
const OTHER_TAG = /^[#^/>=&{!]/;

/** What is wrong with a name: the end of a sentence, and what there is instead. */
export interface Fault {
  readonly says: string;
  /** Found out only if it is shown: to list what there is takes time. */
  readonly instead?: () => string;
}

/** The template in pieces, and what is wrong with each name, once. */
export function readTemplate(
  template: string,
  context: TemplateContext,
): { readonly pieces: readonly Piece[]; readonly faults: readonly Fault[] } {
  const pieces: Piece[] = [];
  const faults = new Map<string, Fault>();
  let at = 0;
  let line = 1;
  const text = (written: string): void => {
    pieces.push({ kind: 'text', text: written });
  };
  for (const match of template.matchAll(SPECIAL)) {
    const before = template.slice(at, match.index);
    at = match.index + match[0].length;
    line += before.split('\n').length - 1;
    text(before);
    const { name, end } = match.groups ?? {};
    if (name === undefined) {
      text(match[0] === '\\{{' ? '{{' : match[0]);
      continue;
    }
    const found =
      end === undefined ? { fault: { says: 'has no }} on the same line' } } : find(name.trim(), context);
    if ('value' in found) pieces.push({ kind: 'value', name: name.trim(), value: found.value });
    else if (!faults.has(name)) {
      const says = `in line ${line}: ${shown(name, end)} ${found.fault.says}`;
      faults.set(name, { ...found.fault, says });
    }
  }
  text(template.slice(at));
  return { pieces, faults: [...faults.values()] };
}

function shown(name: string, end = ''): string {
  return `{{ ${singleLine(name, LONGEST_NAME)} ${end}`.trimEnd();
}

/** The value of a name, or what is wrong with the name. */
function find(
  name: string,
  { github, event }: TemplateContext,
): { readonly value: unknown } | { readonly fault: Fault } {
  const names = (): string =>
    `there are github.event.… and github.${Object.keys(github).sort().join(', github.')}`;
  if (OTHER_TAG.test(name)) {
    const rule = 'sections, partials, comments, other delimiters and unescaped tags are not supported';
    return { fault: { says: `is not a name: ${rule}`, instead: names } };
  }
  let at: unknown = { github: { ...github, event } };
  let path = '';
  for (const part of name.split('.')) {
    if (!has(at, part)) {
      const [known, content] = [path, at];
      const instead = known === '' ? names : (): string => contentOf(known, content);
      return { fault: { says: 'is unknown', instead } };
    }
    const member: unknown = Reflect.get(at, part);
    at = member;
    path = path === '' ? part : `${path}.${part}`;
  }
  return path === 'github'
    ? { fault: { says: 'is not a single value', instead: () => contentOf('github', at) } }
    : { value: at };
}

/** Whether it is an object or a list with that member of its own (the length of a list does not count). */
function has(value: unknown, member: string): value is object {
  return (
    typeof value === 'object' && value !== null && Object.prototype.propertyIsEnumerable.call(value, member)
  );
}

/** What can follow a path. */
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
  return `${path} has ${shorten(list, LONGEST_LIST)}`;
}
