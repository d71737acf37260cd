const CODE_UNITS = 0x1_00_00;
const { imul } = Math;

/** An Aho–Corasick automaton: its state after each character shows which words may have begun, and whether one ends there. */
export interface Automaton {
  /** Returns the state after one more code unit. State 0 means that no word has begun. */
  readonly step: (state: number, unit: number) => number;
  /** Returns the length of the longest word that ends in a state; 0 if none does. */
  readonly lengthAt: (state: number) => number;
  /** Whether one state tracks all words that another one tracks: the other one's text is a suffix of the first one's. */
  readonly covers: (one: number, other: number) => boolean;
}

/** Builds the automaton for words, in time and space proportional to their total length. */
export function automatonOf(words: readonly string[]): Automaton {
  const most = words.reduce((sum, word) => sum + word.length, 1);
  // A tree of prefixes. Each prefix is a state; states are numbered by the length of their prefix.
  const parents = new Uint32Array(most);
  const units = new Uint16Array(most);
  const lengths = new Uint32Array(most);
  /** For each state, the state of the longest other prefix that its own prefix ends with. */
  const fallbacks = new Uint32Array(most);
  const occurs = new Uint8Array(CODE_UNITS);
  let count = 1;

  /** A hash table of the children by parent and unit, at most half full. */
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * most)));
  const slotOf = (parent: number, unit: number): number => {
    const hash = imul(parent, 0x9e_37_79_b1) ^ imul(unit + 1, 0x85_eb_ca_6b);
    const stride = (hash >>> 15) | 1;
    let slot = (hash ^ (hash >>> 16)) & (slots.length - 1);
    for (;;) {
      const child = slots[slot] ?? 0;
      if (child === 0 || (parents[child] === parent && units[child] === unit)) return slot;
      slot = (slot + stride) & (slots.length - 1);
    }
  };
  const step = (state: number, unit: number): number => {
    if (occurs[unit] === 0) return 0;
    let from = state;
    for (;;) {
      const next = slots[slotOf(from, unit)] ?? 0;
      if (next !== 0 || from === 0) return next;
      from = fallbacks[from] ?? 0;
    }
  };
  const childOf = (parent: number, unit: number): number => {
    const slot = slotOf(parent, unit);
    const existing = slots[slot] ?? 0;
    if (existing !== 0) return existing;
    const state = count;
    count += 1;
    const fallback = parent === 0 ? 0 : step(fallbacks[parent] ?? 0, unit);
    parents[state] = parent;
    units[state] = unit;
    fallbacks[state] = fallback;
    lengths[state] = lengths[fallback] ?? 0;
    slots[slot] = state;
    occurs[unit] = 1;
    return state;
  };

  // Extends all words by one unit at a time: the fallback of a state is shorter, and so exists already.
  let unfinished = words.map((word) => ({ word, state: 0 }));
  for (let at = 0; unfinished.length > 0; at += 1) {
    unfinished = unfinished.filter(({ word }) => at < word.length);
    for (const each of unfinished) each.state = childOf(each.state, each.word.charCodeAt(at));
    for (const { word, state } of unfinished) if (word.length === at + 1) lengths[state] = word.length;
  }
  const { first, sizes } = numbered(fallbacks, count);
  return {
    step,
    lengthAt: (state) => lengths[state] ?? 0,
    covers(one, other) {
      const distance = (first[one] ?? 0) - (first[other] ?? 0);
      return distance >= 0 && distance < (sizes[other] ?? 0);
    },
  };
}

/** Numbers the nodes of a tree so that those below a node follow it directly. `parents` lists a parent before its children. */
function numbered(parents: Uint32Array, count: number): Record<'first' | 'sizes', Uint32Array> {
  const sizes = new Uint32Array(count).fill(1);
  for (let node = count - 1; node > 0; node -= 1) {
    const parent = parents[node] ?? 0;
    sizes[parent] = (sizes[parent] ?? 0) + (sizes[node] ?? 0);
  }
  const first = new Uint32Array(count);
  const free = new Uint32Array(count).fill(1);
  for (let node = 1; node < count; node += 1) {
    const parent = parents[node] ?? 0;
    first[node] = free[parent] ?? 0;
    free[parent] = (free[parent] ?? 0) + (sizes[node] ?? 0);
    free[node] = (first[node] ?? 0) + 1;
  }
  return { first, sizes };
}
