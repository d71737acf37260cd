const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';
const LENGTHS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Decodes a line of a binary patch: its first letter is the number of bytes, and five characters encode four bytes.
 * Returns `undefined` if the line is invalid. Source: git's base85.c, and `emit_binary_diff_body` in its diff.c.
 */
export function decodeLine(line: string): Buffer | undefined {
  const length = LENGTHS.indexOf(line.slice(0, 1)) + 1;
  const groups = Math.ceil(length / 4);
  if (length === 0 || line.length !== 1 + 5 * groups) return undefined;
  const bytes = Buffer.alloc(4 * groups);
  for (let group = 0; group < groups; group += 1) {
    let value = 0;
    for (let at = 1 + 5 * group; at < 6 + 5 * group; at += 1) {
      const digit = ALPHABET.indexOf(line.charAt(at));
      if (digit < 0) return undefined;
      value = value * 85 + digit;
    }
    if (value > 0xff_ff_ff_ff) return undefined;
    bytes.writeUInt32BE(value, 4 * group);
  }
  return bytes.subarray(0, length);
}
