import { inflateSync } from 'node:zlib';

import { decodeLine } from './base85.ts';

/** The content of a git patch. */
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
const LARGEST_UNPACKED_BYTES = 64 * 1024 * 1024;

const DETAIL =
  /^(?:(?:old|new|deleted file|new file) mode|(?:copy|rename) (?:from|to)|(?:dis)?similarity index|index) /;
const OTHER_NAME = /^(?:copy|rename) (?:from|to) (.+)$/;
const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;
const BINARY = /^(?:literal|delta) (\d{1,10})$/;
const ESCAPED: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
};

/**
 * Parses every line of a patch as `git diff --binary` writes it. Returns `undefined` if the patch is incomplete, or if
 * `git apply` would not accept its format: without `a/` and `b/`, with colors, or with a log in place of a submodule's commit.
 * Source: https://git-scm.com/docs/diff-format, and git's apply.c.
 */
export function readPatch(patch: Buffer): PatchContent | undefined {
  // One character for each byte: names and texts may be in any encoding.
  const lines = patch.toString('latin1').split('\n');
  if (lines.pop() !== '') return undefined;
  try {
    return contentOf(new Lines(lines));
  } catch (error) {
    if (error instanceof NotAPatch) return undefined;
    throw error;
  }
}

/** Thrown and caught in this file if the text is not a patch. */
class NotAPatch extends Error {}

class Lines {
  readonly #lines: readonly string[];
  #at = 0;
  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** The next line; empty after the last one. */
  get next(): string {
    return this.#lines[this.#at] ?? '';
  }

  get isOver(): boolean {
    return this.#at >= this.#lines.length;
  }

  take(): string {
    if (this.isOver) throw new NotAPatch();
    const line = this.next;
    this.#at += 1;
    return line;
  }

  /** Takes the next line, which must match the pattern. */
  match(form: RegExp): RegExpExecArray {
    const found = form.exec(this.take());
    if (found === null) throw new NotAPatch();
    return found;
  }
}

interface Counts {
  added: string[];
  removed: number;
  unpacked: Buffer[];
  unpackedBytes: number;
}

function contentOf(lines: Lines): PatchContent {
  const counts: Counts = { added: [], removed: 0, unpacked: [], unpackedBytes: 0 };
  const names: string[] = [];
  const submodules: string[] = [];
  let files = 0;
  while (!lines.isOver) {
    const { own, isSubmodule } = readHead(lines);
    readBody(lines, counts);
    files += 1;
    names.push(...own);
    if (isSubmodule) submodules.push(...own);
  }
  const { added, removed, unpacked } = counts;
  return {
    files,
    added: added.length,
    removed,
    names,
    submodules,
    introduced: [Buffer.from(added.join('\n'), 'latin1'), ...unpacked],
  };
}

/** Reads the header of a file's changes: its names and modes. */
function readHead(lines: Lines): { readonly own: readonly string[]; readonly isSubmodule: boolean } {
  const [, both = ''] = lines.match(/^diff --git (.+)$/);
  const details: string[] = [];
  while (DETAIL.test(lines.next)) details.push(lines.take());
  const others = details.flatMap((detail) => OTHER_NAME.exec(detail)?.[1] ?? []);
  const own = others.length > 0 ? others.map(unquoted) : [sameName(both)];
  return { own, isSubmodule: details.some((detail) => /(?:mode|\.\.[0-9a-f]+) 160000$/.test(detail)) };
}

/** Returns the name of a file that was not renamed, which is in the header twice, quoted or not. */
function sameName(both: string): string {
  const half = (both.length - 1) / 2;
  const [one, other] = [both.slice(0, half), both.slice(half + 1)];
  const name = /^"?a\/(?=.)/.test(one) ? one.replace('a/', '') : undefined;
  if (name === undefined || both.charAt(half) !== ' ' || other.replace('b/', '') !== name)
    throw new NotAPatch();
  return unquoted(name);
}

/** Removes the quotes of a name and decodes its escapes. */
function unquoted(name: string): string {
  const [, quoted] = /^"(.*)"$/.exec(name) ?? [];
  const bytes = quoted?.replace(/\\(?:([0-7]{3})|(.))/g, (_all, octal?: string, sign = '') =>
    octal === undefined ? (ESCAPED[String(sign)] ?? String(sign)) : String.fromCharCode(parseInt(octal, 8)),
  );
  return Buffer.from(bytes ?? name, 'latin1').toString('utf8');
}

function readBody(lines: Lines, counts: Counts): void {
  if (lines.next === 'GIT binary patch') {
    lines.take();
    readBinary(lines, counts);
    // The reverse change, which git writes for `git apply --reverse`.
    if (BINARY.test(lines.next)) readBinary(lines, counts);
  } else if (lines.next.startsWith('--- ')) {
    lines.take();
    lines.match(/^\+\+\+ /);
    do readHunk(lines, counts);
    while (lines.next.startsWith('@@ '));
  }
}

function readHunk(lines: Lines, counts: Counts): void {
  const [, before = '1', after = '1'] = lines.match(HUNK);
  let [old, fresh] = [Number(before), Number(after)];
  while (old > 0 || fresh > 0) {
    const line = lines.take();
    switch (line.charAt(0)) {
      // An empty context line: git leaves out the blank if `diff.suppressBlankEmpty` is set.
      case '':
      case ' ':
        old -= 1;
        fresh -= 1;
        break;
      case '-':
        old -= 1;
        counts.removed += 1;
        break;
      case '+':
        fresh -= 1;
        counts.added.push(line.slice(1));
        break;
      case '\\':
        break;
      default:
        throw new NotAPatch();
    }
  }
  if (old < 0 || fresh < 0) throw new NotAPatch();
  if (lines.next.startsWith('\\ ')) lines.take();
}

function readBinary(lines: Lines, counts: Counts): void {
  const [, size] = lines.match(BINARY);
  const pieces: Buffer[] = [];
  while (lines.next !== '') {
    const bytes = decodeLine(lines.take());
    if (bytes === undefined) throw new NotAPatch();
    pieces.push(bytes);
  }
  if (lines.take() !== '') throw new NotAPatch();
  const unpacked = unpack(Buffer.concat(pieces), Number(size));
  counts.unpackedBytes += unpacked.length;
  if (counts.unpackedBytes > LARGEST_UNPACKED_BYTES) throw new NotAPatch();
  counts.unpacked.push(unpacked);
}

function unpack(packed: Buffer, size: number): Buffer {
  try {
    const unpacked = inflateSync(packed, { maxOutputLength: Math.min(size + 1, LARGEST_UNPACKED_BYTES) });
    if (unpacked.length === size) return unpacked;
  } catch {
    // The data is not valid, or larger than the header says.
  }
  throw new NotAPatch();
}
