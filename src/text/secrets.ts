import { visible } from './safe.ts';

/** What stands where a secret stood. The runner's log uses the same three stars. */
const MASK = '***';
/** A shorter piece of Base64 stands in other texts by accident. */
const SHORTEST_BASE64 = 8;
/** Between two lines of Base64, as in mail (76 characters) and PEM (64): what one ends with may go on in the next. */
const BASE64_BREAK = /\r?\n(?<=[A-Za-z0-9+/]{64}\r?\n)(?=[A-Za-z0-9+/])/g;
/** What encoders escape, and others leave as it is. */
const PUNCTUATION = /[^A-Za-z0-9]/g;

/** The values that must never be seen outside this process, and the way to take them out of a text. */
export interface Secrets {
  /**
   * Registers values as secret, together with the forms in which they may come back: escaped for JSON, an address, HTML or
   * Markdown, and within any text that is encoded in Base64, in lines, too. Empty values are ignored.
   */
  readonly add: (...values: readonly string[]) => void;
  /**
   * The text with every registered secret replaced by `***`. Where invisible characters or line breaks hide a secret,
   * they are taken out of the whole text. To be done before a text is cut: half a secret is not recognized any more.
   */
  readonly redact: (text: string) => string;
}

/**
 * Creates an empty register of secrets.
 *
 * @param announce is told each form of each new secret, so that the runner can mask it in its log, too.
 */
export function createSecrets(announce: (form: string) => void): Secrets {
  const forms = new Set<string>();
  // Longest first: where one secret contains another, no tail of the longer one may remain.
  let ordered: readonly string[] = [];
  const replaceForms = (text: string): string =>
    ordered.reduce((redacted, form) => redacted.replaceAll(form, MASK), text);
  const replace = (text: string): string => {
    const redacted = replaceForms(text);
    const joined = redacted.replace(BASE64_BREAK, '');
    const joinedRedacted = joined === redacted ? joined : replaceForms(joined);
    return joinedRedacted === joined ? redacted : joinedRedacted;
  };

  return {
    add(...values) {
      const fresh = values.flatMap(formsOf).filter((form) => !forms.has(form));
      if (fresh.length === 0) return;
      new Set(fresh).forEach((form) => {
        forms.add(form);
        announce(form);
      });
      ordered = [...forms].toSorted((a, b) => b.length - a.length);
    },
    redact(text) {
      const redacted = replace(text);
      const seen = visible(redacted);
      const seenRedacted = replace(seen);
      return seenRedacted === seen ? redacted : seenRedacted;
    },
  };
}

/** Ways to write punctuation. Whatever is escaped otherwise in one text is escaped so in another. */
const ESCAPES: readonly ((sign: string) => string)[] = [
  (sign) => `\\${sign}`,
  (sign) => `%${hex(sign, 2).toUpperCase()}`,
  (sign) => `%${hex(sign, 2)}`,
  (sign) => `\\u${hex(sign, 4)}`,
  (sign) => `\\u${hex(sign, 4).toUpperCase()}`,
  (sign) => `&#${sign.charCodeAt(0)};`,
  (sign) => `&#x${hex(sign, 2)};`,
];
const NAMED_IN_HTML: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

function hex(sign: string, digits: number): string {
  return sign.charCodeAt(0).toString(16).padStart(digits, '0');
}

function formsOf(value: string): readonly string[] {
  if (value === '') return [];
  const percent = encodeURIComponent(value.toWellFormed());
  const base64 = [0, 1, 2]
    .map((offset) => base64Within(value, offset))
    .filter((form) => form.length >= SHORTEST_BASE64);
  return [
    ...new Set([
      value,
      JSON.stringify(value).slice(1, -1),
      percent,
      percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
      ...ESCAPES.map((escape) => value.replace(PUNCTUATION, escape)),
      value.replace(/[&<>"']/g, (sign) => NAMED_IN_HTML.get(sign) ?? sign),
      ...base64,
      ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    ]),
  ];
}

/**
 * The characters that a value always has inside of a longer text in Base64, by where it begins in a group of three
 * bytes: those at either end that its neighbors have a part in are left out.
 */
function base64Within(value: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor((bytes.length * 8) / 6);
  return bytes.toString('base64').slice(first, last);
}
