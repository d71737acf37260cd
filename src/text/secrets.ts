import { INVISIBLE_FORMATS, TERMINAL_SEQUENCE } from './safe.ts';

/** What a secret is replaced by; the runner's log uses the same. */
const MASK = '***';
/** Shorter forms, such as pieces of Base64, would match other texts by accident. */
const MIN_FORM_LENGTH = 8;
/** How many characters of a secret must precede an ellipsis to count as its start. */
const MIN_START_LENGTH = 4;
/** How often escapes are undone: a text may arrive escaped twice, and our Markdown escapes it once more. */
const MAX_PASSES = 3;

/** A part of a text; `end` is exclusive. */
type Span = Readonly<Record<'start' | 'end', number>>;
/** Returns the parts of a text that are a secret, or the start of one before an ellipsis. They may overlap. */
type Finder = (text: string) => Generator<Span>;

/** The register of values that must not leave this process. */
export interface Secrets {
  /** Registers secrets. Ignores those with fewer than four visible characters: they are in any text. */
  readonly add: (...values: readonly string[]) => void;
  /**
   * Replaces every secret in a text by `***`: as it is, in Base64, split by white space or invisible characters, and in a text that
   * is escaped as a whole, once or twice, for JSON, URLs, HTML or Markdown. Also the start of a secret before an ellipsis.
   */
  readonly redact: (text: string) => string;
  /** Whether {@link Secrets.redact} would change a text. */
  readonly hasSecret: (text: string) => boolean;
}

/** Creates an empty register. `announce` gets each new secret and its Base64 forms: the runner masks them in its log, too. */
export function createSecrets(announce: (form: string) => void): Secrets {
  const known = new Set<string>();
  let finder: Finder | undefined;
  const finderOfKnown = (): Finder => (finder ??= createFinder(known));
  return {
    add(...values) {
      for (const form of values.flatMap(formsOf)) {
        if (known.has(form)) continue;
        announce(form);
        known.add(form);
        finder = undefined;
      }
    },
    redact: (text) => (known.size === 0 ? text : maskSecrets(text, finderOfKnown())),
    hasSecret(text) {
      const find = finderOfKnown();
      return known.size > 0 && readingsOf(text).some((reading) => find(reading).next().done !== true);
    },
  };
}

/** Creates a finder of secrets in their forms. Looks only where the first characters of a form are. */
function createFinder(forms: Iterable<string>): Finder {
  // Longest first.
  const sorted = [...forms].toSorted((one, other) => other.length - one.length);
  const byStart = Map.groupBy(sorted, (form) => form.slice(0, MIN_START_LENGTH));
  // A lookahead, because secrets can overlap.
  const anyStart = new RegExp(`(?=(${[...byStart.keys()].map(RegExp.escape).join('|')}))`, 'g');
  return function* find(text) {
    for (const { index: start, 1: first = '' } of text.matchAll(anyStart)) {
      const candidates = byStart.get(first) ?? [];
      const lengths = candidates.map((form) => lengthAt(start, form, text));
      const length = Math.max(...lengths);
      if (length > 0) yield { start, end: start + length };
    }
  };
}

/** Returns how much of a form is at a place in a text: all of it, or what an ellipsis has left; 0 if neither. */
function lengthAt(start: number, form: string, text: string): number {
  if (text.startsWith(form, start)) return form.length;
  const left = text.slice(start, start + form.length).indexOf('…');
  return left >= MIN_START_LENGTH && text.startsWith(form.slice(0, left), start) ? left : 0;
}

/**
 * Returns the forms in which a secret is looked for: as it is, with its own escapes undone, and inside Base64 and URL-safe Base64. None if
 * it is too short.
 */
function formsOf(secret: string): readonly string[] {
  const plain = secret.replace(ANY_UNSEEN, '');
  const bare = [...readingsOf(plain)].at(-1) ?? plain;
  const base64 = [0, 1, 2].map((offset) => base64Within(secret, offset));
  const urlSafe = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  const others = [bare, ...base64, ...urlSafe].filter((form) => form.length >= MIN_FORM_LENGTH);
  return plain.length < MIN_START_LENGTH ? [] : [plain, ...others];
}

/**
 * Returns the characters that represent a value inside longer Base64, for an offset in a group of three bytes. Leaves out those at
 * either end that also depend on adjacent bytes.
 */
function base64Within(value: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  // A character has 6 bits: those of the value alone begin after the bytes before it, and end with the last whole 6 bits.
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor((bytes.length * 8) / 6);
  return bytes.toString('base64').slice(first, last);
}

/** Returns a text with each secret replaced, also one that only a reading of the text shows. */
function maskSecrets(text: string, find: Finder): string {
  const readings = [...readingsOf(text)];
  let spans: readonly Span[] = [];
  // Searches the last reading first. What is found there is placed in the reading before it, and so on back to the text.
  for (const [at, reading] of [...readings.entries()].reverse()) {
    const all = unionOf([...spans, ...find(reading)]);
    const before = readings[at - 1];
    spans = before === undefined ? placesIn(text, UNSEEN, all) : placesIn(before, ESCAPES, all);
  }
  let result = '';
  let done = 0;
  for (const { start, end } of unionOf(spans)) {
    result += text.slice(done, start) + MASK;
    done = end;
  }
  return result + text.slice(done);
}

