import { createHash } from 'node:crypto';

import { dataInsertedBy, decodeLine, MAX_UNPACKED_BYTES, unpack } from './git-binary.ts';
import { NotAPatch } from './not-a-patch.ts';

export interface PatchContent {
  readonly files: number;
  /** The number of added lines of text. Binary files have none. */
  readonly added: number;
  readonly removed: number;
  /** The names of all files, including those before a rename. */
  readonly names: readonly string[];
  /** The names of submodules. A patch contains only the commit that a submodule points to. */
  readonly submodules: readonly string[];
  /** The names of files that the patch visibly does not hold as git stores them, because a `textconv` has converted their text. */
  readonly converted: readonly string[];
  /** The content that the patch adds to files: added lines without their `+`, and decoded binary data. */
  readonly introduced: readonly Buffer[];
}

/** A line between the names of a file and its content. */
const DETAIL =
  /^(?:(?:old|new|deleted file|new file) mode|(?:copy|rename) (?:from|to)|(?:dis)?similarity index|index) /;
const OTHER_NAME = /^(?:copy|rename) (?:from|to) (.+)$/;
const INDEX = /^index ([0-9a-f]+)\.\.([0-9a-f]+)(?: \d+)?$/;
/**
 * The length of a whole SHA-1 id: a repository with SHA-256 ids is refused before, by its base commit. Git shortens the ids of a text
 * file. Those of a binary file are whole, and it has hunks only if a `textconv` has made text of it. Source: `fill_metainfo` and
 * `builtin_diff` in git's diff.c.
 */
const FULL_ID = 40;
const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;
const BINARY = /^(literal|delta) (\d{1,10})$/;
/** The letters of git's escapes for the characters from 7 (bell) to 13 (carriage return). */
const ESCAPED = 'abtnvfr';

/**
 * Parses every line of a patch as `git diff --binary` writes it. Throws {@link NotAPatch} if it is incomplete, or if `git apply` would
 * not accept its format: without `a/` and `b/`, with colors, or with a log in place of a submodule's commit.
 * Source: https://git-scm.com/docs/diff-format, and git's apply.c.
 */
export function parsePatch(patch: Buffer): PatchContent {
  return new PatchReader(patch).read();
}

/** What precedes the content of a file. */
interface Header {
  /** The name after the change. */
  readonly name: string;
  readonly isSubmodule: boolean;
  /** The ids of its blobs before and after the change, perhaps shortened; absent if they are the same. */
  readonly ids: { readonly old: string; readonly fresh: string } | undefined;
}

class PatchReader {
  readonly #lines: string[];
  #at = 0;
  readonly #names: string[] = [];
  readonly #submodules: string[] = [];
  readonly #converted: string[] = [];
  readonly #added: string[] = [];
  readonly #removed: string[] = [];
  readonly #unpacked: Buffer[] = [];
  #unpackedBytes = 0;

