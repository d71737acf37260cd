// A default import: with a named import of crc32, Node.js before 20.15 could not load this file.
import zlib from 'node:zlib';

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly text: string;
}

/**
 * The signatures and sizes of a zip archive's records. Source: PKWARE, APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
 */
const LOCAL = { signature: 0x04034b50, size: 30 } as const;
const CENTRAL = { signature: 0x02014b50, size: 46 } as const;
const END = { signature: 0x06054b50, size: 22 } as const;
const VERSION = 20;
/** The flag for UTF-8 names. */
const UTF8 = 0x0800;
/** 1 January 1980, the earliest date that an archive supports. The dates of the files do not matter. */
const FIRST_DAY = 0x0021;

/** Creates an archive of uncompressed files. Supports less than 65,536 files and 4 GiB. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, text } of entries) {
    const path = Buffer.from(name);
    const content = Buffer.from(text);
    const about = description(path, content);
    const file = Buffer.concat([startOf(LOCAL, 4), about, path, content]);
    directory.push(centralRecord(about, path, offset));
    files.push(file);
    offset += file.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...files, central, endRecord(entries.length, central.length, offset)]);
}

function startOf({ signature }: { readonly signature: number }, size: number): Buffer {
  const record = Buffer.alloc(size);
  record.writeUInt32LE(signature, 0);
  return record;
}

/** Returns the part that both records of a file share, from the required version to the lengths of name and extra field. */
function description(path: Buffer, content: Buffer): Buffer {
  const about = Buffer.alloc(LOCAL.size - 4);
  about.writeUInt16LE(VERSION, 0);
  about.writeUInt16LE(UTF8, 2);
  // Method 0: uncompressed.
  about.writeUInt16LE(0, 4);
  about.writeUInt16LE(0, 6);
  about.writeUInt16LE(FIRST_DAY, 8);
  about.writeUInt32LE(zlib.crc32(content), 10);
  about.writeUInt32LE(content.length, 14);
  about.writeUInt32LE(content.length, 18);
  about.writeUInt16LE(path.length, 22);
  return about;
}

function centralRecord(about: Buffer, path: Buffer, offset: number): Buffer {
  const record = startOf(CENTRAL, CENTRAL.size);
  record.writeUInt16LE(VERSION, 4);
  about.copy(record, 6);
  record.writeUInt32LE(offset, 42);
  return Buffer.concat([record, path]);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const record = startOf(END, END.size);
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}
