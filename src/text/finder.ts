import type { Automaton } from './automaton.ts';
import { endOfInvisible, mayBeInvisible, mayEscape, type Spelling, spellingsAt } from './spellings.ts';

/** A part of a text; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A part of the text that was read as `length` characters, linked to the part before it. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly before: Stretch | undefined;
}

/**
 * One way to read the text up to a position, with the automaton's state there: literally since `from`, and before that with
 * escapes decoded or invisible characters skipped.
 */
interface Reading {
  state: number;
  from: number;
  before: Stretch | undefined;
}

/**
 * Finds words in a text in which each character may be spelled differently, for example escaped. Takes time proportional
 * to the text, however many words the automata have.
 *
 * @returns the spans of the words, in no order; they may overlap.
 */
export function findSpelled(automata: readonly Automaton[], text: string): readonly Span[] {
  const searches = automata.map(searchBy);
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    const isUnusual = mayBeInvisible(unit) && searches.some(({ hasBegun }) => hasBegun());
    const spellings = isUnusual || mayEscape(unit) ? spellingsAt(text, at) : [];
    const end = isUnusual ? endOfInvisible(text, at) : at;
    for (const { branch, take, skip } of searches) {
      branch(at, spellings);
      if (end > at) skip(at, end);
      else take(at, unit);
    }
    at = Math.max(end, at + 1);
  }
  return searches.flatMap(({ spans }) => spans);
}

/** The search for the words of one automaton, which reads a text once from left to right. */
interface Search {
  readonly spans: readonly Span[];
  /** Whether a word may have begun. */
  readonly hasBegun: () => boolean;
  /** Adds a reading for each spelling at a position. It resumes at the end of that spelling. */
  readonly branch: (at: number, spellings: readonly Spelling[]) => void;
  /** Reads a code unit literally. */
  readonly take: (at: number, unit: number) => void;
  /** Skips invisible characters. */
  readonly skip: (at: number, end: number) => void;
}

function searchBy({ step, lengthAt, covers }: Automaton): Search {
  const spans: Span[] = [];
  const plain: Reading = { state: 0, from: 0, before: undefined };
  let decoded: Reading[] = [];
  /** Readings that resume later in the text, behind an escape, by their position. */
  const pending = new Map<number, Reading[]>();

  const noteEnd = (reading: Reading, end: number): void => {
    const length = lengthAt(reading.state);
    if (length > 0) spans.push({ start: startOf(reading, end, length), end });
  };
  const follow = (reading: Reading, at: number, { characters, end }: Spelling): void => {
    let { state } = reading;
    for (let each = 0; each < characters.length; each += 1) state = step(state, characters.charCodeAt(each));
    if (state === 0) return;
    const before = { from: at, to: end, length: characters.length, before: readUpTo(at, reading) };
    const next = { state, from: end, before };
    if (characters !== '') noteEnd(next, end);
    const waiting = pending.get(end);
    if (waiting === undefined) pending.set(end, [next]);
    else waiting.push(next);
  };
  const isCovered = ({ state }: Reading): boolean => decoded.some((other) => covers(other.state, state));
  /** Adds a reading and drops those that another one covers: a hostile text could make their number grow without limit. */
  const addReading = (reading: Reading): void => {
    if (reading.state === plain.state) Object.assign(plain, reading);
    if (covers(plain.state, reading.state) || isCovered(reading)) return;
    decoded = [...decoded.filter(({ state }) => !covers(reading.state, state)), reading];
  };
  const resume = (first: number, last: number): void => {
    if (pending.size === 0 && decoded.length === 0) return;
    const before = decoded;
    decoded = [];
    for (let at = first; at <= last && pending.size > 0; at += 1) {
      for (const reading of pending.get(at) ?? []) {
        if (at < last) skipOver(reading, at, last);
        addReading(reading);
      }
      pending.delete(at);
    }
    before.forEach(addReading);
  };

  return {
    spans,
    hasBegun: () => plain.state !== 0 || decoded.length > 0 || pending.size > 0,
    branch(at, spellings) {
      if (spellings.length === 0) return;
      const here = isCovered(plain) ? decoded : [...decoded, plain];
      for (const spelling of spellings) for (const reading of here) follow(reading, at, spelling);
    },
    take(at, unit) {
      plain.state = step(plain.state, unit);
      if (plain.state === 0) plain.before = undefined;
      else noteEnd(plain, at + 1);
      for (const reading of decoded) {
        reading.state = step(reading.state, unit);
        noteEnd(reading, at + 1);
      }
      resume(at + 1, at + 1);
    },
    skip(at, end) {
      for (const reading of [plain, ...decoded]) skipOver(reading, at, end);
      resume(at + 1, end);
    },
  };
}

function skipOver(reading: Reading, at: number, end: number): void {
  reading.before = reading.state === 0 ? undefined : readUpTo(at, reading);
  reading.from = end;
}

function readUpTo(at: number, { from, before }: Reading): Stretch {
  return { from, to: at, length: at - from, before };
}

/** Returns the position in the text at which the last `length` characters of a reading begin. */
function startOf(reading: Reading, at: number, length: number): number {
  let stretch = readUpTo(at, reading);
  let left = length;
  while (left > stretch.length && stretch.before !== undefined) {
    left -= stretch.length;
    stretch = stretch.before;
  }
  const isPlain = stretch.length === stretch.to - stretch.from;
  return isPlain ? stretch.to - left : stretch.from;
}
