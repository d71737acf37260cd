import { inflateSync } from 'node:zlib';

import { NotAPatch } from './not-a-patch.ts';

/** The limit for decompressed binary data. A larger patch is rejected. */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/** Decompresses binary data of a patch. Throws {@link NotAPatch} if its size is not `size`, in bytes. */
export function unpack(packed: Buffer, size: number): Buffer {
  try {
    const unpacked = inflateSync(packed, { maxOutputLength: Math.min(size + 1, MAX_UNPACKED_BYTES) });
    if (unpacked.length === size) return unpacked;
  } catch {
    // The data is not valid, or larger than the header says.
  }
  throw new NotAPatch();
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';
/** The letters for the lengths from 1 to 52: `A` to `Z`, then `a` to `z`. */
const LENGTHS = ALPHABET.slice(10, 62);

/**
 * Decodes a line of a binary patch: its first letter is the number of bytes, and five characters encode four bytes.
 * Throws {@link NotAPatch}. Source: git's base85.c, and `emit_binary_diff_body` in its diff.c.
 */
export function decodeLine(line: string): Buffer {
  const length = LENGTHS.indexOf(line.slice(0, 1)) + 1;
  const bytes = Buffer.alloc(4 * Math.ceil(length / 4));
  if (length === 0 || line.length !== 1 + (bytes.length / 4) * 5) throw new NotAPatch();
  let value = 0;
  for (let at = 1; at < line.length; at += 1) {
    const digit = ALPHABET.indexOf(line.charAt(at));
    value = value * 85 + digit;
    if (digit < 0 || value > 0xff_ff_ff_ff) throw new NotAPatch();
    if (at % 5 > 0) continue;
    bytes.writeUInt32BE(value, (at / 5 - 1) * 4);
    value = 0;
  }
  return bytes.subarray(0, length);
}
