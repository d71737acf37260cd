import { inflateSync } from 'node:zlib';

import { bytesOfLine } from './base85.ts';

/** What a patch of git's changes. */
export interface PatchContent {
  readonly files: number;
  /** Lines of text; what is binary has none. */
  readonly added: number;
  readonly removed: number;
  /** The names of all files, those before a rename, too. */
  readonly names: readonly string[];
  /** The names of submodules: of one there is only the commit that it points to. */
  readonly submodules: readonly string[];
  /** All that it brings into files, without the signs before lines and the encoding of what is binary. */
  readonly brought: readonly Buffer[];
}

/** More than that is not unpacked; nobody looks through it either. */
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
 * Reads a patch as `git diff --binary` writes it, every line of it. `undefined` if it is not whole, or in another form than
 * `git apply` takes as it is: without `a/` and `b/`, in colors, with words in place of a submodule's commit.
 * Source: https://git-scm.com/docs/diff-format, and git's apply.c.
 */
export function readPatch(patch: Buffer): PatchContent | undefined {
  // One character for each byte: names and texts may be in any encoding.
  const lines = patch.toString('latin1').split('\n');
  if (lines.pop() !== '') return undefined;
  try {
    return contentOf(new Lines(lines));
  } catch (error) {
    if (error instanceof NoPatch) return undefined;
    throw error;
  }
}

/** On its way out of the reading of what is no patch. */
class NoPatch extends Error {}

class Lines {
  readonly #lines: readonly string[];
  #at = 0;
  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** The next line; empty behind the last one. */
  get next(): string {
    return this.#lines[this.#at] ?? '';
  }

  get isOver(): boolean {
    return this.#at >= this.#lines.length;
  }

  take(): string {
    if (this.isOver) throw new NoPatch();
    const line = this.next;
    this.#at += 1;
    return line;
  }

  /** Takes a line of that form. */
  match(form: RegExp): RegExpExecArray {
    const found = form.exec(this.take());
    if (found === null) throw new NoPatch();
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
    brought: [Buffer.from(added.join('\n'), 'latin1'), ...unpacked],
  };
}

/** What stands before the changes of a file: its names and modes. */
function readHead(lines: Lines): { readonly own: readonly string[]; readonly isSubmodule: boolean } {
  const [, both = ''] = lines.match(/^diff --git (.+)$/);
  const details: string[] = [];
  while (DETAIL.test(lines.next)) details.push(lines.take());
  const others = details.flatMap((detail) => OTHER_NAME.exec(detail)?.[1] ?? []);
  const own = others.length > 0 ? others.map(unquoted) : [sameName(both)];
  return { own, isSubmodule: details.some((detail) => /(?:mode|\.\.[0-9a-f]+) 160000$/.test(detail)) };
}

/** The one name that a head has twice, as it is or in quotes. */
function sameName(both: string): string {
  const half = (both.length - 1) / 2;
  const [one, other] = [both.slice(0, half), both.slice(half + 1)];
  const name = /^"?a\/(?=.)/.test(one) ? one.replace('a/', '') : undefined;
  if (name === undefined || both.charAt(half) !== ' ' || other.replace('b/', '') !== name)
    throw new NoPatch();
  return unquoted(name);
}

/** A name without its quotes, and with the bytes that stand escaped in them. */
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
    // What would take it back.
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
  let [old, young] = [Number(before), Number(after)];
  while (old > 0 || young > 0) {
    const line = lines.take();
    switch (line.charAt(0)) {
      // Without the blank, if git is told to leave it out.
      case '':
      case ' ':
        old -= 1;
        young -= 1;
        break;
      case '-':
        old -= 1;
        counts.removed += 1;
        break;
      case '+':
        young -= 1;
        counts.added.push(line.slice(1));
        break;
      case '\\':
        break;
      default:
        throw new NoPatch();
    }
  }
  if (old < 0 || young < 0) throw new NoPatch();
  if (lines.next.startsWith('\\ ')) lines.take();
}

function readBinary(lines: Lines, counts: Counts): void {
  const [, size] = lines.match(BINARY);
  const pieces: Buffer[] = [];
  while (lines.next !== '') {
    const bytes = bytesOfLine(lines.take());
    if (bytes === undefined) throw new NoPatch();
    pieces.push(bytes);
  }
  if (lines.take() !== '') throw new NoPatch();
  const unpacked = unpack(Buffer.concat(pieces), Number(size));
  counts.unpackedBytes += unpacked.length;
  if (counts.unpackedBytes > LARGEST_UNPACKED_BYTES) throw new NoPatch();
  counts.unpacked.push(unpacked);
}

function unpack(packed: Buffer, size: number): Buffer {
  try {
    const unpacked = inflateSync(packed, { maxOutputLength: Math.min(size + 1, LARGEST_UNPACKED_BYTES) });
    if (unpacked.length === size) return unpacked;
  } catch {
    // Not what git has packed, or larger than it says.
  }
  throw new NoPatch();
}
