import { decodeLine, MAX_UNPACKED_BYTES, unpack } from './git-binary.ts';
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
  /** The text that the patch adds to files, without the `+` of each line. What a binary file holds is not looked at. */
  readonly addedText: string;
}

/** A line between the names of a file and its content. */
const DETAIL =
  /^(?:(?:old|new|deleted file|new file) mode|(?:copy|rename) (?:from|to)|(?:dis)?similarity index|index) /;
const OTHER_NAME = /^(?:copy|rename) (?:from|to) (.+)$/;
const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;
const BINARY = /^(?:literal|delta) (\d{1,10})$/;
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

class PatchReader {
  readonly #lines: string[];
  #at = 0;
  readonly #names: string[] = [];
  readonly #submodules: string[] = [];
  readonly #added: string[] = [];
  #removed = 0;
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
      this.#readHeader();
      if (this.#next === 'GIT binary patch') this.#readBinaries();
      else this.#readText();
    }
    return {
      files,
      added: this.#added.length,
      removed: this.#removed,
      names: this.#names,
      submodules: this.#submodules,
      addedText: Buffer.from(this.#added.join('\n'), 'latin1').toString(),
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
  #readHeader(): void {
    const [, both = ''] = this.#match(/^diff --git (.+)$/);
    const details: string[] = [];
    while (DETAIL.test(this.#next)) details.push(this.#take());
    // Of a copied or renamed file: its name before and after.
    const others = details.flatMap((detail) => OTHER_NAME.exec(detail)?.[1] ?? []);
    const names = (others.length > 0 ? others : [unchangedName(both)]).map(unquote);
    this.#names.push(...names);
    if (details.some((detail) => /(?:mode|\.\.[0-9a-f]+) 160000$/.test(detail)))
      this.#submodules.push(...names);
  }

  /** Reads all hunks of a file. It may have none. */
  #readText(): void {
    if (!this.#next.startsWith('--- ')) return;
    this.#take();
    this.#match(/^\+\+\+ /);
    do this.#readHunk();
    while (this.#next.startsWith('@@ '));
    if (this.#next.startsWith('\\ ')) this.#take();
  }

  /** Reads one hunk: its first line has the numbers of lines before and after the change, which then follow. */
  #readHunk(): void {
    const [, before = '1', after = '1'] = this.#match(HUNK);
    let [old, fresh] = [Number(before), Number(after)];
    while (old > 0 || fresh > 0) {
      const line = this.#take();
      switch (line.charAt(0)) {
        case '-':
          this.#removed += 1;
          old -= 1;
          break;
        case '+':
          this.#added.push(line.slice(1));
          fresh -= 1;
          break;
        // Git may omit the space of an empty line.
        case '':
        case ' ':
          old -= 1;
          fresh -= 1;
          break;
        // Says that the line before it ends without a line break.
        case '\\':
          break;
        default:
          throw new NotAPatch();
      }
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
    const [, size] = this.#match(BINARY);
    const pieces: Buffer[] = [];
    for (let line = this.#take(); line !== ''; line = this.#take()) pieces.push(decodeLine(line));
    this.#unpackedBytes += unpack(Buffer.concat(pieces), Number(size)).length;
    if (this.#unpackedBytes > MAX_UNPACKED_BYTES) throw new NotAPatch();
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
