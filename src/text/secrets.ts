import { type Automaton, automatonOf } from './automaton.ts';
import { findSpelled, type Span } from './finder.ts';
import { withoutInvisible } from './spellings.ts';

/** Replaces a secret. The runner's log uses the same three stars. */
const MASK = '***';
/** Shorter pieces of Base64 would match other texts by accident. */
const MIN_BASE64 = 8;
/** A new group of secrets absorbs the previous group unless that is more than four times as large. */
const MERGE_RATIO = 4;

/** The register of values that must not leave this process. It can redact them in a text. */
export interface Secrets {
  /** Registers secrets of the user. Values without visible characters are ignored. */
  readonly add: (...values: readonly string[]) => void;
  /** Registers secrets that a server sent. They may be arbitrary text, even common words. */
  readonly addFromServer: (...values: readonly string[]) => void;
  /**
   * Replaces every secret in an untrusted text by `***`. Finds secrets even if single characters are escaped for JSON, URLs,
   * HTML or Markdown, if line breaks or invisible characters split them, or if they are inside Base64. Redact before you
   * truncate or combine texts: a part of a secret is not recognized.
   */
  readonly redact: (text: string) => string;
  /**
   * Redacts a text of the action's own, in which untrusted parts are redacted already: replaces the user's secrets only. A
   * server could choose its secrets so that redacting them breaks a link, an id or the action's Markdown.
   */
  readonly redactOwn: (text: string) => string;
}

/**
 * Creates an empty register of secrets.
 *
 * @param announce gets each new secret and its Base64 forms, so that the runner masks them in its log, too.
 */
export function createSecrets(announce: (form: string) => void): Secrets {
  const fromUser = createRegister(announce);
  const fromServer = createRegister(announce);
  return {
    add: fromUser.add,
    addFromServer: fromServer.add,
    redact: (text) => masked(text, findSpelled([...fromUser.automata(), ...fromServer.automata()], text)),
    redactOwn: (text) => masked(text, findSpelled(fromUser.automata(), text)),
  };
}

interface Register {
  readonly add: (...values: readonly string[]) => void;
  readonly automata: () => readonly Automaton[];
}

function createRegister(announce: (form: string) => void): Register {
  const known = new Set<string>();
  const groups: { readonly forms: readonly string[]; readonly automaton: Automaton }[] = [];
  return {
    add(...values) {
      let forms = [...new Set(values.flatMap(formsOf))].filter((form) => !known.has(form));
      if (forms.length === 0) return;
      forms.forEach((form) => {
        known.add(form);
        announce(form);
      });
      // Merging keeps the number of groups small, and does not rebuild every automaton for each new secret.
      for (
        let last = groups.at(-1);
        last && last.forms.length <= MERGE_RATIO * forms.length;
        last = groups.at(-1)
      ) {
        forms = [...last.forms, ...forms];
        groups.pop();
      }
      groups.push({ forms, automaton: automatonOf(forms) });
    },
    automata: () => groups.map(({ automaton }) => automaton),
  };
}

function masked(text: string, spans: readonly Span[]): string {
  let result = '';
  let end = 0;
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    if (span.start >= end) result += text.slice(end, span.start) + MASK;
    end = Math.max(end, span.end);
  }
  return result + text.slice(end);
}

/** Returns a secret as it is, and as it looks inside Base64 and URL-safe Base64. */
function formsOf(secret: string): readonly string[] {
  const base64 = [0, 1, 2]
    .map((offset) => base64Within(secret, offset))
    .filter((form) => form.length >= MIN_BASE64);
  return [
    withoutInvisible(secret),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ].filter((form) => form !== '');
}

/**
 * Returns the characters that always represent a value inside longer Base64, given its offset in a group of three bytes.
 * Leaves out those at either end that also depend on adjacent bytes.
 */
function base64Within(value: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor((bytes.length * 8) / 6);
  return bytes.toString('base64').slice(first, last);
}
