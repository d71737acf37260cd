// Not by name: Node.js before 20.15 has no crc32, and would not load this file for it.
import zlib from 'node:zlib';

/** A file of an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly text: string;
}

/**
 * Signatures and sizes of a zip file's records. Source: PKWARE, APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
 */
const LOCAL = { signature: 0x04034b50, size: 30 } as const;
const CENTRAL = { signature: 0x02014b50, size: 46 } as const;
const END = { signature: 0x06054b50, size: 22 } as const;
const VERSION = 20;
/** The flag that says that names are UTF-8. */
const UTF8 = 0x0800;
/** 1 January 1980, the first day that an archive can name: nobody asks when the files of this one were made. */
const FIRST_DAY = 0x0021;

/** An archive in which every file is stored as it is. Good for less than 65,536 files and 4 GiB. */
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

/** What both records of a file have in common, from the version that can read it to the lengths of name and extras. */
function description(path: Buffer, content: Buffer): Buffer {
  const about = Buffer.alloc(LOCAL.size - 4);
  about.writeUInt16LE(VERSION, 0);
  about.writeUInt16LE(UTF8, 2);
  // Method 0: stored.
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
