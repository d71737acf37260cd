/** A part of a text; `end` is exclusive. */
export type Span = Readonly<Record<'start' | 'end', number>>;

/** Finds words, and the starts of words that an ellipsis cut off. */
export interface Finder {
  /** Returns where they are in a text, in order. Spans that overlap are one. */
  readonly find: (text: string) => readonly Span[];
  readonly isIn: (text: string) => boolean;
}

const ROOT = 0;
const ELLIPSIS = '…'.charCodeAt(0);
const CODE_UNITS = 0x10000;

/**
 * Creates a finder whose work and memory grow with the length of all words and of the text, but not with their product, whatever
 * the words have in common. Source: Aho and Corasick, "Efficient string matching" (1975).
 *
 * @param minStart how many characters of a word before an ellipsis count as its start.
 */
export function createFinder(words: Iterable<string>, minStart: number): Finder {
  const tree = new WordTree([...words]);

  /**
   * Passes the spans of a text to `isEnough` until that returns true, and returns whether it did. The spans come in the order of their
   * ends; of those with the same end, only the longest.
   */
  const scan = (text: string, isEnough: (start: number, end: number) => boolean): boolean => {
    let node = ROOT;
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      const depth = tree.depthOf(node);
      if (unit === ELLIPSIS && depth >= minStart && isEnough(at - depth, at)) return true;
      node = tree.follow(node, unit);
      const length = tree.longestWordAt(node);
      if (length > 0 && isEnough(at + 1 - length, at + 1)) return true;
    }
    return false;
  };

  return {
    find: (text) => {
      const spans: Span[] = [];
      scan(text, (from, end) => {
        let start = from;
        // Takes in the spans before it that it overlaps.
        for (let last = spans.at(-1); last !== undefined && last.end > start; last = spans.at(-1)) {
          start = Math.min(start, last.start);
          spans.pop();
        }
        spans.push({ start, end });
        return false;
      });
      return spans;
    },
    isIn: (text) => scan(text, () => true),
  };
}

/**
 * All words as a tree: each node is a start of words, and the root is the empty one. A word of a million characters has a million
 * nodes, so a node is a number, an index into the lists below, and not an object.
 */
class WordTree {
  /** The last character of each node, its number of characters, its first child, and the next child of its parent. */
  readonly #units: Uint16Array;
  readonly #depths: Int32Array;
  readonly #children: Int32Array;
  readonly #siblings: Int32Array;
  readonly #childrenOfRoot = new Int32Array(CODE_UNITS);
  /** For each node, the longest shorter node that it ends with: its longest suffix in the tree (in the paper: its failure). */
  readonly #suffixes: Int32Array;
  /** The length of the longest word that each node ends with; 0 for none. */
  readonly #wordLengths: Int32Array;
  #count = 1;

  constructor(words: readonly string[]) {
    const size = words.reduce((sum, { length }) => sum + length, 1);
    this.#units = new Uint16Array(size);
    this.#depths = new Int32Array(size);
    this.#children = new Int32Array(size);
    this.#siblings = new Int32Array(size);
    this.#suffixes = new Int32Array(size);
    this.#wordLengths = new Int32Array(size);
    for (const word of words) this.#add(word);
    this.#findSuffixes();
  }

  depthOf(node: number): number {
    return this.#depths[node] ?? 0;
  }

  longestWordAt(node: number): number {
    return this.#wordLengths[node] ?? 0;
  }

  /** Reads on by one character. `from`: the longest node that the text ended with before it. Returns the longest that it ends with now. */
  follow(from: number, unit: number): number {
    let node = from;
    let child = this.#childOf(node, unit);
    while (child === ROOT && node !== ROOT) {
      node = this.#suffixes[node] ?? ROOT;
      child = this.#childOf(node, unit);
    }
    return child;
  }

  /** Returns the root if there is no such child. */
  #childOf(node: number, unit: number): number {
    if (node === ROOT) return this.#childrenOfRoot[unit] ?? ROOT;
    let child = this.#children[node] ?? ROOT;
    while (child !== ROOT && this.#units[child] !== unit) child = this.#siblings[child] ?? ROOT;
    return child;
  }

  #add(word: string): void {
    let node = ROOT;
    for (let at = 0; at < word.length; at += 1) {
      const unit = word.charCodeAt(at);
      node = this.#childOf(node, unit) || this.#addChild(node, unit);
    }
    this.#wordLengths[node] = word.length;
  }

  #addChild(node: number, unit: number): number {
    const child = this.#count;
    this.#count += 1;
    this.#units[child] = unit;
    this.#depths[child] = this.depthOf(node) + 1;
    this.#siblings[child] = this.#children[node] ?? ROOT;
    this.#children[node] = child;
    if (node === ROOT) this.#childrenOfRoot[unit] = child;
    return child;
  }

  /** Finds the suffix of each node. Goes by depth, because the suffix of a node depends on those of shorter nodes. */
  #findSuffixes(): void {
    // Begins with the root, which is 0.
    const queue = new Int32Array(this.#count);
    let end = 1;
    for (const node of queue) {
      for (let child = this.#children[node] ?? ROOT; child !== ROOT; child = this.#siblings[child] ?? ROOT) {
        const suffix =
          node === ROOT ? ROOT : this.follow(this.#suffixes[node] ?? ROOT, this.#units[child] ?? 0);
        this.#suffixes[child] = suffix;
        this.#wordLengths[child] ||= this.longestWordAt(suffix);
        queue[end] = child;
        end += 1;
      }
    }
  }
}
