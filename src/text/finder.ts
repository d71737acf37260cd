import type { Automaton } from './automaton.ts';
import { mayBeUnseen, mayEscape, type Spelling, spellingsAt, unseenAt } from './spellings.ts';

/** A part of a text, its end excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What was read: `length` characters of a word, from there to there in the text; and what was read before. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly before: Stretch | undefined;
}

/** A way to have read the text up to a place: as it is written since `from`, and as something else before that. */
interface Reader {
  state: number;
  from: number;
  before: Stretch | undefined;
}

/**
 * Finds words in a text, each character of them in any of its spellings, whatever the others are in. The time that it takes
 * is in proportion to the text, however many words the automata have.
 *
 * @returns the spans of the words, in no order; they may overlap.
 */
export function findSpelled(automata: readonly Automaton[], text: string): readonly Span[] {
  const searches = automata.map(searchBy);
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    const isOdd = mayBeUnseen(unit) && searches.some(({ hasBegun }) => hasBegun());
    const spellings = isOdd || mayEscape(unit) ? spellingsAt(text, at) : [];
    const end = isOdd ? unseenAt(text, at) : at;
    for (const { branch, take, skip } of searches) {
      branch(at, spellings);
      if (end > at) skip(at, end);
      else take(at, unit);
    }
    at = Math.max(end, at + 1);
  }
  return searches.flatMap(({ spans }) => spans);
}

/** The search for the words of one automaton, along a text. */
interface Search {
  readonly spans: readonly Span[];
  /** Whether a word may have begun. */
  readonly hasBegun: () => boolean;
  /** Goes on at the end of each spelling, beside the way that is taken from here. */
  readonly branch: (at: number, spellings: readonly Spelling[]) => void;
  /** Takes a code unit as it is. */
  readonly take: (at: number, unit: number) => void;
  /** Passes over what is not seen. */
  readonly skip: (at: number, end: number) => void;
}

function searchBy({ step, lengthAt, covers }: Automaton): Search {
  const spans: Span[] = [];
  const asItIs: Reader = { state: 0, from: 0, before: undefined };
  let others: Reader[] = [];
  /** Those that an escape has taken ahead, by where they are. */
  const ahead = new Map<number, Reader[]>();

  const note = (reader: Reader, end: number): void => {
    const length = lengthAt(reader.state);
    if (length > 0) spans.push({ start: startOf(reader, end, length), end });
  };
  const leap = (reader: Reader, at: number, { characters, end }: Spelling): void => {
    let { state } = reader;
    for (let each = 0; each < characters.length; each += 1) state = step(state, characters.charCodeAt(each));
    if (state === 0) return;
    const before = { from: at, to: end, length: characters.length, before: readUpTo(at, reader) };
    const leaping = { state, from: end, before };
    if (characters !== '') note(leaping, end);
    const there = ahead.get(end);
    if (there === undefined) ahead.set(end, [leaping]);
    else there.push(leaping);
  };
  const isCovered = ({ state }: Reader): boolean => others.some((other) => covers(other.state, state));
  /** Of two readers of which one covers the other that is enough, or a hostile text would have more and more of them. */
  const join = (reader: Reader): void => {
    if (reader.state === asItIs.state) Object.assign(asItIs, reader);
    if (covers(asItIs.state, reader.state) || isCovered(reader)) return;
    others = [...others.filter(({ state }) => !covers(reader.state, state)), reader];
  };
  const arrive = (first: number, last: number): void => {
    if (ahead.size === 0 && others.length === 0) return;
    const before = others;
    others = [];
    for (let at = first; at <= last && ahead.size > 0; at += 1) {
      for (const reader of ahead.get(at) ?? []) {
        if (at < last) pass(reader, at, last);
        join(reader);
      }
      ahead.delete(at);
    }
    before.forEach(join);
  };

  return {
    spans,
    hasBegun: () => asItIs.state !== 0 || others.length > 0 || ahead.size > 0,
    branch(at, spellings) {
      if (spellings.length === 0) return;
      const here = isCovered(asItIs) ? others : [...others, asItIs];
      for (const spelling of spellings) for (const reader of here) leap(reader, at, spelling);
    },
    take(at, unit) {
      asItIs.state = step(asItIs.state, unit);
      if (asItIs.state === 0) asItIs.before = undefined;
      else note(asItIs, at + 1);
      for (const reader of others) {
        reader.state = step(reader.state, unit);
        note(reader, at + 1);
      }
      arrive(at + 1, at + 1);
    },
    skip(at, end) {
      for (const reader of [asItIs, ...others]) pass(reader, at, end);
      arrive(at + 1, end);
    },
  };
}

function pass(reader: Reader, at: number, end: number): void {
  reader.before = reader.state === 0 ? undefined : readUpTo(at, reader);
  reader.from = end;
}

function readUpTo(at: number, { from, before }: Reader): Stretch {
  return { from, to: at, length: at - from, before };
}

/** Where the last `length` characters of a word begin that a reader has read. */
function startOf(reader: Reader, at: number, length: number): number {
  let stretch = readUpTo(at, reader);
  let left = length;
  while (left > stretch.length && stretch.before !== undefined) {
    left -= stretch.length;
    stretch = stretch.before;
  }
  const isAsItIs = stretch.length === stretch.to - stretch.from;
  return isAsItIs ? stretch.to - left : stretch.from;
}
