import type { Picture } from '../port/assignment.ts';

/** Why a file is no picture that models take. */
export type NoPicture = 'no-picture' | 'broken' | 'animated';

/** The types that models take: their first bytes as Latin-1, and whether the rest is a whole picture. */
const TYPES: readonly (readonly [RegExp, Picture['type'], (file: Buffer) => Structure])[] = [
  // eslint-disable-next-line no-control-regex -- these are the bytes of the format
  [/^\x89PNG\r\n\x1A\n/, 'image/png', structureOfPng],
  [/^\xFF\xD8\xFF/, 'image/jpeg', structureOfJpeg],
  [/^GIF8[79]a/, 'image/gif', structureOfGif],
  [/^RIFF[^]{4}WEBP/, 'image/webp', structureOfWebp],
];

type Structure = 'whole' | 'broken' | 'animated';

/**
 * Returns the picture that a file is, or why it is none that can go to a model: with one that the model refuses, a conversation cannot
 * continue. A whole picture has a width and a height, and reaches to its end; cameras append more. Its pixels are not read.
 */
export function checkPicture(file: Buffer): Picture | NoPicture {
  const beginning = file.toString('latin1', 0, 12);
  const [, type, structureOf] = TYPES.find(([pattern]) => pattern.test(beginning)) ?? [];
  if (type === undefined || structureOf === undefined) return 'no-picture';
  try {
    const structure = structureOf(file);
    return structure === 'whole' ? { type, bytes: file } : structure;
  } catch {
    // Reading behind its end throws.
    return 'broken';
  }
}

/** Source: https://www.w3.org/TR/png-3/#5DataRep */
function structureOfPng(file: Buffer): Structure {
  const nameAt = (at: number): string => file.toString('latin1', at, at + 4);
  if (nameAt(12) !== 'IHDR' || !isSize(file.readUInt32BE(16), file.readUInt32BE(20))) return 'broken';
  let hasPixels = false;
  for (let at = 8; ;) {
    const name = nameAt(at + 4);
    at += 12 + file.readUInt32BE(at);
    if (name === 'IDAT') hasPixels = true;
    if (name === 'IEND') return hasPixels && at <= file.length ? 'whole' : 'broken';
  }
}

/** A marker that has the size, and one that has nothing after it. Source: ITU-T T.81, table B.1. */
const HAS_SIZE = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
const STANDS_ALONE = new Set([0x00, 0x01, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8]);
const [SCAN, END, FILL] = [0xda, 0xd9, 0xff];

function structureOfJpeg(file: Buffer): Structure {
  let [hasSize, hasPixels] = [false, false];
  for (let at = 2; ;) {
    at = file.indexOf(0xff, at);
    if (at === -1) return 'broken';
    const marker = file.readUInt8(at + 1);
    if (marker === END) return hasSize && hasPixels ? 'whole' : 'broken';
    if (marker === FILL) at += 1;
    else if (STANDS_ALONE.has(marker)) at += 2;
    else {
      if (HAS_SIZE.has(marker)) hasSize = isSize(file.readUInt16BE(at + 5), file.readUInt16BE(at + 7));
      if (marker === SCAN) hasPixels = true;
      at += 2 + file.readUInt16BE(at + 2);
    }
  }
}

/** Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
function structureOfGif(file: Buffer): Structure {
  if (!isSize(file.readUInt16LE(6), file.readUInt16LE(8))) return 'broken';
  /** The length of a table of colors, by the flags at a place. */
  const colorsAt = (at: number): number => {
    const flags = file.readUInt8(at);
    return flags < 0x80 ? 0 : 3 * 2 ** ((flags % 8) + 1);
  };
  let hasFrame = false;
  for (let at = 13 + colorsAt(10); ;) {
    const kind = file.toString('latin1', at, at + 1);
    if (kind === ';') return hasFrame ? 'whole' : 'broken';
    if (kind === ',' && hasFrame) return 'animated';
    if (kind === ',') {
      hasFrame = true;
      at += 11 + colorsAt(at + 9);
    } else if (kind === '!') at += 2;
    else return 'broken';
    // The blocks of data, up to an empty one.
    let length: number;
    do {
      length = file.readUInt8(at);
      at += 1 + length;
    } while (length > 0);
  }
}

/** Source: https://developers.google.com/speed/webp/docs/riff_container */
function structureOfWebp(file: Buffer): Structure {
  const end = 8 + file.readUInt32LE(4);
  if (end > file.length) return 'broken';
  for (let at = 12; at < end;) {
    const name = file.toString('latin1', at, at + 4);
    const data = at + 8;
    at = data + file.readUInt32LE(at + 4);
    if (name === 'ANIM') return 'animated';
    if (name === 'VP8 ' || name === 'VP8L') {
      // The two high bits are no part of the size. One of `VP8L` cannot be 0: it is stored less one, after a byte that is always the same.
      const hasSize =
        name === 'VP8L'
          ? at - data > 5 && file.readUInt8(data) === 0x2f
          : at - data > 10 &&
            isSize(file.readUInt16LE(data + 6) % 2 ** 14, file.readUInt16LE(data + 8) % 2 ** 14);
      return hasSize && at <= end ? 'whole' : 'broken';
    }
    at += at % 2;
  }
  return 'broken';
}

function isSize(width: number, height: number): boolean {
  return width > 0 && height > 0;
}
