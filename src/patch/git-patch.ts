import { inflateSync } from 'node:zlib';

export interface PatchContent {
  readonly files: number;
  /** The number of added lines of text. Binary files have none. */
  readonly added: number;
  readonly removed: number;
  /** The names of all files, including those before a rename. */
  readonly names: readonly string[];
  /** The names of submodules. A patch contains only the commit that a submodule points to. */
  readonly submodules: readonly string[];
  /** The content that the patch adds to files: added lines without their `+`, and decoded binary data. */
  readonly introduced: readonly Buffer[];
}

/** The limit for decompressed binary data. A larger patch is rejected. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

const DETAIL =
  /^(?:(?:old|new|deleted file|new file) mode|(?:copy|rename) (?:from|to)|(?:dis)?similarity index|index) /;
const OTHER_NAME = /^(?:copy|rename) (?:from|to) (.+)$/;
const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;
const BINARY = /^(literal|delta) (\d{1,10})$/;
/** The letters of git's escapes for the characters from 7 (bell) to 13 (carriage return). */
const ESCAPED = 'abtnvfr';

class NotAPatch extends Error {
  override readonly message =
    "the server's patch is not in a format that git apply accepts, perhaps because git there has diff.noprefix or a color set";
}

/**
 * Parses every line of a patch as `git diff --binary` writes it. Throws an error if the patch is incomplete, or if `git apply` would
 * not accept its format: without `a/` and `b/`, with colors, or with a log in place of a submodule's commit.
 * Source: https://git-scm.com/docs/diff-format, and git's apply.c.
 */
export function readPatch(patch: Buffer): PatchContent {
  return new PatchReader(patch).read();
}

class PatchReader {
  readonly #lines: string[];
  #at = 0;
  readonly #names: string[] = [];
  readonly #submodules: string[] = [];
  readonly #added: string[] = [];
  #removed = 0;
  readonly #unpacked: Buffer[] = [];
  #unpackedBytes = 0;