/** Returns spans in order, with those that overlap as one. */
function unionOf(spans: readonly Span[]): readonly Span[] {
  const all: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (last === undefined || span.start >= last.end) all.push(span);
    else all[all.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
  }
  return all;
}

/** What is replaced in a text to read it: each match, by these characters. */
interface Replacement {
  readonly pattern: RegExp;
  readonly by: (match: RegExpExecArray) => string;
}

/** Returns a text without unseen characters, and then with its escapes undone once, twice and so on. */
function* readingsOf(text: string): Generator<string> {
  let last = text.replace(UNSEEN.pattern, '');
  yield last;
  for (let round = 0; round < MAX_PASSES; round += 1) {
    const next = replaceMatches(last, ESCAPES);
    if (next === last) return;
    yield next;
    last = next;
  }
}

function replaceMatches(text: string, { pattern, by }: Replacement): string {
  const pieces: string[] = [];
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    pieces.push(text.slice(done, match.index), by(match));
    done = match.index + match[0].length;
  }
  return done === 0 ? text : pieces.join('') + text.slice(done);
}

/** Returns where parts of a text after the replacement were before it. The parts are in order and do not overlap. */
function placesIn(text: string, { pattern, by }: Replacement, parts: readonly Span[]): readonly Span[] {
  // The first and the last character of each part, and where each of these was.
  const edges = parts.flatMap(({ start, end }) => [start, end - 1]);
  const places: Span[] = [];
  /** How many characters the text has lost so far. */
  let lost = 0;
  /** Places the next edges, up to `limit`: at `match` if they are in its replacement, or else where they were. */
  const placeUpTo = (limit: number, match?: Span): void => {
    for (let at = edges[places.length]; at !== undefined && at < limit; at = edges[places.length])
      places.push(match ?? { start: at + lost, end: at + lost + 1 });
  };
  for (const match of parts.length > 0 ? text.matchAll(pattern) : []) {
    const start = match.index;
    const end = start + match[0].length;
    const newStart = start - lost;
    const newEnd = newStart + by(match).length;
    placeUpTo(newStart);
    placeUpTo(newEnd, { start, end });
    lost = end - newEnd;
    if (places.length === edges.length) break;
  }
  placeUpTo(Infinity);
  return parts.map((_part, at) => ({
    start: places[2 * at]?.start ?? 0,
    end: places[2 * at + 1]?.end ?? 0,
  }));
}

/**
 * The most characters of one match: a pattern takes memory for each repetition, and fails for 16 MB of blanks. The rest is the next
 * match.
 */
const MAX_RUN = 1_000;
const UNSEEN_CHARACTERS = String.raw`[\s\p{Cc}${INVISIBLE_FORMATS}]{1,${MAX_RUN}}`;
const ANY_UNSEEN = new RegExp(UNSEEN_CHARACTERS, 'gu');
/** All control characters but those that begin and end a terminal sequence: that is removed as a whole. */
const OTHER_CONTROLS = String.raw`\0-\u0006\u0008-\u001A\u001C-\u001F\u007F-\u009F`;
const UNSEEN_OUTSIDE_SEQUENCES = new RegExp(
  String.raw`[\s${OTHER_CONTROLS}${INVISIBLE_FORMATS}]{1,${MAX_RUN}}`,
  'gu',
);

const ESCAPE = new RegExp(
  [
    // An escape that an ellipsis cut off.
    String.raw`(?:\\u?[0-9a-f]{0,4}|%[0-9a-f]?|&#?[0-9a-z]{0,8}|\u001B\[?[\d;]*)(?=…)`,
    String.raw`\\(?:u(?<unit>[0-9a-f]{4})|u\{(?<point>[0-9a-f]{1,6})\}|x(?<byte>[0-9a-f]{2})|[bfnrt]|(?<sign>[^A-Za-z0-9\u001B]))`,
    String.raw`(?<bytes>(?:%[0-9a-f]{2})+)`,
    String.raw`&(?:#0{0,9}(?<decimal>\d{1,7})|#x0{0,9}(?<hex>[0-9a-f]{1,6})|(?<name>amp|lt|gt|quot|apos));`,
    TERMINAL_SEQUENCE.source,
    UNSEEN_CHARACTERS,
  ].join('|'),
  'giu',
);
const NAMES = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }));

/** Returns the visible characters that an escape stands for. */
function charactersOf({ groups = {} }: RegExpExecArray): string {
  const { unit, point, byte, sign, bytes, decimal, hex, name } = groups;
  if (sign !== undefined) return sign.replace(ANY_UNSEEN, '');
  if (bytes !== undefined) return Buffer.from(bytes.replaceAll('%', ''), 'hex').toString();
  if (name !== undefined) return NAMES.get(name.toLowerCase()) ?? '';
  // Without digits, as in `\n`, the code is NaN, and nothing visible is left.
  const digits = unit ?? point ?? byte ?? hex;
  const code = digits === undefined ? Number(decimal) : Number.parseInt(digits, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code).replace(UNSEEN_OUTSIDE_SEQUENCES, '') : '';
}

const UNSEEN: Replacement = { pattern: UNSEEN_OUTSIDE_SEQUENCES, by: () => '' };
const ESCAPES: Replacement = { pattern: ESCAPE, by: charactersOf };
