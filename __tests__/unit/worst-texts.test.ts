import { describe, expect, test } from '@jest/globals';

import { textOf, WORST } from '../../bench/worst-texts.ts';

const MEGABYTE = 2 ** 20;

// Each takes a second at most if its work grows as the text does, and hours if it grows with the square. `npm run bench` measures it.
describe.each(WORST)('$name', ({ apply, shapes }) => {
  test.each(shapes)('is read from a megabyte of %j%j%j', (...shape) => {
    expect(() => apply(textOf(shape, MEGABYTE))).not.toThrow();
  });
});
