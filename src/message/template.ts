import { type Fault, type Piece, readTemplate, type TemplateContext } from './placeholders.ts';
import { fenced, markFor, withoutHidden } from './untrusted.ts';

/** The message, or what is wrong with the template. Each reason completes a sentence that begins with its name. */
export type Filled =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** A piece of the message. */
type Part = { readonly text: string } & (
  { readonly kind: 'plain' } | { readonly kind: 'untrusted'; readonly name: string }
);

const LARGEST_MESSAGE_BYTES = 1024 * 1024;
const MAX_REASONS = 10;
const NAME_LESS = 'name single values of the event instead of whole objects';
/** The only value of the `github` context (outside the event) that whoever opens a pull request can choose: the head branch. */
const CHOSEN_BY_ANYBODY = 'github.head_ref';
const GITHUB_SHAPE = /^[\w ./:@+#()[\]-]{1,255}$/;
/** Matches commit hashes and times, which cannot contain words. */
const WORDLESS = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))$/;
/** The shapes of event values that nobody can choose freely on GitHub, by the last part of their name. */
const SHAPES: ReadonlyMap<string, RegExp> = new Map([
  ['login', /^[\w-]{1,60}(?:\[bot\])?$/],
  ['action', /^[a-z_]{1,40}$/],
  ['state', /^[a-z_]{1,40}$/],
  ['conclusion', /^[a-z_]{1,40}$/],
]);
const ADDRESS_PATH = /^\/[\w.~/?#=&%+-]{1,500}$/;

/**
 * Fills in a template. `{{ github.… }}` becomes the value of that name. Numbers, and values into which nobody can write a
 * sentence, are inserted as they are. All other texts, and lists and objects as JSON, are fenced as untrusted, without
 * invisible characters and HTML comments. `null` becomes nothing. `${{` stays, and `\{{` becomes `{{`. Placeholders in
 * values are not filled in.
 */
export function fillTemplate(template: string, context: TemplateContext): Filled {
  const { pieces, faults } = readTemplate(template, context);
  if (faults.length > 0) return { kind: 'refused', reasons: reasonsOf(faults) };
  let parts: readonly Part[];
  try {
    parts = partsOf(pieces, context.github);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // JSON.stringify fails on a value that is nested too deep.
    return refused(`names a value that is nested too deep: ${NAME_LESS}`);
  }
  const text = assembled(parts);
  if (Buffer.byteLength(text) > LARGEST_MESSAGE_BYTES)
    return refused(`gives a message larger than 1 MiB: ${NAME_LESS}`);
  return text.trim() === '' ? refused('gives an empty message') : { kind: 'text', text };
}

function refused(reason: string): Filled {
  return { kind: 'refused', reasons: [reason] };
}

/** Describes the first faults. Names that exist instead are listed once, with the last fault that they apply to. */
function reasonsOf(faults: readonly Fault[]): readonly string[] {
  const first = faults.slice(0, MAX_REASONS).map(({ says, instead }) => ({ says, instead: instead?.() }));
  const reasons = first.map(({ says, instead }, index) => {
    const isLast = !first.slice(index + 1).some((later) => later.instead === instead);
    return instead !== undefined && isLast ? `${says}: ${instead}` : says;
  });
  const more = faults.length - first.length;
  return more > 0 ? [...reasons, `has ${more} more such problems`] : reasons;
}

/** Converts pieces to parts of the message. Stops once the message is too large anyway. */
function partsOf(pieces: readonly Piece[], github: TemplateContext['github']): readonly Part[] {
  const parts: Part[] = [];
  let length = 0;
  for (const piece of pieces) {
    const part: Part =
      piece.kind === 'text' ? { kind: 'plain', text: piece.text } : partOf(piece.name, piece.value, github);
    if (part.text !== '') parts.push(part);
    length += part.text.length;
    if (length > LARGEST_MESSAGE_BYTES) break;
  }
  return parts;
}

function partOf(name: string, value: unknown, github: TemplateContext['github']): Part {
  if (value === null) return { kind: 'plain', text: '' };
  if (typeof value === 'number' || typeof value === 'boolean') return { kind: 'plain', text: String(value) };
  if (typeof value !== 'string') {
    const clean = (_name: string, member: unknown): unknown =>
      typeof member === 'string' ? withoutHidden(member) : member;
    return { kind: 'untrusted', name, text: withoutHidden(JSON.stringify(value, clean, 2)) };
  }
  return isWordless(name, value, github)
    ? { kind: 'plain', text: value }
    : { kind: 'untrusted', name, text: withoutHidden(value) };
}

/** Whether nobody can have written a sentence into a value, so that it is safe to insert it into the template's text. */
function isWordless(name: string, value: string, github: TemplateContext['github']): boolean {
  if (WORDLESS.test(value)) return true;
  const parts = name.split('.');
  if (parts[1] !== 'event') return name !== CHOSEN_BY_ANYBODY && GITHUB_SHAPE.test(value);
  const last = parts.at(-1) ?? '';
  if (last === 'full_name') return value === github.repository;
  if (last === 'html_url') return isAddressIn(`${github.server_url}/${github.repository}`, value);
  return SHAPES.get(last)?.test(value) === true;
}

/** Whether an address is in the repository. Other addresses may contain words that a stranger chose. */
function isAddressIn(repository: string, address: string): boolean {
  const path = address.slice(repository.length);
  return address.startsWith(repository) && (path === '' || ADDRESS_PATH.test(path));
}

/** Joins the parts to one text, with fenced parts on separate lines. */
function assembled(parts: readonly Part[]): string {
  const mark = markFor(parts.filter(({ kind }) => kind === 'untrusted').map(({ text }) => text));
  return parts
    .flatMap((part, index) => {
      const text = part.kind === 'untrusted' ? fenced(part.name, part.text, mark) : part.text;
      const before = parts[index - 1];
      return before !== undefined && needBreak(before, part) ? ['\n', text] : [text];
    })
    .join('');
}

function needBreak(before: Part, after: Part): boolean {
  if (before.kind === 'plain' && after.kind === 'plain') return false;
  const ended = before.kind === 'plain' && before.text.endsWith('\n');
  const begun = after.kind === 'plain' && /^\r?\n/.test(after.text);
  return !ended && !begun;
}
