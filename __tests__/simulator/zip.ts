import zlib from 'node:zlib';

import { expect } from '@jest/globals';

/** Returns the files of a zip archive without compression, as listed in its directory. */
export function filesIn(archive: Buffer): ReadonlyMap<string, string> {
  const end = archive.length - 22;
  expect(archive.readUInt32LE(end)).toBe(0x06054b50);
  const files = new Map<string, string>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    expect(archive.readUInt32LE(at)).toBe(0x02014b50);
    const nameEnds = at + 46 + archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, nameEnds);
    const size = archive.readUInt32LE(at + 20);
    const file = archive.readUInt32LE(at + 42);
    expect(archive.readUInt32LE(file)).toBe(0x04034b50);
    const from = file + 30 + archive.readUInt16LE(file + 26) + archive.readUInt16LE(file + 28);
    const content = archive.subarray(from, from + size);
    expect(zlib.crc32(content)).toBe(archive.readUInt32LE(at + 16));
    files.set(name, content.toString('utf8'));
    at = nameEnds + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  expect(at).toBe(end);
  return files;
}
