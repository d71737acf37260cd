import { shorten, singleLine } from '../text/safe.ts';
import { withoutHidden } from '../text/without-hidden.ts';
import type { Commanded } from './command.ts';
import { fence, fenceTask, tagFor } from './fence.ts';

/** The values for the placeholders of a template. */
export interface TemplateContext {
  /** The values besides those of the event. `repository` and `server_url` show which addresses are in the repository. */
  readonly github: Readonly<Record<string, string> & Record<'repository' | 'server_url', string>>;
  /** The payload of the event, unchanged; `undefined` if it cannot be read. */
  readonly event: unknown;
  /** Present if the event's comment begins with the command of the step: its placeholder then stands for the text after it. */
  readonly commanded?: Commanded;
}

/** The message, or what is wrong with the template. A hint is a whole sentence; before a reason, the caller puts the template's name. */
type Filled = FilledTemplate | { readonly reasons: readonly string[]; readonly hints: readonly string[] };

export interface FilledTemplate {
  readonly message: string;
  /** The message without fences, for people. */
  readonly plain: string;
  /** The fenced values, each once. */
  readonly inserted: readonly Inserted[];
}

/** A value that a template has inserted. */
export interface Inserted {
  /** The name of its placeholder, such as `github.event.issue.body`. */
  readonly name: string;
  readonly text: string;
  /** The login of who has set it as a task; absent if it is untrusted. */
  readonly by?: string;
}

/** A piece of the message. A value that is fenced has a `name`; if it is a task, also the login of who has set it. */
interface Part {
  readonly text: string;
  readonly name?: string;
  readonly by?: string;
}

const MAX_MESSAGE_BYTES = 1024 * 1024;
/** How many wrong placeholders an error lists. */
const MAX_FAULTS = 10;
const MAX_NAME_CHARACTERS = 80;
const MAX_LIST_CHARACTERS = 1_000;

/**
 * Matches the special parts of a template: `\{{`, `${{`, and placeholders with their name and end. No part of a name can match
 * in two ways, so the time grows only with the length of the template.
 */
