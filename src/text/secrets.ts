import { type Automaton, automatonOf } from './automaton.ts';
import { findSpelled, type Span } from './finder.ts';
import { inOnePiece } from './spellings.ts';

/** What stands where a secret stood. The runner's log uses the same three stars. */
const MASK = '***';
/** A shorter piece of Base64 stands in other texts by accident. */
const SHORTEST_BASE64 = 8;
/** Lots of secrets become one if the earlier one is not more than so many times the size of the new one. */
const MERGED_UP_TO = 4;

/** The values that must never be seen outside this process, and the way to take them out of a text. */
export interface Secrets {
  /** Registers secrets that the user has. Values of which nothing is seen are ignored. */
  readonly add: (...values: readonly string[]) => void;
  /** Registers secrets that a server has told, which can be any words. */
  readonly addTold: (...values: readonly string[]) => void;
  /**
   * A text of somebody else's with `***` for every secret, whichever way each of its characters is written: as it is,
   * escaped for JSON, an address, HTML or Markdown, broken up by line breaks or by what is not seen, or within a text in
   * Base64. To be done before the text is cut, or put together with other words: half a secret is not recognized any more.
   */
  readonly redact: (text: string) => string;
  /**
   * The same for our own words, in which texts of others stand that are redacted already: it takes out the user's secrets
   * alone. One that a server has told could be chosen so that a link, an id or our Markdown is broken.
   */
  readonly redactOwn: (text: string) => string;
}

/**
 * Creates an empty register of secrets.
 *
 * @param announce is told each new secret, and what it becomes within a text in Base64, so that the runner can mask them
 *   in its log, too.
 */
export function createSecrets(announce: (form: string) => void): Secrets {
  const own = createRegister(announce);
  const told = createRegister(announce);
  return {
    add: own.add,
    addTold: told.add,
    redact: (text) => masked(text, findSpelled([...own.automata(), ...told.automata()], text)),
    redactOwn: (text) => masked(text, findSpelled(own.automata(), text)),
  };
}

interface Register {
  readonly add: (...values: readonly string[]) => void;
  readonly automata: () => readonly Automaton[];
}

function createRegister(announce: (form: string) => void): Register {
  const known = new Set<string>();
  const lots: { readonly forms: readonly string[]; readonly automaton: Automaton }[] = [];
  return {
    add(...values) {
      let forms = [...new Set(values.flatMap(formsOf))].filter((form) => !known.has(form));
      if (forms.length === 0) return;
      forms.forEach((form) => {
        known.add(form);
        announce(form);
      });
      // So there are few lots, and no secret is taken in again for each one that comes later.
      for (
        let last = lots.at(-1);
        last && last.forms.length <= MERGED_UP_TO * forms.length;
        last = lots.at(-1)
      ) {
        forms = [...last.forms, ...forms];
        lots.pop();
      }
      lots.push({ forms, automaton: automatonOf(forms) });
    },
    automata: () => lots.map(({ automaton }) => automaton),
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

/** A secret as it is and within a text in Base64, or in that for addresses. */
function formsOf(secret: string): readonly string[] {
  const base64 = [0, 1, 2]
    .map((offset) => base64Within(secret, offset))
    .filter((form) => form.length >= SHORTEST_BASE64);
  return [
    inOnePiece(secret),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ].filter((form) => form !== '');
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
