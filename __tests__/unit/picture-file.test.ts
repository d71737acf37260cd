import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { ANIMATED_GIF, GIF, JPEG, LOSSLESS_WEBP, PNG, WEBP } from '../../simulator/github/picture-files.ts';
import { checkPicture } from '../../src/github/picture-file.ts';

const WHOLE = [
  ['PNG', 'image/png', PNG],
  ['JPEG', 'image/jpeg', JPEG],
  ['GIF', 'image/gif', GIF],
  ['WebP', 'image/webp', WEBP],
  ['WebP without loss', 'image/webp', LOSSLESS_WEBP],
] as const;

/** Returns a file with other bytes at a place. */
function withBytes(file: Buffer, at: number, ...bytes: readonly number[]): Buffer {
  return Buffer.concat([file.subarray(0, at), Buffer.from(bytes), file.subarray(at + bytes.length)]);
}

function webpOf(...chunks: readonly (readonly [name: string, data: Buffer])[]): Buffer {
  const parts = chunks.flatMap(([name, data]) => [
    Buffer.from(name),
    lengthOf(data.length),
    data,
    Buffer.alloc(data.length % 2),
  ]);
  const rest = Buffer.concat([Buffer.from('WEBP'), ...parts]);
  return Buffer.concat([Buffer.from('RIFF'), lengthOf(rest.length), rest]);
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return bytes;
}

test.each(WHOLE)('a whole %s is a picture, also with more behind its end', (_, type, bytes) => {
  expect(checkPicture(bytes)).toEqual({ type, bytes });
  expect(checkPicture(Buffer.concat([bytes, Buffer.from('more')]))).toMatchObject({ type });
});

test.each(WHOLE)('a %s that is cut off anywhere is none', (_name, _type, bytes) => {
  for (let length = 0; length < bytes.length; length += 1)
    expect([length, checkPicture(bytes.subarray(0, length))]).toEqual([
      length,
      expect.stringMatching(/^(?:no-picture|broken)$/),
    ]);
});

test.each([
  ['no width, as PNG', withBytes(PNG, 16, 0, 0, 0, 0)],
  ['no height, as PNG', withBytes(PNG, 20, 0, 0, 0, 0)],
  ['no pixels, as PNG', Buffer.concat([PNG.subarray(0, 33), PNG.subarray(-12)])],
  ['no header, as PNG', Buffer.concat([PNG.subarray(0, 8), PNG.subarray(33)])],
  ['no height, as JPEG', withBytes(JPEG, JPEG.indexOf('ffc0000b08', 0, 'hex') + 5, 0, 0)],
  [
    'no pixels, as JPEG',
    Buffer.concat([JPEG.subarray(0, JPEG.indexOf('ffda', 0, 'hex')), JPEG.subarray(-2)]),
  ],
  ['no size, as JPEG', Buffer.from('ffd8ffda0002ffd9', 'hex')],
  ['no width, as GIF', withBytes(GIF, 6, 0, 0)],
  ['no frame, as GIF', Buffer.concat([GIF.subarray(0, 19), Buffer.from(';')])],
  ['no width, as WebP', withBytes(WEBP, 26, 0, 0)],
  ['an empty part for the pixels, as WebP', webpOf(['VP8 ', Buffer.alloc(0)], ['EXIF', Buffer.alloc(10, 1)])],
  ['an empty part for the pixels, as WebP without loss', webpOf(['VP8L', Buffer.alloc(0)])],
  ['no pixels, as WebP', webpOf(['VP8X', Buffer.alloc(10)], ['EXIF', Buffer.alloc(3)])],
])('a file is broken that has %s', (_, bytes) => {
  expect(checkPicture(bytes)).toBe('broken');
});

test('a WebP may have parts before its pixels', () => {
  const file = webpOf(['VP8X', Buffer.alloc(10)], ['ICCP', Buffer.alloc(3)], ['VP8 ', WEBP.subarray(20)]);
  expect(checkPicture(file)).toMatchObject({ type: 'image/webp' });
});

test('a picture that moves is none', () => {
  expect(checkPicture(ANIMATED_GIF)).toBe('animated');
  expect(checkPicture(webpOf(['VP8X', Buffer.alloc(10)], ['ANIM', Buffer.alloc(6)]))).toBe('animated');
});

test('whatever a file says of its parts, the check ends, with a picture or with a reason', () => {
  const beginnings = WHOLE.map(([, , bytes]) => bytes);
  const file = fc.tuple(
    fc.constantFrom(...beginnings),
    fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 20 }),
  );
  fc.assert(
    fc.property(file, ([bytes, changes]) => {
      const changed = changes.reduce(
        (all, [at, byte]) => (at < all.length ? withBytes(all, at, byte) : all),
        bytes,
      );
      const checked = checkPicture(changed);
      if (typeof checked === 'string') expect(['no-picture', 'broken', 'animated']).toContain(checked);
      else expect(checked.bytes).toBe(changed);
    }),
  );
});