const SPECIAL = /\\\{\{|\$\{\{|\{\{(?<name>(?:(?!\{\{|\}\})[^\r\n])*)(?<end>\}\})?/g;

/**
 * Fills in a template. Numbers, and values that cannot contain a sentence, are inserted as they are. All others are fenced as
 * untrusted, lists and objects as JSON. `null` becomes nothing. Placeholders in values are not filled in.
 */
export function fillTemplate(template: string, context: TemplateContext): Filled {
  const parts: Part[] = [];
  const faults = new Map<string, string>();
  const hints = new Set<string>();
  // The position and the line in the template, and the length of the parts.
  let [at, line, length] = [0, 1, 0];
  const add = (part: Part): void => {
    if (part.text !== '') parts.push(part);
    length += part.text.length;
  };
  for (const match of template.matchAll(SPECIAL)) {
    const before = template.slice(at, match.index);
    at = match.index + match[0].length;
    line += before.split('\n').length - 1;
    add({ text: before });
    const { name, end = '' } = match.groups ?? {};
    if (name === undefined) {
      // `\{{` stands for `{{`. GitHub's own `${{` stays.
      add({ text: match[0] === '\\{{' ? '{{' : match[0] });
      continue;
    }
    const found = findValue(name.trim(), end, context);
    if ('value' in found) {
      // A message that is too large anyway is not built.
      if (length <= MAX_MESSAGE_BYTES) add(partOf(name.trim(), found.value, context));
    } else if (!faults.has(name)) {
      if (faults.size === MAX_FAULTS) break;
      const shown = `{{ ${singleLine(name, MAX_NAME_CHARACTERS)} ${end}`.trimEnd();
      faults.set(name, `in line ${line}: ${shown} ${found.says}`);
      if (found.hint !== undefined) hints.add(found.hint);
    }
  }
  add({ text: template.slice(at) });
  return faults.size > 0 ? { reasons: [...faults.values()], hints: [...hints] } : messageOf(parts);
}

/** Returns the names of all placeholders in a template, wrong ones too. */
export function placeholdersIn(template: string): ReadonlySet<string> {
  return new Set([...template.matchAll(SPECIAL)].map(({ groups }) => (groups?.['name'] ?? '').trim()));
}

const NO_EVENT = 'needs the event of the run: the file at GITHUB_EVENT_PATH cannot be read';
const TOO_LARGE =
  'gives a message larger than 1 MiB: name single values of the event instead of whole objects';

/**
 * Finds the value of a name; or what is wrong with it, as the end of a sentence, and what the template could name instead. `end`: the `}}`
 * behind the name; empty if it is missing.
 */
function findValue(
  name: string,
  end: string,
  { github, event }: TemplateContext,
): { readonly value: unknown } | { readonly says: string; readonly hint?: string } {
  if (end === '') return { says: 'has no }} on the same line' };
  if (name === 'github') return { says: 'is not a single value', hint: hintOf(github) };
  if (event === undefined && /^github\.event(?:\.|$)/.test(name))
    return { says: 'is unknown', hint: NO_EVENT };
  let value: unknown = { github: { ...github, event } };
  let path = '';
  for (const part of name.split('.')) {
    if (!hasMember(value, part)) {
      const hint = path === '' || path === 'github' ? hintOf(github) : `${path} has ${namesIn(value)}`;
      return { says: 'is unknown', hint };
    }
    const member: unknown = Reflect.get(value, part);
    value = member;
    path = path === '' ? part : `${path}.${part}`;
  }
  return { value };
}

/** Lists what a template can name. */
function hintOf(github: TemplateContext['github']): string {
  return `there are github.event.… and github.${Object.keys(github).sort().join(', github.')}`;
}

/** Whether a value is an object or a list with that own, enumerable member (so not the length of a list). */
function hasMember(value: unknown, member: string): value is object {
  return (
    typeof value === 'object' && value !== null && Object.prototype.propertyIsEnumerable.call(value, member)
  );
}

function namesIn(value: unknown): string {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const list = names.sort().map((name) => singleLine(name));
  return shorten(list.join(', '), MAX_LIST_CHARACTERS) || 'nothing';
}

function partOf(name: string, value: unknown, { github, commanded }: TemplateContext): Part {
  if (commanded?.name === name) return commanded;
  if (value === null) return { text: '' };
  if (typeof value === 'number' || typeof value === 'boolean') return { text: String(value) };
  if (typeof value === 'string')
    return isWordless(name, value, github) ? { text: value } : { name, text: withoutHidden(value) };
  const clean = (_name: string, member: unknown): unknown =>
    typeof member === 'string' ? withoutHidden(member) : member;
  return { name, text: withoutHidden(JSON.stringify(value, clean, 2)) };
}

/** The one value of `github`, outside the event, that the author of a pull request can choose: the head branch. */
const CHOSEN_BY_ANYBODY = 'github.head_ref';
/** What the other values of `github` look like, such as names, refs and addresses. */
const GITHUB_SHAPE = /^[\w ./:@+#()[\]-]{1,255}$/;
/** Matches commit hashes and times, which cannot contain words. */
const WORDLESS = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))$/;
/** The shapes of event values that nobody can choose freely, by the last part of their name. */
const SHAPES: ReadonlyMap<string, RegExp> = new Map([
  ['login', /^[\w-]{1,60}(?:\[bot\])?$/],
  ['action', /^[a-z_]{1,40}$/],
  ['state', /^[a-z_]{1,40}$/],
  ['conclusion', /^[a-z_]{1,40}$/],
]);
/** The rest of an address in the repository. Other addresses may contain words that a stranger chose. */
const ADDRESS_PATH = /^(?:\/[\w.~/?#=&%+-]{1,500})?$/;

/** Whether nobody can have written a sentence into a value, so that it is safe to insert it into the template's text. */
function isWordless(name: string, value: string, github: TemplateContext['github']): boolean {
  if (WORDLESS.test(value)) return true;
  const parts = name.split('.');
  if (parts[1] !== 'event') return name !== CHOSEN_BY_ANYBODY && GITHUB_SHAPE.test(value);
  const last = parts.at(-1) ?? '';
  // Whoever made another repository, such as a fork, chose its name.
  if (last === 'full_name') return value === github.repository;
  const own = `${github.server_url}/${github.repository}`;
  if (last === 'html_url') return value.startsWith(own) && ADDRESS_PATH.test(value.slice(own.length));
  return SHAPES.get(last)?.test(value) === true;
}

/** Joins the parts to the message, with fenced parts on separate lines. */
function messageOf(parts: readonly Part[]): Filled {
  const tag = tagFor(parts.filter(({ name }) => name !== undefined).map(({ text }) => text));
  let message = '';
  // As if a line had ended: the message does not begin with an empty one.
  let before: Part = { text: '\n' };
  for (const part of parts) {
    if (needsBreak(before, part)) message += '\n';
    message += fencedTextOf(part, tag);
    before = part;
  }
  if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) return { reasons: [TOO_LARGE], hints: [] };
  if (message.trim() === '') return { reasons: ['gives an empty message'], hints: [] };
  const inserted = parts.flatMap(({ name, ...part }) => (name === undefined ? [] : { name, ...part }));
  const plain = parts.map(({ text }) => text).join('');
  return { message, plain, inserted: [...new Map(inserted.map((each) => [each.name, each])).values()] };
}

function fencedTextOf({ text, name, by }: Part, tag: string): string {
  if (name === undefined) return text;
  return by === undefined ? fence(name, text, tag) : fenceTask(by, text, tag);
}

/** Whether a line break is missing between two parts: a fence needs one before and after it. */
function needsBreak(before: Part, after: Part): boolean {
  if (before.name === undefined && after.name === undefined) return false;
  const ended = before.name === undefined && before.text.endsWith('\n');
  const begun = after.name === undefined && /^\r?\n/.test(after.text);
  return !ended && !begun;
}