  /** Throws {@link NotAPatch} if the patch does not end with a line break: it is cut off then. */
  constructor(patch: Buffer) {
    // One character per byte: names and texts may be in any encoding.
    this.#lines = patch.toString('latin1').split('\n');
    if (this.#lines.pop() !== '') throw new NotAPatch();
  }

  read(): PatchContent {
    let files = 0;
    for (; this.#at < this.#lines.length; files += 1) {
      const header = this.#readHeader();
      // Git apply itself compares the result of a binary patch with its id.
      if (this.#next === 'GIT binary patch') this.#readBinaries();
      else if (this.#readText(header)) this.#converted.push(header.name);
    }
    return {
      files,
      added: this.#added.length,
      removed: this.#removed.length,
      names: this.#names,
      submodules: this.#submodules,
      converted: this.#converted,
      introduced: [Buffer.from(this.#added.join('\n'), 'latin1'), ...this.#unpacked],
    };
  }

  /** The next line; empty after the last one. */
  get #next(): string {
    return this.#lines[this.#at] ?? '';
  }

  /** Returns the current line, and goes on to the next one. */
  #take(): string {
    const line = this.#lines[this.#at];
    if (line === undefined) throw new NotAPatch();
    this.#at += 1;
    return line;
  }

  /** Takes a line that must have this form. Returns what its groups matched. */
  #match(form: RegExp): RegExpExecArray {
    const found = form.exec(this.#take());
    if (found === null) throw new NotAPatch();
    return found;
  }

  /** Reads the lines of a file up to its content. */
  #readHeader(): Header {
    const [, both = ''] = this.#match(/^diff --git (.+)$/);
    const details: string[] = [];
    while (DETAIL.test(this.#next)) details.push(this.#take());
    // Of a copied or renamed file: its name before and after.
    const others = details.flatMap((detail) => OTHER_NAME.exec(detail)?.[1] ?? []);
    const names = (others.length > 0 ? others : [unchangedName(both)]).map(unquote);
    this.#names.push(...names);
    const isSubmodule = details.some((detail) => /(?:mode|\.\.[0-9a-f]+) 160000$/.test(detail));
    if (isSubmodule) this.#submodules.push(...names);
    const [, old, fresh] = INDEX.exec(details.at(-1) ?? '') ?? [];
    const ids = old === undefined || fresh === undefined ? undefined : { old, fresh };
    return { name: names.at(-1) ?? '', isSubmodule, ids };
  }

  /** Reads the hunks of a file, if there are any. Returns whether they cannot be the change from one blob to the other. */
  #readText({ ids, isSubmodule }: Header): boolean {
    const [firstAdded, firstRemoved] = [this.#added.length, this.#removed.length];
    const hasHunks = this.#next.startsWith('--- ');
    const end = hasHunks ? this.#readHunks() : '';
    if (isSubmodule) return false;
    if (ids === undefined) {
      if (hasHunks) throw new NotAPatch();
      return false;
    }
    const { old, fresh } = ids;
    // Hunks between two contents show only parts of them. Whole ids tell that git takes the file for binary: then a hunk is converted text.
    if (hasHunks && !isIdOf(old, '') && !isIdOf(fresh, '')) return old.length === FULL_ID;
    // If one side has no content, the hunk has all of the other one. Without a hunk, both must be empty.
    const [before, after] = [this.#removed.slice(firstRemoved), this.#added.slice(firstAdded)];
    return !isIdOf(old, contentOf(before, end)) || !isIdOf(fresh, contentOf(after, end));
  }

  /** Reads all hunks of a file. Returns what ends the file's last line: a line break or nothing. */
  #readHunks(): string {
    this.#take();
    this.#match(/^\+\+\+ /);
    do this.#readHunk();
    while (this.#next.startsWith('@@ '));
    if (!this.#next.startsWith('\\ ')) return '\n';
    this.#take();
    return '';
  }

  /** Reads one hunk: its first line has the numbers of lines before and after the change, which then follow. */
  #readHunk(): void {
    const [, before = '1', after = '1'] = this.#match(HUNK);
    let [old, fresh] = [Number(before), Number(after)];
    while (old > 0 || fresh > 0) {
      const line = this.#take();
      // Empty for an empty line of which git has omitted the space: `includes` finds that in each text, so it counts on both sides.
      const sign = line.charAt(0);
      if (!' +-\\'.includes(sign)) throw new NotAPatch();
      old -= Number(' -'.includes(sign));
      fresh -= Number(' +'.includes(sign));
      if (sign === '-') this.#removed.push(line.slice(1));
      if (sign === '+') this.#added.push(line.slice(1));
    }
    if (old < 0 || fresh < 0) throw new NotAPatch();
  }

  /** Reads the change of a binary file, which git writes in both directions. */
  #readBinaries(): void {
    this.#take();
    this.#readBinary();
    // The reverse change, which git writes for `git apply --reverse`.
    if (BINARY.test(this.#next)) this.#readBinary();
  }

  /** Reads one direction: its form and size, and its data up to an empty line. */
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

/** Returns the content with these lines. `end`: what follows the last one. */
function contentOf(lines: readonly string[], end: string): string {
  return lines.length === 0 ? '' : lines.join('\n') + end;
}

/** Whether git would give a file with this content an id that begins like `id`. An id of zeros means that there is no file: no content. */
function isIdOf(id: string, content: string): boolean {
  if (content === '' && /^0+$/.test(id)) return true;
  const hash = createHash('sha1').update(`blob ${content.length}\0${content}`, 'latin1');
  return hash.digest('hex').startsWith(id);
}

/** Decodes a name, which git quotes if it has special characters. */
function unquote(name: string): string {
  const [, quoted] = /^"(.*)"$/.exec(name) ?? [];
  const bytes = quoted?.replace(/\\([0-7]{3}|.)/g, (_all, code: string) => {
    if (code.length === 3) return String.fromCharCode(parseInt(code, 8));
    const letter = ESCAPED.indexOf(code);
    return letter < 0 ? code : String.fromCharCode(7 + letter);
  });
  return Buffer.from(bytes ?? name, 'latin1').toString('utf8');
}
