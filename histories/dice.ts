/** Random choices from a seed: the same on every machine. */
export interface Dice {
  /** Returns a number in [0, 1). */
  readonly next: () => number;
  /** Whether something happens that has this probability. */
  readonly chance: (share: number) => boolean;
  /** Returns a part of an object with this probability, and otherwise an empty one. */
  readonly maybe: <T extends object>(share: number, part: T) => Partial<T>;
  /** Returns one of the values. A value that is there twice is as likely again. */
  readonly pick: <T>(values: readonly T[]) => T;
  /** Returns a whole number from 0 to below `end`. */
  readonly below: (end: number) => number;
}

/** Creates dice from a seed. The generator is mulberry32, which its author put into the public domain. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const chance = (share: number): boolean => next() < share;
  const below = (end: number): number => Math.floor(next() * end);
  return {
    next,
    chance,
    maybe: (share, part) => (chance(share) ? part : {}),
    below,
    pick: (values) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error('there is nothing to pick from');
      return value;
    },
  };
}