  constructor(patch: Buffer) {
    // One character per byte: names and texts may be in any encoding.
    this.#lines = patch.toString('latin1').split('\n');
    if (this.#lines.pop() !== '') throw new NotAPatch();
  }

  read(): PatchContent {
    let files = 0;
    for (; this.#at < this.#lines.length; files += 1) {
      this.#readNames();
      if (this.#next === 'GIT binary patch') this.#readBinaries();
      else if (this.#next.startsWith('--- ')) this.#readHunks();
    }
    return {
      files,
      added: this.#added.length,
      removed: this.#removed,
      names: this.#names,
      submodules: this.#submodules,
      introduced: [Buffer.from(this.#added.join('\n'), 'latin1'), ...this.#unpacked],
    };
  }

  /** The next line; empty after the last one. */
  get #next(): string {
    return this.#lines[this.#at] ?? '';
  }

  #take(): string {
    const line = this.#lines[this.#at];
    if (line === undefined) throw new NotAPatch();
    this.#at += 1;
    return line;
  }

  #match(form: RegExp): RegExpExecArray {
    const found = form.exec(this.#take());
    if (found === null) throw new NotAPatch();
    return found;
  }

  #readNames(): void {
    const [, both = ''] = this.#match(/^diff --git (.+)$/);
    const details: string[] = [];
    while (DETAIL.test(this.#next)) details.push(this.#take());
    const others = details.flatMap((detail) => OTHER_NAME.exec(detail)?.[1] ?? []);
    const names = (others.length > 0 ? others : [unchangedName(both)]).map(unquote);
    this.#names.push(...names);
    if (details.some((detail) => /(?:mode|\.\.[0-9a-f]+) 160000$/.test(detail)))
      this.#submodules.push(...names);
  }

  #readHunks(): void {
    this.#take();
    this.#match(/^\+\+\+ /);
    do this.#readHunk();
    while (this.#next.startsWith('@@ '));
  }

  #readHunk(): void {
    const [, before = '1', after = '1'] = this.#match(HUNK);
    let [old, fresh] = [Number(before), Number(after)];
    while (old > 0 || fresh > 0) {
      const line = this.#take();
      // Empty for an empty line of which git has omitted the space.
      const mark = line.charAt(0);
      if (!' +-\\'.includes(mark)) throw new NotAPatch();
      old -= Number(' -'.includes(mark));
      fresh -= Number(' +'.includes(mark));
      if (mark === '-') this.#removed += 1;
      if (mark === '+') this.#added.push(line.slice(1));
    }
    if (old < 0 || fresh < 0) throw new NotAPatch();
    if (this.#next.startsWith('\\ ')) this.#take();
  }

  #readBinaries(): void {
    this.#take();
    this.#readBinary();
    // The reverse change, which git writes for `git apply --reverse`.
    if (BINARY.test(this.#next)) this.#readBinary();
  }

  #readBinary(): void {
    const [, form, size] = this.#match(BINARY);
    const pieces: Buffer[] = [];
    for (let line = this.#take(); line !== ''; line = this.#take()) pieces.push(decodeLine(line));
    const unpacked = unpack(Buffer.concat(pieces), Number(size));
    this.#unpackedBytes += unpacked.length;
    if (this.#unpackedBytes > MAX_UNPACKED_BYTES) throw new NotAPatch();
    this.#unpacked.push(form === 'delta' ? dataInsertedBy(unpacked) : unpacked);
  }
}

/** Returns the name of a file that was not renamed, which is in the header twice, quoted or not. */
function unchangedName(both: string): string {
  const half = (both.length - 1) / 2;
  const [one, other] = [both.slice(0, half), both.slice(half + 1)];
  const name = /^"?a\/(?=.)/.test(one) ? one.replace('a/', '') : undefined;
  if (name === undefined || both.charAt(half) !== ' ' || other.replace('b/', '') !== name)
    throw new NotAPatch();
  return name;
}

function unquote(name: string): string {
  const [, quoted] = /^"(.*)"$/.exec(name) ?? [];
  const bytes = quoted?.replace(/\\([0-7]{3}|.)/g, (_all, code: string) => {
    if (code.length === 3) return String.fromCharCode(parseInt(code, 8));
    const letter = ESCAPED.indexOf(code);
    return letter < 0 ? code : String.fromCharCode(7 + letter);
  });
  return Buffer.from(bytes ?? name, 'latin1').toString('utf8');
}

function unpack(packed: Buffer, size: number): Buffer {
  try {
    const unpacked = inflateSync(packed, { maxOutputLength: Math.min(size + 1, MAX_UNPACKED_BYTES) });
    if (unpacked.length === size) return unpacked;
  } catch {
    // The data is not valid, or larger than the header says.
  }
  throw new NotAPatch();
}

/**
 * Returns the data that a delta inserts, at most 127 bytes at once. Each part that it copies from the old file, which is not in
 * the patch, becomes a zero byte. Source: git's patch-delta.c.
 */
function dataInsertedBy(delta: Buffer): Buffer {
  const pieces: Buffer[] = [];
  // The sizes of the old and the new file are first; the last byte of each is below 128.
  let at = 1 + delta.findIndex((byte) => byte < 0x80);
  at += 1 + delta.subarray(at).findIndex((byte) => byte < 0x80);
  while (at < delta.length) {
    const code = delta.readUInt8(at);
    const isCopy = code >= 0x80;
    // A copy has a byte for each of the lower bits.
    const length = isCopy ? (code & 0x7f).toString(2).replaceAll('0', '').length : code;
    pieces.push(isCopy ? Buffer.alloc(1) : delta.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return Buffer.concat(pieces);
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';
const LENGTHS = ALPHABET.slice(10, 62);

/**
 * Decodes a line of a binary patch: its first letter is the number of bytes, and five characters encode four bytes.
 * Source: git's base85.c, and `emit_binary_diff_body` in its diff.c.
 */
function decodeLine(line: string): Buffer {
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
