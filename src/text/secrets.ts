/** What stands where a secret stood. The runner's log uses the same three stars. */
const MASK = '***';

/** The values that must never be seen outside this process, and the way to take them out of a text. */
export interface Secrets {
  /**
   * Registers a value as secret, together with the forms in which servers echo one: percent-encoded and Base64.
   * An empty value is ignored.
   */
  readonly add: (value: string) => void;
  /** The text with every registered secret replaced by `***`. */
  redact(text: string): string;
}

/**
 * Creates an empty register of secrets.
 *
 * @param announce is told each form of each new secret, so that the runner can mask it in its log, too.
 */
export function createSecrets(announce: (form: string) => void): Secrets {
  // Longest first: where one secret contains another, no tail of the longer one may remain.
  let forms: readonly string[] = [];
  return {
    add(value) {
      const fresh = formsOf(value).filter((form) => !forms.includes(form));
      if (fresh.length === 0) return;
      forms = [...forms, ...fresh].toSorted((a, b) => b.length - a.length);
      fresh.forEach(announce);
    },
    redact: (text) => forms.reduce((redacted, form) => redacted.replaceAll(form, MASK), text),
  };
}

function formsOf(value: string): readonly string[] {
  if (value === '') return [];
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
  return [...new Set([value, encodeURIComponent(value.toWellFormed()), base64])];
}
