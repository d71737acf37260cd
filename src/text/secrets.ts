import { INVISIBLE, TERMINAL_SEQUENCE } from './safe.ts';

/** What a secret is replaced by; the runner's log uses the same. */
const MASK = '***';
/** Shorter forms, such as pieces of Base64, would match other texts by accident. */
const MIN_FORM_LENGTH = 8;
/** How many characters of a secret must precede an ellipsis to count as its start. */
const MIN_START_LENGTH = 4;
/** How often escapes are undone: a text may arrive escaped twice, and our Markdown escapes it once more. */
const MAX_ROUNDS = 3;

/** The register of values that must not leave this process. */
export interface Secrets {
  /** Registers secrets. Ignores those with fewer than four visible characters: they are in any text. */
  readonly add: (...values: readonly string[]) => void;
  /**
   * Replaces every secret in a text by `***`: as it is, in Base64, split by white space or invisible characters, and in a text that
   * is escaped as a whole, once or twice, for JSON, URLs, HTML or Markdown. Also the start of a secret before an ellipsis.
   */
  readonly redact: (text: string) => string;
}

/** Creates an empty register. `announce` gets each new secret and its Base64 forms: the runner masks them in its log, too. */
export function createSecrets(announce: (form: string) => void): Secrets {
  const known = new Set<string>();
  return {
    add(...values) {
      for (const form of values.flatMap(formsOf)) {
        if (!known.has(form)) announce(form);
        known.add(form);
      }
    },
    redact: (text) => maskSecrets(text, known),
  };
}

/** Returns a secret as it is, without escapes of its own, and inside Base64 and URL-safe Base64. */
function formsOf(secret: string): readonly string[] {
  const plain = secret.replace(UNSEEN, '');
  const bare = readingsOf({ text: plain }).at(-1)?.text ?? plain;
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
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor((bytes.length * 8) / 6);
  return bytes.toString('base64').slice(first, last);
}

/** A part of a text; `end` is exclusive. */
type Span = Readonly<Record<'start' | 'end', number>>;

function maskSecrets(text: string, known: ReadonlySet<string>): string {
  // Most texts have no secret: only the others need the place of each character.
  if (known.size === 0 || !readingsOf({ text }).some((reading) => spansIn(reading.text, known).length > 0))
    return text;
  const places = Array.from({ length: text.length }, (_, at) => ({ start: at, end: at + 1 }));
  const spans = readingsOf({ text, places }).flatMap((reading) =>
    spansIn(reading.text, known).map((span) => placeOf(span, reading.places)),
  );
  let result = '';
  let done = 0;
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start >= done) result += text.slice(done, start) + MASK;
    done = Math.max(done, end);
  }
  return result + text.slice(done);
}

/** Returns where secrets are in a text, and the starts of secrets before an ellipsis. */
function spansIn(text: string, known: ReadonlySet<string>): readonly Span[] {
  const spans: Span[] = [];
  for (const form of known) {
    const first = form.slice(0, MIN_START_LENGTH);
    for (let start = text.indexOf(first); start >= 0; start = text.indexOf(first, start + 1)) {
      let end = start + MIN_START_LENGTH;
      while (end - start < form.length && text[end] === form[end - start]) end += 1;
      if (end - start === form.length || text[end] === '…') spans.push({ start, end });
    }
  }
  return spans;
}

/** A text without escapes and unseen characters, and where each of its characters was in the original. */
interface Reading {
  readonly text: string;
  readonly places?: readonly Span[] | undefined;
}

/** Returns where a part of a reading was in the original. */
function placeOf({ start, end }: Span, places: readonly Span[] = []): Span {
  return { start: places[start]?.start ?? 0, end: places[end - 1]?.end ?? 0 };
}

/** Returns a text without unseen characters, and then with its escapes undone once, twice and so on. */
function readingsOf(original: Reading): Reading[] {
  const shown = original.places
    ? replaceMatches(original, UNSEEN_OUTSIDE_SEQUENCES, () => '')
    : // Needs little memory for the many blanks of a long answer.
      { text: original.text.replace(UNSEEN_OUTSIDE_SEQUENCES, '') };
  const readings = [shown];
  for (let last = readings[0]; last !== undefined && readings.length <= MAX_ROUNDS; last = readings.at(-1)) {
    const next = replaceMatches(last, ESCAPE, charactersOf);
    if (next === last) break;
    readings.push(next);
  }
  return readings;
}

/** Replaces each match in a text. Returns the same object if there is none. */
function replaceMatches(from: Reading, pattern: RegExp, by: (match: RegExpExecArray) => string): Reading {
  const pieces: string[] = [];
  const places: Span[] = [];
  let done = 0;
  const keepUpTo = (end: number): void => {
    pieces.push(from.text.slice(done, end));
    from.places?.slice(done, end).forEach((place) => places.push(place));
  };
  for (const match of from.text.matchAll(pattern)) {
    const characters = by(match);
    keepUpTo(match.index);
    pieces.push(characters);
    done = match.index + match[0].length;
    const place = placeOf({ start: match.index, end: done }, from.places);
    for (let each = 0; from.places && each < characters.length; each += 1) places.push(place);
  }
  if (done === 0) return from;
  keepUpTo(from.text.length);
  return { text: pieces.join(''), places: from.places && places };
}

const UNSEEN = new RegExp(String.raw`(?:\s|${INVISIBLE.source})+`, 'gu');
/** Without the characters that begin and end a terminal sequence: that is removed as a whole. */
const UNSEEN_OUTSIDE_SEQUENCES = new RegExp(
  String.raw`(?:(?![\u0007\u001B])(?:\s|${INVISIBLE.source}))+`,
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
    UNSEEN.source,
  ].join('|'),
  'giu',
);
const NAMES = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }));

/** Returns the visible characters that an escape stands for. */
function charactersOf({ groups = {} }: RegExpExecArray): string {
  const { unit, point, byte, sign, bytes, decimal, hex, name } = groups;
  if (sign !== undefined) return sign.replace(UNSEEN, '');
  if (bytes !== undefined) return Buffer.from(bytes.replaceAll('%', ''), 'hex').toString();
  if (name !== undefined) return NAMES.get(name.toLowerCase()) ?? '';
  const digits = unit ?? point ?? byte ?? hex;
  const code = digits === undefined ? Number(decimal) : Number.parseInt(digits, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code).replace(UNSEEN_OUTSIDE_SEQUENCES, '') : '';
}
